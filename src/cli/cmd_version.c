/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* version: of this program and of the server. */
#include "cli/cli.h"

#include <stdlib.h>

static void
print_version(AljCli *cli, const char *label, const char *what, uint64_t version)
{
    alj_cli_print(cli, "%s: %s%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT "\n", label,
                  what, version / 1000000, version / 1000 % 1000, version % 1000);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    uint64_t version = 0;
    AljibeConn *conn = alj_cli_conn(cli);
    if (!conn)
        return EXIT_FAILURE;
    g_autofree char *type = aljibe_conn_get_type(conn, alj_cli_error(cli));
    if (!type)
        return alj_cli_fail(cli, "failed to get hypervisor type");
    if (aljibe_conn_get_lib_version(conn, &version, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "failed to get the library version");
    g_autofree char *label = g_strdup_printf("%s ", type);
    alj_cli_print(cli, "Using library: aljibe %s\n", ALJIBE_VERSION);
    print_version(cli, "Using API", label, version);
    if (alj_args_has(args, "daemon"))
        print_version(cli, "Running against daemon", "", version);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_version = {
    .name = "version",
    .group = "host",
    .summary = "show versions",
    .description = "Prints the versions of this program and of the server's interface.",
    .options = (const AljOption[]) {
        ALJ_OPT_FLAG("daemon", "show the version of the server too"),
        { 0 },
    },
    .run = run,
};
