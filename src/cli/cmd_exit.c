/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exit: ends the shell, or what is left of a batch. */
#include "cli/cli.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    cli->wants_quit = true;
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_exit = {
    .name = "exit",
    .group = "aljibe",
    .summary = N_("leave the shell"),
    .example = "aljibe 'pool-list; exit'",
    .flags = ALJ_COMMAND_SILENT,
    .run = run,
};
