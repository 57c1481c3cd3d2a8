/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* find-storage-pool-sources: what a pool could be made of, asked with a document. */
#include "cli/file.h"
#include "cli/pool_as.h"
#include "cli/show.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *file = alj_args_text(args, "srcSpec");
    g_autofree char *spec = file ? alj_cli_read_file(cli, file) : NULL;
    if (file && !spec)
        return EXIT_FAILURE;
    return alj_cli_find_sources(cli, args, spec);
}

const AljCommand alj_cmd_find_storage_pool_sources = {
    .name = "find-storage-pool-sources",
    .group = "pool",
    .summary = N_("find what a pool could be made of, asked with a document"),
    .description = N_("Prints a document of the sources the server finds: exports, targets, volume groups."),
    .example = "aljibe find-storage-pool-sources logical",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_TYPE("type of the pool to find sources for"),
        ALJ_OPT_VALUE("srcSpec", ALJ_OPTION_FILE, "file with a <source> document that says where to look"),
        { 0 },
    },
    .run = run,
};
