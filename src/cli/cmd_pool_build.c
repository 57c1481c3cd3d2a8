/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-build: makes the storage a pool stands on. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "overwrite", ALJIBE_POOL_BUILD_OVERWRITE },
        { "no-overwrite", ALJIBE_POOL_BUILD_NO_OVERWRITE },
        { 0 },
    };
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_build(pool, alj_args_flags(args, rows), alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to build pool %s", text);
    alj_cli_say(cli, "Pool %s built\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_build = {
    .name = "pool-build",
    .group = "pool",
    .summary = N_("build the storage of a pool"),
    .description = N_("Makes what the pool stands on: a directory, a file system, a volume group."),
    .example = "aljibe pool-build backup",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        ALJ_OPT_FLAG("no-overwrite", "refuse a device that holds data"),
        ALJ_OPT_FLAG("overwrite", "overwrite what is there"),
        { 0 },
    },
    .run = run,
};
