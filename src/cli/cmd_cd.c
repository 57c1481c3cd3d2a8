/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cd: another working directory for the shell. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *given = alj_args_text(args, "dir");
    const char *home = g_get_home_dir();
    const char *dir = given ? given : home ? home : "/";
    if (!cli->is_interactive)
        return alj_cli_fail(cli, "cd: command valid only in interactive mode");
    if (chdir(dir) < 0)
        return alj_cli_fail(cli, "cd: %s: %s", g_strerror(errno), dir);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_cd = {
    .name = "cd",
    .group = "aljibe",
    .summary = N_("change the working directory of the shell"),
    .options = (const AljOption[]) {
        ALJ_OPT_VALUE("dir", ALJ_OPTION_DIR, "directory to go to (default: home)"),
        { 0 },
    },
    .run = run,
};
