/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-delete: removes what pool-build made. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_delete(pool, 0, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to delete pool %s", text);
    alj_cli_say(cli, "Pool %s deleted\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_delete = {
    .name = "pool-delete",
    .group = "pool",
    .summary = N_("delete the storage of a pool"),
    .description = N_("Removes what the pool stands on, as an empty directory or a volume group.\n"
                   "The definition stays."),
    .example = "aljibe pool-delete backup",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
