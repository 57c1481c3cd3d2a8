/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words out of a line as typed: blanks separate, ' and " quote, a backslash takes the next character as it
 * is, and joins lines. Pure. */
#include "cli/token.h"

#include "base/error.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *
skip_blanks(const char *p)
{
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (p[0] == '\\' && p[1] == '\n')
            p += 2;
        else if (*p == '#')
            p += strcspn(p, "\n");
        else
            return p;
    }
}

/* Reads up to the closing @quote, appends to @word, and returns where to go on, or NULL. Within single
 * quotes a backslash is plain. */
static const char *
read_quoted(const char *p, char quote, GString *word, GError **error)
{
    for (; *p != quote; p++) {
        if (*p == '\\' && quote == '"')
            p++;
        if (!*p) {
            (void) alj_fail(error, ALJ_ERROR_INVALID_ARG, _("missing %c"), quote);
            return NULL;
        }
        g_string_append_c(word, *p);
    }
    return p + 1;
}

AljTokenKind
alj_token_next(const char **text, char **ret_word, GError **error)
{
    const char *p = skip_blanks(*text);
    g_autoptr(GString) word = NULL;
    *text = p;
    if (!*p)
        return ALJ_TOKEN_END;
    if (*p == ';' || *p == '\n') {
        *text = p + 1;
        return ALJ_TOKEN_BREAK;
    }
    word = g_string_new(NULL);
    while (*p && !strchr(" \t;\n", *p)) {
        if (*p == '\'' || *p == '"') {
            p = read_quoted(p + 1, *p, word, error);
            if (!p)
                return ALJ_TOKEN_BAD;
            continue;
        }
        if (*p == '\\')
            p++;
        if (!*p) {
            (void) alj_fail(error, ALJ_ERROR_INVALID_ARG, _("dangling \\"));
            return ALJ_TOKEN_BAD;
        }
        if (*p != '\n') /* only an escaped one gets here: the line goes on */
            g_string_append_c(word, *p);
        p++;
    }
    *text = p;
    *ret_word = g_string_free(g_steal_pointer(&word), FALSE);
    return ALJ_TOKEN_WORD;
}

char *
alj_token_quote(const char *word)
{
    if (*word && !strpbrk(word, " \t\n;'\"\\#"))
        return g_strdup(word);
    GString *quoted = g_string_new("\"");
    for (const char *p = word; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *p);
    }
    g_string_append_c(quoted, '"');
    return g_string_free(quoted, FALSE);
}

GPtrArray *
alj_token_last_command(const char *line)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (;;) {
        char *word = NULL;
        switch (alj_token_next(&line, &word, NULL)) {
        case ALJ_TOKEN_WORD:
            g_ptr_array_add(words, word);
            break;
        case ALJ_TOKEN_BREAK:
            g_ptr_array_set_size(words, 0);
            break;
        case ALJ_TOKEN_END:
            return g_steal_pointer(&words);
        case ALJ_TOKEN_BAD:
            return NULL;
        }
    }
}
