/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* complete: what the completion of the user's shell asks (data/completion/aljibe). */
#include "cli/complete.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(GPtrArray) line = g_ptr_array_new();
    for (guint i = 0; i < args->rest->len; i++)
        g_ptr_array_add(line, g_ptr_array_index(args->rest, i));
    g_ptr_array_add(line, NULL);
    const char *const *words = alj_complete_skip_globals(cli, (const char *const *) line->pdata);
    g_autoptr(GPtrArray) found = alj_complete(cli, words);
    for (guint i = 0; i < found->len; i++)
        alj_cli_print(cli, "%s\n", (const char *) g_ptr_array_index(found, i));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_complete = {
    .name = "complete",
    .group = "aljibe",
    .summary = N_("propose what could be typed next"),
    .options = (const AljOption[]) {
        { .name = "word", .kind = ALJ_OPTION_REST, .may_be_empty = true,
          .help = N_("words so far; the last one is being typed") },
        { 0 },
    },
    .flags = ALJ_COMMAND_HIDDEN | ALJ_COMMAND_SILENT,
    .run = run,
};
