/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help: about everything, a group, or a command. */
#include "cli/cli.h"
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

static const char *const formats[] = { "text", "rst", NULL };

static char *
find_text(const char *topic, bool is_rst)
{
    const AljCommand *command = *topic ? alj_command_find(topic) : NULL;
    const AljGroup *group = *topic ? alj_group_find(topic) : NULL;
    if (command)
        return is_rst ? alj_help_command_rst(command) : alj_help_command(command);
    if (group)
        return alj_help_group(group);
    return *topic ? NULL : alj_help_all();
}

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *topic = alj_args_text(args, "command");
    const char *format = alj_args_text(args, "format");
    if (format && !g_strv_contains(formats, format))
        return alj_cli_fail(cli, "unknown format '%s'", format);
    g_autofree char *text = find_text(topic ? topic : "", format && !strcmp(format, "rst"));
    if (!text)
        return alj_cli_fail(cli, "command or command group '%s' doesn't exist", topic);
    alj_cli_print(cli, "%s", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_help = {
    .name = "help",
    .group = "aljibe",
    .summary = N_("show help"),
    .description = N_("Prints all commands by group, those of one group, or what one command does and takes."),
    .example = "aljibe help pool\n"
               "aljibe help pool-start",
    .options = (const AljOption[]) {
        { .name = "command", .kind = ALJ_OPTION_COMMAND, .may_be_empty = true,
          .help = N_("command or group of commands") },
        { .name = "format", .kind = ALJ_OPTION_WORD, .is_named_only = true, .words = formats,
          .help = N_("text, or rst as in the manual page") },
        { 0 },
    },
    .run = run,
};
