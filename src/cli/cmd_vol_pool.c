/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-pool: the pool a volume is in. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", NULL);
    if (!vol)
        return EXIT_FAILURE;
    g_autoptr(AljibePool) pool = aljibe_vol_get_pool(vol, alj_cli_error(cli));
    if (!pool)
        return alj_cli_fail(cli, "failed to get parent pool");
    alj_cli_print(cli, "%s\n",
                  alj_args_has(args, "uuid") ? aljibe_pool_get_uuid(pool) : aljibe_pool_get_name(pool));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_pool = {
    .name = "vol-pool",
    .group = "volume",
    .summary = N_("show the pool of a volume"),
    .example = "aljibe vol-pool \"$(aljibe -q vol-path web.qcow2 --pool images)\"",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("vol", ALJ_OPTION_VOL, "key or path of the volume"),
        ALJ_OPT_FLAG("uuid", "show the UUID of the pool, not its name"),
        { 0 },
    },
    .run = run,
};
