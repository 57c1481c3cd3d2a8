/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uri: which server is in use. */
#include "cli/show.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_cli_show_text(cli, aljibe_conn_get_uri, N_("failed to get URI"));
}

const AljCommand alj_cmd_uri = {
    .name = "uri",
    .group = "host",
    .summary = N_("show the URI of the server"),
    .example = "aljibe uri",
    .run = run,
};
