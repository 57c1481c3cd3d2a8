/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-dumpxml: the document of a pool. */
#include "cli/lookup.h"
#include "cli/show.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    unsigned flags = alj_args_has(args, "inactive") ? ALJIBE_POOL_XML_INACTIVE : 0;
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    g_autofree char *xml = aljibe_pool_get_xml(pool, flags, alj_cli_error(cli));
    return xml ? alj_cli_dump(cli, args, xml) : EXIT_FAILURE;
}

const AljCommand alj_cmd_pool_dumpxml = {
    .name = "pool-dumpxml",
    .group = "pool",
    .summary = N_("show the document of a pool"),
    .description = N_("Prints the document of the pool as it is now, or what is kept for its next start."),
    .example = "aljibe pool-dumpxml images\n"
               "aljibe pool-dumpxml images --xpath '//target/path/text()'",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL("pool"),
        ALJ_OPT_FLAG("inactive", "show what is kept for the next start"),
        ALJ_OPT_XPATH,
        { 0 },
    },
    .run = run,
};
