/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs commands: what is the same for all of them. The order of lines and the empty line after a command
 * are virsh's. */
#include "cli/run.h"

#include "cli/help.h"

#include <stdlib.h>

static int
run_checked(AljCli *cli, const AljArgs *args)
{
    g_autoptr(GError) error = NULL;
    if (args->wants_help) {
        g_autofree char *text = alj_help_command(args->command);
        alj_cli_print(cli, "%s", text);
        return EXIT_SUCCESS;
    }
    if (!alj_args_check(args, &error))
        return alj_cli_fail_lines(cli, error->message);
    return args->command->run(cli, args);
}

int
alj_cli_run(AljCli *cli, const AljArgs *args)
{
    gint64 start_usec = g_get_monotonic_time();
    cli->cannot_connect = false;
    int status = run_checked(cli, args);
    if (status != EXIT_SUCCESS)
        alj_cli_report(cli);
    (void) alj_cli_error(cli); /* what a successful command met on its way is no news */
    if (cli->cannot_connect || args->command->flags & ALJ_COMMAND_SILENT)
        return status;
    if (cli->shows_time)
        alj_cli_print(cli, _("\n(Time: %.3f ms)\n\n"), (double) (g_get_monotonic_time() - start_usec) / 1000);
    else if (!cli->is_quiet)
        alj_cli_print(cli, "\n");
    return status;
}

int
alj_cli_run_batch(AljCli *cli, const GPtrArray *batch)
{
    int status = EXIT_SUCCESS;
    for (guint i = 0; i < batch->len && !cli->wants_quit; i++) {
        status = alj_cli_run(cli, g_ptr_array_index(batch, i));
        if (cli->cannot_connect)
            break; /* the next one would say the same */
    }
    return status;
}
