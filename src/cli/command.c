/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of commands, and how commands and groups are found by name. Pure. */
#include "cli/command.h"

#include <string.h>

const AljGroup alj_groups[] = {
    { "pool", N_("Storage Pool") },
    { "volume", N_("Storage Volume") },
    { "secret", N_("Secret") },
    { "host", N_("Host and Server") },
    { "aljibe", N_("Aljibe itself") },
    { 0 },
};

const AljCommand *
alj_command_find(const char *name)
{
    for (const AljCommand *const *command = alj_commands; *command; command++) {
        if (!strcmp((*command)->name, name))
            return *command;
    }
    return NULL;
}

const AljGroup *
alj_group_find(const char *keyword)
{
    for (const AljGroup *group = alj_groups; group->keyword; group++) {
        if (!strcmp(group->keyword, keyword))
            return group;
    }
    return NULL;
}
