/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-destroy: stops a pool, the counterpart of pool-start. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_stop(pool, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to destroy pool %s", text);
    alj_cli_say(cli, "Pool %s destroyed\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_destroy = {
    .name = "pool-destroy",
    .group = "pool",
    .summary = N_("stop a pool"),
    .description = N_("Stops the pool. Its volumes are untouched and available again after the next start."),
    .example = "aljibe pool-destroy images",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
