/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-clone: a copy of a volume in its pool. */
#include "cli/document.h"
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "prealloc-metadata", ALJIBE_VOL_CREATE_PREALLOC_METADATA },
        { "reflink", ALJIBE_VOL_CREATE_REFLINK },
        { 0 },
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(AljibeVol) source = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!source)
        return EXIT_FAILURE;
    g_autoptr(AljibePool) pool = aljibe_vol_get_pool(source, alj_cli_error(cli));
    if (!pool)
        return alj_cli_fail(cli, "failed to get parent pool");
    g_autofree char *xml = aljibe_vol_get_xml(source, 0, alj_cli_error(cli));
    if (!xml)
        return EXIT_FAILURE;
    g_autofree char *new_xml = alj_document_rename(xml, alj_args_text(args, "newname"), &error);
    if (!new_xml)
        return alj_cli_fail_text(cli, error->message);
    if (alj_args_has(args, "print-xml")) {
        alj_cli_print(cli, "%s", new_xml);
        return EXIT_SUCCESS;
    }
    g_autoptr(AljibeVol) vol =
        aljibe_vol_create_xml_from(pool, new_xml, source, alj_args_flags(args, rows), alj_cli_error(cli));
    if (!vol)
        return alj_cli_fail(cli, "Failed to clone vol from %s", aljibe_vol_get_name(source));
    alj_cli_say(cli, "Vol %s cloned from %s\n", aljibe_vol_get_name(vol), aljibe_vol_get_name(source));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_clone = {
    .name = "vol-clone",
    .group = "volume",
    .summary = N_("copy a volume"),
    .description = N_("Makes a copy of the volume under another name in the same pool."),
    .example = "aljibe vol-clone web.qcow2 copy.qcow2 --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_NEEDED("newname", ALJ_OPTION_TEXT, "name of the copy"),
        ALJ_OPT_IN_POOL,
        ALJ_OPT_PREALLOC,
        ALJ_OPT_REFLINK,
        ALJ_OPT_FLAG("print-xml", "print the document instead of using it"),
        { 0 },
    },
    .run = run,
};
