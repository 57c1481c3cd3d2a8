/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* echo: prints its arguments; for scripts and for trying how quoting works. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* Plain words stay as they are, as in virsh; others go into single quotes. */
static char *
quote_for_shell(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-";
    return *word && strspn(word, plain) == strlen(word) ? g_strdup(word) : g_shell_quote(word);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < args->rest->len; i++) {
        const char *word = g_ptr_array_index(args->rest, i);
        g_autofree char *quoted = alj_args_has(args, "shell") ? quote_for_shell(word) : g_strdup(word);
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", quoted);
    }
    if (alj_args_has(args, "err"))
        (void) alj_cli_fail(cli, "%s", text->str);
    else
        alj_cli_print(cli, "%s", text->str);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_echo = {
    .name = "echo",
    .group = "aljibe",
    .summary = "print the arguments",
    .description = "Prints the arguments with a blank between them.",
    .options = (const AljOption[]) {
        ALJ_OPT_FLAG("shell", "quote them for a shell"),
        ALJ_OPT_FLAG("err", "print to standard error"),
        { .name = "string", .kind = ALJ_OPTION_REST, .help = "arguments to print" },
        { 0 },
    },
    .run = run,
};
