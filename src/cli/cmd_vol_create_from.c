/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-create-from: a volume from a document, with the data of another volume. */
#include "cli/file.h"
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "prealloc-metadata", ALJIBE_VOL_CREATE_PREALLOC_METADATA },
        { "reflink", ALJIBE_VOL_CREATE_REFLINK },
        { "validate", ALJIBE_VOL_CREATE_VALIDATE },
        { 0 },
    };
    const char *file = alj_args_text(args, "file");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    g_autoptr(AljibeVol) source = pool ? alj_cli_need_vol(cli, args, "vol", "inputpool") : NULL;
    g_autofree char *xml = source ? alj_cli_read_file(cli, file) : NULL;
    if (!xml)
        return EXIT_FAILURE;
    g_autoptr(AljibeVol) vol =
        aljibe_vol_create_xml_from(pool, xml, source, alj_args_flags(args, rows), alj_cli_error(cli));
    if (!vol)
        return alj_cli_fail(cli, "Failed to create vol from %s", file);
    alj_cli_say(cli, "Vol %s created from input vol %s\n", aljibe_vol_get_name(vol),
                aljibe_vol_get_name(source));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_create_from = {
    .name = "vol-create-from",
    .group = "volume",
    .summary = N_("create a volume with the data of another"),
    .description = N_("Reads a volume document, makes the volume, and copies an existing volume into it."),
    .example = "aljibe vol-create-from images volume.xml web.qcow2 --inputpool images",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the volume document"),
        { .name = "vol", .kind = ALJ_OPTION_VOL, .is_required = true, .pool_option = "inputpool",
          .help = N_("name, key or path of the volume to copy") },
        ALJ_OPT_VALUE("inputpool", ALJ_OPTION_POOL_ACTIVE, "name or UUID of that volume's pool"),
        ALJ_OPT_PREALLOC,
        ALJ_OPT_REFLINK,
        ALJ_OPT_VALIDATE,
        { 0 },
    },
    .run = run,
};
