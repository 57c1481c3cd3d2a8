/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connect: to another server, or again to the same. */
#include "cli/cli.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *name = alj_args_text(args, "name");
    alj_cli_disconnect(cli);
    if (name) {
        g_free(cli->uri);
        cli->uri = g_strdup(name);
    }
    cli->is_readonly = alj_args_has(args, "readonly");
    return alj_cli_conn(cli) ? EXIT_SUCCESS : EXIT_FAILURE;
}

const AljCommand alj_cmd_connect = {
    .name = "connect",
    .group = "aljibe",
    .summary = N_("connect to a server, or again to the same"),
    .description = N_("Closes the connection and opens another; later commands of the shell use it."),
    .example = "aljibe 'connect embed:///tmp/other; pool-list --all'",
    .options = (const AljOption[]) {
        ALJ_OPT_VALUE("name", ALJ_OPTION_TEXT, "URI of the server"),
        ALJ_OPT_FLAG("readonly", "connect read-only"),
        { 0 },
    },
    .run = run,
};
