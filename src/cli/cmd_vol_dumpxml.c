/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-dumpxml: the document of a volume. */
#include "cli/lookup.h"
#include "cli/show.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    g_autofree char *xml = aljibe_vol_get_xml(vol, 0, alj_cli_error(cli));
    return xml ? alj_cli_dump(cli, args, xml) : EXIT_FAILURE;
}

const AljCommand alj_cmd_vol_dumpxml = {
    .name = "vol-dumpxml",
    .group = "volume",
    .summary = N_("show the document of a volume"),
    .description = N_("Prints the document of the volume."),
    .example = "aljibe vol-dumpxml web.qcow2 --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_IN_POOL,
        ALJ_OPT_XPATH,
        { 0 },
    },
    .run = run,
};
