/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pwd: the working directory of the shell. */
#include "cli/cli.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autofree char *dir = g_get_current_dir();
    alj_cli_print(cli, "%s\n", dir);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pwd = {
    .name = "pwd",
    .group = "aljibe",
    .summary = N_("show the working directory of the shell"),
    .example = "aljibe pwd",
    .run = run,
};
