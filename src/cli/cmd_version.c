/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* version: of this program, its library and the server, in the lines of virsh. */
#include "cli/cli.h"

#include <stdlib.h>

#define API_VERSION 9000000 /* of libvirt's interface, as far as the library speaks it */

static void
print_version(AljCli *cli, const char *label, uint64_t version)
{
    alj_cli_print(cli, "%s%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT "\n", label,
                  version / 1000000, version / 1000 % 1000, version % 1000);
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
    g_autofree char *api = g_strdup_printf(_("Using API: %s "), type);
    g_autofree char *running = g_strdup_printf(_("Running hypervisor: %s "), type);
    alj_cli_print(cli, _("Compiled against library: aljibe %s\n"), ALJIBE_VERSION);
    alj_cli_print(cli, _("Using library: aljibe %s\n"), aljibe_version());
    print_version(cli, api, API_VERSION);
    if (aljibe_conn_get_version(conn, &version, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "failed to get the hypervisor version");
    if (version == 0)
        alj_cli_print(cli, _("Cannot extract running %s hypervisor version\n"), type);
    else
        print_version(cli, running, version);
    if (!alj_args_has(args, "daemon"))
        return EXIT_SUCCESS;
    if (aljibe_conn_get_lib_version(conn, &version, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "failed to get the daemon version");
    print_version(cli, _("Running against daemon: "), version);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_version = {
    .name = "version",
    .group = "host",
    .summary = N_("show versions"),
    .description = N_("Prints the versions of this program, of its library and of the server."),
    .example = "aljibe version --daemon",
    .options = (const AljOption[]) {
        ALJ_OPT_FLAG("daemon", "show the version of the server's library too"),
        { 0 },
    },
    .run = run,
};
