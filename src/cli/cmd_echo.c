/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* echo: prints its arguments; for scripts and for trying how quoting works. */
#include "cli/cli.h"
#include "cli/value.h"

#include <stdlib.h>
#include <string.h>

/* Plain words stay as they are, as in virsh; others go into single quotes. */
static char *
quote_for_shell(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-";
    return *word && strspn(word, plain) == strlen(word) ? g_strdup(word) : g_shell_quote(word);
}

static char *
transform(const AljArgs *args, const char *word)
{
    if (alj_args_has(args, "shell"))
        return quote_for_shell(word);
    return alj_args_has(args, "xml") ? g_markup_escape_text(word, -1) : g_strdup(word);
}

/* One line per part. */
static void
append_parts(GString *text, const char *word)
{
    g_auto(GStrv) parts = alj_split_commas(word);
    for (char **part = parts; *part; part++)
        g_string_append_printf(text, "%s\n", *part);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < args->rest->len; i++) {
        g_autofree char *word = transform(args, g_ptr_array_index(args->rest, i));
        if (i > 0)
            g_string_append_c(text, ' ');
        if (alj_args_has(args, "split"))
            append_parts(text, word);
        else
            g_string_append(text, word);
    }
    if (alj_args_has(args, "err"))
        (void) alj_cli_fail_text(cli, text->str);
    else
        alj_cli_print(cli, "%s", text->str);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_echo = {
    .name = "echo",
    .group = "aljibe",
    .summary = N_("print the arguments"),
    .description = N_("Prints the arguments with a blank between them."),
    .example = "aljibe echo --shell 'a b'",
    .options = (const AljOption[]) {
        { .name = "shell", .kind = ALJ_OPTION_FLAG, .excludes = { "xml", "split" },
          .help = N_("quote them for a shell") },
        { .name = "xml", .kind = ALJ_OPTION_FLAG, .excludes = { "split" }, .help = N_("escape them for a document") },
        ALJ_OPT_FLAG("split", "print what commas separate on lines of its own; ,, is a comma"),
        ALJ_OPT_FLAG("err", "print to standard error"),
        { .name = "string", .kind = ALJ_OPTION_REST, .help = N_("arguments to print") },
        { 0 },
    },
    .run = run,
};
