/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-create: a pool from a document in a file. */
#include "cli/pool_as.h"
#include "cli/pool_verb.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_pool_from_file(cli, args, aljibe_pool_create_xml, alj_pool_start_flags(args), "create",
                              "created");
}

const AljCommand alj_cmd_pool_create = {
    .name = "pool-create",
    .group = "pool",
    .summary = "start a transient pool from a document",
    .description = "Reads a pool document and starts the pool. It is forgotten when it stops.",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the pool document"),
        ALJ_OPT_BUILD,
        { 0 },
    },
    .run = run,
};
