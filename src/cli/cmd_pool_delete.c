/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-delete: removes what pool-build made. */
#include "cli/pool_verb.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_verb(cli, args, aljibe_pool_delete, 0, "delete", "deleted");
}

const AljCommand alj_cmd_pool_delete = {
    .name = "pool-delete",
    .group = "pool",
    .summary = "delete the storage of a pool",
    .description = "Removes what the pool stands on, as an empty directory or a volume group.\n"
                   "The definition stays.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
