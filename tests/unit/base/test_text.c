/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, paths and foreign text. */
#include "base/text.h"

#include <string.h>

static void
test_paths(void)
{
    static const char *const rows[][2] = {
        { "/a//b/", "/a/b" }, { "//a///b", "//a/b" }, { "///a", "/a" }, { "/", "/" },     { "//", "//" },
        { "/a/./b/..", "/a/./b/.." }, { "a//b/", "a/b" }, { "", "" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *clean = alj_text_clean_path(rows[i][0]);
        g_assert_cmpstr(clean, ==, rows[i][1]);
    }
}

static void
test_names(void)
{
    static const char *const good[] = { "v", ".hidden", "a b", "ñ", "tab\there", "-", "'&<" };
    static const char *const bad[] = { "", ".", "..", "a/b", "line\nbreak", "\x01", "\xff\xfe" };
    g_autofree char *at_limit = g_strnfill(255, 'n');
    g_autofree char *too_long = g_strnfill(256, 'n');
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(alj_text_is_entry_name(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(alj_text_is_entry_name(bad[i]));
    g_assert_true(alj_text_is_entry_name(at_limit));
    g_assert_false(alj_text_is_entry_name(too_long));
}

static void
test_printable(void)
{
    g_autofree char *text = alj_text_printable("a\nb\xff" "c\xc3\xb1", -1);
    g_assert_cmpstr(text, ==, "a\\x0ab\\xffc\xc3\xb1");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/text/paths", test_paths);
    g_test_add_func("/base/text/names", test_names);
    g_test_add_func("/base/text/printable", test_printable);
    return g_test_run();
}
