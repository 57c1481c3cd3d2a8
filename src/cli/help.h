/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What help says, made from the tables. */
#pragma once

#include "cli/command.h"

/** alj_help_command: name, synopsis, description, options of @command, in virsh's layout. (transfer full) */
char *alj_help_command(const AljCommand *command);

/** alj_help_command_rst: the same as a section of the manual page. (transfer full) */
char *alj_help_command_rst(const AljCommand *command);

/** alj_help_group: title and one line per command. (transfer full) */
char *alj_help_group(const AljGroup *group);

/** alj_help_all: every group. (transfer full) */
char *alj_help_all(void);

/** alj_help_program: what --help prints: how to call the program, examples, global options, groups.
 * (transfer full) */
char *alj_help_program(void);
