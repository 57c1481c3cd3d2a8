/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-define-as: a pool from options. */
#include "cli/pool_as.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_as(cli, args, aljibe_pool_define_xml, 0, "define", "defined");
}

const AljCommand alj_cmd_pool_define_as = {
    .name = "pool-define-as",
    .group = "pool",
    .summary = "define a pool from options",
    .description = "Makes the pool document from the options and keeps the pool.\n"
                   "A positional - leaves an argument out.",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_AS,
        { 0 },
    },
    .run = run,
};
