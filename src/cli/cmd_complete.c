/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* complete: what the completion of the user's shell asks (data/completion/aljibe). */
#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

/* One proposal per line; a line that begins with a tab says what the user's shell should add. */
static void
print_proposals(AljCli *cli, const GPtrArray *found, AljCompleteFiles files)
{
    static const char *const more[] = {
        [ALJ_COMPLETE_NO_FILES] = "",
        [ALJ_COMPLETE_FILES] = "\tfiles\n",
        [ALJ_COMPLETE_DIRS] = "\tdirectories\n",
    };
    for (guint i = 0; i < found->len; i++) {
        const char *word = g_ptr_array_index(found, i);
        if (!strpbrk(word, "\t\n")) /* which no terminal could type back */
            alj_cli_print(cli, "%s\n", word);
    }
    alj_cli_print(cli, "%s", more[files]);
}

static GStrv
read_words(const AljArgs *args)
{
    const char *line = alj_args_text(args, "line");
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    if (line)
        return alj_complete_split(line);
    for (guint i = 0; i < args->rest->len; i++)
        g_strv_builder_add(builder, g_ptr_array_index(args->rest, i));
    return g_strv_builder_end(builder);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    AljCompleteFiles files = ALJ_COMPLETE_NO_FILES;
    g_auto(GStrv) words = read_words(args);
    g_autoptr(GPtrArray) found = alj_complete(cli, (const char *const *) words, &files);
    print_proposals(cli, found, files);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_complete = {
    .name = "complete",
    .group = "aljibe",
    .summary = N_("propose what could be typed next"),
    .options = (const AljOption[]) {
        { .name = "line", .kind = ALJ_OPTION_TEXT, .is_named_only = true,
          .help = N_("the line up to the cursor, in place of words") },
        { .name = "word", .kind = ALJ_OPTION_REST, .may_be_empty = true,
          .help = N_("words so far; the last one is being typed") },
        { 0 },
    },
    .flags = ALJ_COMMAND_HIDDEN | ALJ_COMMAND_SILENT,
    .run = run,
};
