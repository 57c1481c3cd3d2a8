/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arguments of one command, and how a command line becomes a batch of them. */
#pragma once

#include "cli/command.h"

#include <glib.h>

/** AljArgs: what was given to one command. */
struct AljArgs {
    const AljCommand *command;
    char **values;   /* one per option row; NULL: not given; "" for flags */
    GPtrArray *rest; /* of char *, for ALJ_OPTION_REST */
    bool wants_help; /* --help was among them */
};

void alj_args_free(AljArgs *args);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljArgs, alj_args_free)

/**
 * alj_args_parse_words:
 * @words: a command and its arguments, ended by NULL; nothing in them is quoted
 * Errors: INVALID_ARG; the message has one line per problem. Returns: (transfer full)
 */
AljArgs *alj_args_parse_words(const char *const *words, GError **error);

/**
 * alj_args_parse_prefix:
 * For completion: @words are those before the one that is being typed. Nothing is refused.
 * @ret_next: the option whose value comes next, or NULL. Returns: (transfer full), or NULL for an unknown
 * command.
 */
AljArgs *alj_args_parse_prefix(const char *const *words, const AljOption **ret_next);

/**
 * alj_args_parse_text:
 * Commands as typed: separated by ';' or line ends, words by blanks; quotes, backslash and '#' as in a shell.
 * Nothing runs unless all of it is understood. Returns: array of AljArgs (transfer full), possibly empty.
 */
GPtrArray *alj_args_parse_text(const char *text, GError **error);

/**
 * alj_args_check:
 * Values that are no values: empty ones, but for sizes; numbers that are none; options that exclude each
 * other.
 * Errors: INVALID_ARG, one line.
 */
bool alj_args_check(const AljArgs *args, GError **error);

/** alj_args_has: whether option @name was given. The name must be one of the command's. */
bool alj_args_has(const AljArgs *args, const char *name);
/** alj_args_text: the value of @name, or NULL if it was not given; valid as long as @args. */
const char *alj_args_text(const AljArgs *args, const char *name);
/** alj_args_number: the value of a NUMBER option that alj_args_check() has passed; 0 if it was not given. */
uint64_t alj_args_number(const AljArgs *args, const char *name);

/** AljFlagRow, alj_args_flags: the bits of the flags that were given; @rows end with a NULL name. */
typedef struct AljFlagRow {
    const char *option;
    unsigned bit;
} AljFlagRow;
unsigned alj_args_flags(const AljArgs *args, const AljFlagRow *rows);
