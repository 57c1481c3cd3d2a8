/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-define: a pool from a document in a file. */
#include "cli/pool_as.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_from_file(cli, args, aljibe_pool_define_xml,
                              alj_args_has(args, "validate") ? ALJIBE_POOL_DEFINE_VALIDATE : 0, "define",
                              "defined");
}

const AljCommand alj_cmd_pool_define = {
    .name = "pool-define",
    .group = "pool",
    .summary = "define a pool, or change its definition, from a document",
    .description = "Reads a pool document and keeps the pool.\n"
                   "An active pool takes the change at its next start.",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the pool document"),
        ALJ_OPT_VALIDATE,
        { 0 },
    },
    .run = run,
};
