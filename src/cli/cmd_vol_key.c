/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-key: the key of a volume. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    alj_cli_print(cli, "%s\n", aljibe_vol_get_key(vol));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_key = {
    .name = "vol-key",
    .group = "volume",
    .summary = N_("show the key of a volume"),
    .example = "aljibe vol-key web.qcow2 --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_IN_POOL,
        { 0 },
    },
    .run = run,
};
