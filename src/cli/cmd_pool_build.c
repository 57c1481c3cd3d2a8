/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-build: makes the storage a pool stands on. */
#include "cli/pool_verb.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "overwrite", ALJIBE_POOL_BUILD_OVERWRITE },
        { "no-overwrite", ALJIBE_POOL_BUILD_NO_OVERWRITE },
        { 0 },
    };
    return alj_pool_verb(cli, args, aljibe_pool_build, alj_args_flags(args, rows), "build", "built");
}

const AljCommand alj_cmd_pool_build = {
    .name = "pool-build",
    .group = "pool",
    .summary = "build the storage of a pool",
    .description = "Makes what the pool stands on: a directory, a file system, a volume group.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        ALJ_OPT_FLAG("no-overwrite", "refuse a device that holds data"),
        ALJ_OPT_FLAG("overwrite", "overwrite what is there"),
        { 0 },
    },
    .run = run,
};
