/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-start: makes a defined pool usable. */
#include "cli/lookup.h"
#include "cli/pool_as.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_start(pool, alj_pool_start_flags(args), alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to start pool %s", text);
    alj_cli_say(cli, "Pool %s started\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_start = {
    .name = "pool-start",
    .group = "pool",
    .summary = N_("start a pool that is defined and inactive"),
    .description = N_("Makes the volumes of the pool available: mounts, activates, logs in, as its type needs."),
    .example = "aljibe pool-start backup",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        ALJ_OPT_BUILD,
        { 0 },
    },
    .run = run,
};
