/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-name: the name of a volume. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", NULL);
    if (!vol)
        return EXIT_FAILURE;
    alj_cli_print(cli, "%s\n", aljibe_vol_get_name(vol));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_name = {
    .name = "vol-name",
    .group = "volume",
    .summary = N_("show the name of the volume with a key or path"),
    .example = "aljibe vol-name \"$(aljibe -q vol-path web.qcow2 --pool images)\"",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("vol", ALJ_OPTION_VOL, "key or path of the volume"),
        { 0 },
    },
    .run = run,
};
