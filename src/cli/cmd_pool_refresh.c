/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-refresh: reads a pool again. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_refresh(pool, 0, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to refresh pool %s", text);
    alj_cli_say(cli, "Pool %s refreshed\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_refresh = {
    .name = "pool-refresh",
    .group = "pool",
    .summary = N_("refresh a pool"),
    .description = N_("Reads the pool again and updates the list of its volumes."),
    .example = "aljibe pool-refresh images",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
