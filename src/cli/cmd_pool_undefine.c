/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-undefine: forgets a pool. */
#include "cli/pool_verb.h"

static int
undefine(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    return aljibe_pool_undefine(pool, ret_error);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_verb(cli, args, undefine, 0, "undefine", "has been undefined");
}

const AljCommand alj_cmd_pool_undefine = {
    .name = "pool-undefine",
    .group = "pool",
    .summary = "forget the definition of an inactive pool",
    .description = "Removes the definition. What is on the storage stays.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_INACTIVE("pool"),
        { 0 },
    },
    .run = run,
};
