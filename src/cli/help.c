/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, made from the tables of commands and options, so that it cannot differ from what is parsed. Pure:
 * text in memory. */
#include "cli/help.h"

#include <glib.h>
#include <string.h>

static const char *
value_word(const AljOption *option)
{
    return option->kind == ALJ_OPTION_NUMBER ? "number" : "string";
}

/* How @option is written when its name is used: "--name", "--name <string>", "[--name] <string>". */
static char *
option_syntax(const AljOption *option)
{
    if (option->kind == ALJ_OPTION_REST)
        return g_strdup_printf("<%s>", option->name);
    if (option->kind == ALJ_OPTION_FLAG)
        return g_strdup_printf("--%s", option->name);
    return g_strdup_printf(option->is_required ? "[--%s] <%s>" : "--%s <%s>", option->name,
                           value_word(option));
}

static void
append_synopsis(GString *text, const AljCommand *command)
{
    g_string_append(text, command->name);
    for (const AljOption *option = command->options; option && option->name; option++) {
        g_autofree char *syntax = option_syntax(option);
        if (option->kind == ALJ_OPTION_REST)
            g_string_append_printf(text, " [%s]...", syntax);
        else if (option->is_required)
            g_string_append_printf(text, " <%s>", option->name);
        else
            g_string_append_printf(text, " [%s]", syntax);
    }
}

/* A heading and indented lines. */
static void
append_part(GString *text, const char *heading, const char *lines)
{
    g_auto(GStrv) each = g_strsplit(lines, "\n", -1);
    g_string_append_printf(text, "\n  %s\n", heading);
    for (char **line = each; *line; line++)
        g_string_append_printf(text, "    %s\n", *line);
}

char *
alj_help_command(const AljCommand *command)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "  %s\n    %s - %s\n\n  %s\n    ", _("NAME"), command->name,
                           gettext(command->summary), _("SYNOPSIS"));
    append_synopsis(text, command);
    g_string_append_c(text, '\n');
    if (command->description)
        append_part(text, _("DESCRIPTION"), gettext(command->description));
    if (command->options && command->options[0].name)
        g_string_append_printf(text, "\n  %s\n", _("OPTIONS"));
    for (const AljOption *option = command->options; option && option->name; option++) {
        g_autofree char *syntax = option_syntax(option);
        g_string_append_printf(text, "    %-15s  %s\n", syntax, gettext(option->help));
    }
    if (command->example)
        append_part(text, _("EXAMPLE"), command->example);
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}

char *
alj_help_command_rst(const AljCommand *command)
{
    GString *text = g_string_new(NULL);
    g_autofree char *rule = g_strnfill(strlen(command->name), '-');
    g_string_append_printf(text, "%s\n%s\n\n::\n\n   ", command->name, rule);
    append_synopsis(text, command);
    g_string_append_printf(text, "\n\n%s\n",
                           gettext(command->description ? command->description : command->summary));
    for (const AljOption *option = command->options; option && option->name; option++) {
        g_autofree char *syntax = option_syntax(option);
        g_string_append_printf(text, "\n``%s``\n   %s\n", syntax, gettext(option->help));
    }
    g_auto(GStrv) lines = g_strsplit(command->example ? command->example : "", "\n", -1);
    if (lines[0])
        g_string_append(text, "\nExample::\n\n");
    for (char **line = lines; *line; line++)
        g_string_append_printf(text, "   %s\n", *line);
    return g_string_free(text, FALSE);
}

static void
append_group(GString *text, const AljGroup *group)
{
    g_string_append_printf(text, _(" %s (help keyword '%s'):\n"), gettext(group->title), group->keyword);
    for (const AljCommand *const *command = alj_commands; *command; command++) {
        if (!strcmp((*command)->group, group->keyword) && !((*command)->flags & ALJ_COMMAND_HIDDEN))
            g_string_append_printf(text, "    %-30s %s\n", (*command)->name, gettext((*command)->summary));
    }
}

char *
alj_help_group(const AljGroup *group)
{
    GString *text = g_string_new(NULL);
    append_group(text, group);
    return g_string_free(text, FALSE);
}

static void
append_groups(GString *text)
{
    for (const AljGroup *group = alj_groups; group->keyword; group++) {
        append_group(text, group);
        g_string_append_c(text, '\n');
    }
}

char *
alj_help_all(void)
{
    GString *text = g_string_new(_("Grouped commands:\n\n"));
    append_groups(text);
    return g_string_free(text, FALSE);
}

char *
alj_help_program(void)
{
    GString *text = g_string_new(
        _("\n"
          "aljibe [options]... [<command_string>]\n"
          "aljibe [options]... <command> [args...]\n"
          "\n"
          "  aljibe manages storage pools and volumes for virtual machines. A pool is a place that\n"
          "  holds volumes (a directory, a volume group, an NFS export, ...); a volume is one disk.\n"
          "\n"));
    g_string_append(
        text,
        _("  examples:\n"
          "    aljibe pool-define-as images dir --target /srv/images    make a pool known\n"
          "    aljibe pool-build images && aljibe pool-start images     make its directory and start it\n"
          "    aljibe pool-autostart images                             start it at every boot\n"
          "    aljibe vol-create-as images web.qcow2 20G --format qcow2 make a 20 GiB disk\n"
          "    aljibe vol-list images --details                         see what is there\n"
          "    aljibe vol-resize web.qcow2 30G --pool images            make it larger\n"
          "    aljibe 'pool-refresh images; vol-list images'            several commands in one argument\n"
          "    aljibe -c embed:///tmp/try pool-list --all               try it without a daemon and without "
          "root\n"
          "    aljibe                                                   a shell with completion\n"
          "\n"));
    g_string_append(
        text,
        _("  options:\n"
          "    -c | --connect=URI      server to use (default: $ALJIBE_URI, else aljibed on this host)\n"
          "    -d | --debug=NUM        accepted and ignored [0-4]\n"
          "    -e | --escape=CHAR      accepted and ignored\n"
          "    -h | --help             this help\n"
          "    -k | --keepalive-interval=NUM\n"
          "                            seconds between keep-alive messages (default 0: none)\n"
          "    -K | --keepalive-count=NUM\n"
          "                            keep-alive messages that may stay unanswered (default 6)\n"
          "    -l | --log=FILE         accepted and ignored\n"
          "    -q | --quiet            no success messages, no table headers, no empty lines\n"
          "    -r | --readonly         connect read-only\n"
          "    -t | --timing           print how long each command took\n"
          "    -v                      short version\n"
          "    -V                      long version\n"
          "         --version[=TYPE]   version, TYPE is short or long (default short)\n"
          "\n"));
    g_string_append(text, _("  commands:\n\n"));
    append_groups(text);
    g_string_append(text, _("  (specify help <group> for details about the commands in the group)\n\n"
                            "  (specify help <command> for details about the command)\n\n"));
    return g_string_free(text, FALSE);
}
