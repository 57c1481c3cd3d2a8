/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the program itself, which stand before the command. */
#include "cli/program.h"

#include <string.h>

const struct option alj_program_options[] = {
    { "connect", required_argument, NULL, 'c' },
    { "debug", required_argument, NULL, 'd' },
    { "escape", required_argument, NULL, 'e' },
    { "help", no_argument, NULL, 'h' },
    { "keepalive-interval", required_argument, NULL, 'k' },
    { "keepalive-count", required_argument, NULL, 'K' },
    { "log", required_argument, NULL, 'l' },
    { "quiet", no_argument, NULL, 'q' },
    { "readonly", no_argument, NULL, 'r' },
    { "timing", no_argument, NULL, 't' },
    { "version", optional_argument, NULL, 'v' },
    { 0 },
};

const struct option *
alj_program_option_find(const char *word)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t) (equals - word) : strlen(word);
    for (const struct option *option = alj_program_options; option->name; option++) {
        bool is_short = length == 2 && word[0] == '-' && word[1] == option->val;
        bool is_long = length > 2 && !strncmp(word, "--", 2) && strlen(option->name) == length - 2 &&
                       !strncmp(word + 2, option->name, length - 2);
        if (is_short || is_long)
            return option;
    }
    return NULL;
}
