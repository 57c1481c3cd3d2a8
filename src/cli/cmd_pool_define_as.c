/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-define-as: a pool from options. */
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
    g_autoptr(AljibePool) pool = aljibe_pool_define_xml(conn, xml, 0, alj_cli_error(cli));
    if (!pool)
        return alj_cli_fail(cli, "Failed to define pool %s", name);
    alj_cli_say(cli, "Pool %s defined\n", name);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_define_as = {
    .name = "pool-define-as",
    .group = "pool",
    .summary = N_("define a pool from options"),
    .description = N_("Makes the pool document from the options and keeps the pool.\n"
                   "A positional - leaves an argument out."),
    .example = "aljibe pool-define-as isos dir --target /srv/isos\n"
               "aljibe pool-define-as guests fs - - /dev/sda3 - /guest_images\n"
               "aljibe pool-define-as fast dir --target /mnt/fast --subvolumes",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_AS,
        { 0 },
    },
    .run = run,
};
