/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-destroy: stops a pool, the counterpart of pool-start. */
#include "cli/pool_verb.h"

static int
stop(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    return aljibe_pool_stop(pool, ret_error);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_verb(cli, args, stop, 0, "destroy", "destroyed");
}

const AljCommand alj_cmd_pool_destroy = {
    .name = "pool-destroy",
    .group = "pool",
    .summary = "stop a pool",
    .description = "Stops the pool. Its volumes are untouched and available again after the next start.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
