/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostname: where the server runs. */
#include "cli/show.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_cli_show_text(cli, aljibe_conn_get_hostname, N_("failed to get hostname"));
}

const AljCommand alj_cmd_hostname = {
    .name = "hostname",
    .group = "host",
    .summary = N_("show the host name of the server"),
    .example = "aljibe hostname",
    .run = run,
};
