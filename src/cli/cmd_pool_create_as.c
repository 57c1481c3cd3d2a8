/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-create-as: a pool from options. */
#include "cli/pool_as.h"
#include "cli/pool_verb.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_as(cli, args, aljibe_pool_create_xml, alj_pool_start_flags(args), "create", "created");
}

const AljCommand alj_cmd_pool_create_as = {
    .name = "pool-create-as",
    .group = "pool",
    .summary = "start a transient pool from options",
    .description = "Makes the pool document from the options and starts the pool.\n"
                   "A positional - leaves an argument out.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_AS,
        ALJ_OPT_BUILD,
        { 0 },
    },
    .run = run,
};
