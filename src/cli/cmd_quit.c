/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* quit: ends the shell, or what is left of a batch. */
#include "cli/cli.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    cli->wants_quit = true;
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_quit = {
    .name = "quit",
    .group = "aljibe",
    .summary = N_("leave the shell"),
    .example = "aljibe 'pool-list; quit'",
    .flags = ALJ_COMMAND_SILENT,
    .run = run,
};
