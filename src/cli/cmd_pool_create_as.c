/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-create-as: a pool from options. */
#include "cli/pool_as.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *name = alj_args_text(args, "name");
    g_autofree char *xml = alj_pool_document(cli, args);
    if (!xml)
        return EXIT_FAILURE;
    if (alj_args_has(args, "print-xml")) {
        alj_cli_print(cli, "%s", xml);
        return EXIT_SUCCESS;
    }
    AljibeConn *conn = alj_cli_conn(cli);
    if (!conn)
        return EXIT_FAILURE;
    g_autoptr(AljibePool) pool = aljibe_pool_create_xml(conn, xml, alj_pool_start_flags(args), alj_cli_error(cli));
    if (!pool)
        return alj_cli_fail(cli, "Failed to create pool %s", name);
    alj_cli_say(cli, "Pool %s created\n", name);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_create_as = {
    .name = "pool-create-as",
    .group = "pool",
    .summary = N_("start a transient pool from options"),
    .description = N_("Makes the pool document from the options and starts the pool.\n"
                   "A positional - leaves an argument out."),
    .example = "aljibe pool-create-as scratch dir --target /tmp/scratch --build",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_AS,
        ALJ_OPT_BUILD,
        { 0 },
    },
    .run = run,
};
