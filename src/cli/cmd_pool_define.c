/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-define: a pool from a document in a file. */
#include "cli/file.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *file = alj_args_text(args, "file");
    unsigned flags = alj_args_has(args, "validate") ? ALJIBE_POOL_DEFINE_VALIDATE : 0;
    g_autofree char *xml = alj_cli_read_file(cli, file);
    AljibeConn *conn = xml ? alj_cli_conn(cli) : NULL;
    if (!conn)
        return EXIT_FAILURE;
    g_autoptr(AljibePool) pool = aljibe_pool_define_xml(conn, xml, flags, alj_cli_error(cli));
    if (!pool)
        return alj_cli_fail(cli, "Failed to define pool from %s", file);
    alj_cli_say(cli, "Pool %s defined from %s\n", aljibe_pool_get_name(pool), file);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_define = {
    .name = "pool-define",
    .group = "pool",
    .summary = N_("define a pool, or change its definition, from a document"),
    .description = N_("Reads a pool document and keeps the pool.\n"
                   "An active pool takes the change at its next start."),
    .example = "aljibe pool-define pool.xml",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the pool document"),
        ALJ_OPT_VALIDATE,
        { 0 },
    },
    .run = run,
};
