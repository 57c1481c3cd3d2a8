/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-path: where a volume is. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    g_autofree char *path = aljibe_vol_get_path(vol, alj_cli_error(cli));
    if (!path)
        return EXIT_FAILURE;
    alj_cli_print(cli, "%s\n", path);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_path = {
    .name = "vol-path",
    .group = "volume",
    .summary = N_("show the path of a volume"),
    .example = "aljibe vol-path web.qcow2 --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_IN_POOL,
        { 0 },
    },
    .run = run,
};
