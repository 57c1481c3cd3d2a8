/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-create: a volume from a document in a file. */
#include "cli/file.h"
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "prealloc-metadata", ALJIBE_VOL_CREATE_PREALLOC_METADATA },
        { "validate", ALJIBE_VOL_CREATE_VALIDATE },
        { 0 },
    };
    const char *file = alj_args_text(args, "file");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    g_autofree char *xml = pool ? alj_cli_read_file(cli, file) : NULL;
    if (!xml)
        return EXIT_FAILURE;
    g_autoptr(AljibeVol) vol =
        aljibe_vol_create_xml(pool, xml, alj_args_flags(args, rows), alj_cli_error(cli));
    if (!vol)
        return alj_cli_fail(cli, "Failed to create vol from %s", file);
    alj_cli_say(cli, "Vol %s created from %s\n", aljibe_vol_get_name(vol), file);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_create = {
    .name = "vol-create",
    .group = "volume",
    .summary = N_("create a volume from a document"),
    .description = N_("Reads a volume document and makes the volume."),
    .example = "aljibe vol-create images volume.xml",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the volume document"),
        ALJ_OPT_PREALLOC,
        ALJ_OPT_VALIDATE,
        { 0 },
    },
    .run = run,
};
