/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-create: a pool from a document in a file. */
#include "cli/file.h"
#include "cli/pool_as.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *file = alj_args_text(args, "file");
    g_autofree char *xml = alj_cli_read_file(cli, file);
    AljibeConn *conn = xml ? alj_cli_conn(cli) : NULL;
    if (!conn)
        return EXIT_FAILURE;
    g_autoptr(AljibePool) pool = aljibe_pool_create_xml(conn, xml, alj_pool_start_flags(args), alj_cli_error(cli));
    if (!pool)
        return alj_cli_fail(cli, "Failed to create pool from %s", file);
    alj_cli_say(cli, "Pool %s created from %s\n", aljibe_pool_get_name(pool), file);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_create = {
    .name = "pool-create",
    .group = "pool",
    .summary = N_("start a transient pool from a document"),
    .description = N_("Reads a pool document and starts the pool. It is forgotten when it stops."),
    .example = "aljibe pool-create pool.xml --build",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the pool document"),
        ALJ_OPT_BUILD,
        { 0 },
    },
    .run = run,
};
