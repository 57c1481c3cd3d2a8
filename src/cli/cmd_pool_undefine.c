/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-undefine: forgets a pool. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_undefine(pool, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to undefine pool %s", text);
    alj_cli_say(cli, "Pool %s has been undefined\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_undefine = {
    .name = "pool-undefine",
    .group = "pool",
    .summary = N_("forget the definition of an inactive pool"),
    .description = N_("Removes the definition. What is on the storage stays."),
    .example = "aljibe pool-undefine backup",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
