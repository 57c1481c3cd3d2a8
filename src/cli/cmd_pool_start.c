/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-start: makes a defined pool usable. */
#include "cli/pool_verb.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_verb(cli, args, aljibe_pool_start, alj_pool_start_flags(args), "start", "started");
}

const AljCommand alj_cmd_pool_start = {
    .name = "pool-start",
    .group = "pool",
    .summary = "start a pool that is defined and inactive",
    .description = "Makes the volumes of the pool available: mounts, activates, logs in, as its type needs.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        ALJ_OPT_BUILD,
        { 0 },
    },
    .run = run,
};
