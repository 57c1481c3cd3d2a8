/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capabilities: what the server is. */
#include "cli/show.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_cli_show_text(cli, aljibe_conn_get_capabilities, N_("failed to get capabilities"));
}

const AljCommand alj_cmd_capabilities = {
    .name = "capabilities",
    .group = "host",
    .summary = N_("show what the server can do"),
    .description = N_("Prints the capabilities document of the server."),
    .example = "aljibe capabilities",
    .run = run,
};
