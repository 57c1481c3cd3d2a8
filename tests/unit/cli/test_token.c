/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a line: quotes, backslashes, comments, ends of commands; and quoting that comes back the same. */
#include "base/error.h"
#include "cli/token.h"

/* The tokens of @text in one string: words in brackets, ';' for the end of a command, '!' and the message
 * for an error. */
static char *
describe(const char *text)
{
    GString *out = g_string_new(NULL);
    for (;;) {
        g_autofree char *word = NULL;
        g_autoptr(GError) error = NULL;
        switch (alj_token_next(&text, &word, &error)) {
        case ALJ_TOKEN_WORD:
            g_string_append_printf(out, "[%s]", word);
            break;
        case ALJ_TOKEN_BREAK:
            g_string_append_c(out, ';');
            break;
        case ALJ_TOKEN_END:
            g_assert_no_error(error);
            return g_string_free(out, FALSE);
        case ALJ_TOKEN_BAD:
            g_assert_true(alj_error_is(error, ALJ_ERROR_INVALID_ARG));
            g_string_append_printf(out, "!%s", error->message);
            return g_string_free(out, FALSE);
        }
    }
}

static void
test_words(void)
{
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        { "", "" },
        { "  \t ", "" },
        { "a  b\tc", "[a][b][c]" },
        { "a;b ; c", "[a];[b];[c]" },
        { "a\nb", "[a];[b]" },
        { "\"a b\" 'c d' e\\ f", "[a b][c d][e f]" },
        { "a\"b c\"d'e'", "[ab cde]" },
        { "'' \"\"", "[][]" },
        { "\"a\\\"b\\\\c\" 'a\\b'", "[a\"b\\c][a\\b]" },
        { "\\; \\# \\\"", "[;][#][\"]" },
        { "a\\\nb \\\nc", "[ab][c]" },
        { "# all of it; is a comment\nb", ";[b]" },
        { "a # rest\nb", "[a];[b]" },
        { "a#b", "[a#b]" },
        { "\"a", "!missing \"" },
        { "b 'a", "[b]!missing '" },
        { "a\\", "!dangling \\" },
        { "\"a\\", "!missing \"" },
        { "\xc3\xa1\xff", "[\xc3\xa1\xff]" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *tokens = describe(rows[i].text);
        g_assert_cmpstr(tokens, ==, rows[i].tokens);
    }
}

static void
test_quote(void)
{
    static const char *const words[] = {
        "a", "", "a b", "a;b", "\"", "\\", "it's", "#", "a\tb", "\xc3\xa1 b"
    };
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *quoted = alj_token_quote(words[i]);
        g_autofree char *back = NULL;
        const char *p = quoted;
        g_assert_cmpint(alj_token_next(&p, &back, NULL), ==, ALJ_TOKEN_WORD);
        g_assert_cmpstr(back, ==, words[i]);
        g_assert_cmpstr(p, ==, "");
    }
    g_autofree char *plain = alj_token_quote("web.qcow2");
    g_assert_cmpstr(plain, ==, "web.qcow2");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/token/words", test_words);
    g_test_add_func("/cli/token/quote", test_quote);
    return g_test_run();
}
