/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-refresh: reads a pool again. */
#include "cli/pool_verb.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_verb(cli, args, aljibe_pool_refresh, 0, "refresh", "refreshed");
}

const AljCommand alj_cmd_pool_refresh = {
    .name = "pool-refresh",
    .group = "pool",
    .summary = "refresh a pool",
    .description = "Reads the pool again and updates the list of its volumes.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
