/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words out of a line as typed. */
#pragma once

#include <glib.h>

/** AljTokenKind: ALJ_TOKEN_BREAK is the end of a command (';' or a line end). */
typedef enum AljTokenKind { ALJ_TOKEN_WORD, ALJ_TOKEN_BREAK, ALJ_TOKEN_END, ALJ_TOKEN_BAD } AljTokenKind;

/**
 * alj_token_next:
 * Takes one token off *@text and moves it on.
 * @ret_word: (transfer full) set for ALJ_TOKEN_WORD
 * Errors: ALJ_TOKEN_BAD with INVALID_ARG: a quote that is not closed, a backslash at the end.
 */
AljTokenKind alj_token_next(const char **text, char **ret_word, GError **error);

/** alj_token_last_command: the words of the last command in @line. NULL if a quote in it is not closed. (transfer full) of char * */
GPtrArray *alj_token_last_command(const char *line);

/** alj_token_quote: @word so that alj_token_next() gives it back; unchanged if it is plain. (transfer full) */
char *alj_token_quote(const char *word);
