/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables: padding, rule, wide and unprintable characters; sizes for people. */
#include "cli/table.h"

#include <locale.h>

static void
check(const char *const *header, const char *const *cells, gboolean has_header, const char *expected)
{
    g_autoptr(AljTable) table = alj_table_new(header);
    for (const char *const *row = cells; row && *row; row += g_strv_length((char **) header))
        alj_table_add(table, row);
    g_autofree char *text = alj_table_format(table, has_header);
    g_assert_cmpstr(text, ==, expected);
}

static void
test_layout(void)
{
    static const char *const header[] = { "Name", "State", "Autostart", NULL };
    static const char *const cells[] = { "p", "active", "no", "a-longer-name", "inactive", "yes", NULL };
    check(header, NULL, TRUE, " Name   State   Autostart\n---------------------------\n");
    check(header, NULL, FALSE, "");
    check(header, cells, TRUE,
          " Name            State      Autostart\n"
          "---------------------------------------\n"
          " p               active     no\n"
          " a-longer-name   inactive   yes\n");
    check(header, cells + 3, FALSE, " a-longer-name   inactive   yes\n");
    static const char *const narrow[] = { "p", "on", "x", "qq", "on", "y", NULL };
    check(header, narrow, FALSE, " p    on   x\n qq   on   y\n");
}

static void
test_characters(void)
{
    static const char *const header[] = { "Name", "Path", NULL };
    static const char *const plain[] = {
        "a\nb", "/x", "\x1b[0m\x7f", "/y", "a\\xz", "/z", "a\\z", "/w", NULL
    };
    check(header, plain, TRUE,
          " Name          Path\n"
          "---------------------\n"
          " a\\x0ab        /x\n"
          " \\x1b[0m\\x7f   /y\n"
          " a\\x5cxz       /z\n"
          " a\\z           /w\n");
}

static void
test_wide(void)
{
    static const char *const header[] = { "Name", "Path", NULL };
    static const char *const cells[] = { "\xc3\xa1rbol", "/1",        "\xe6\xb0\xb4\xe6\xba\x9c",
                                         "/2",           "e\xcc\x81", "/3",
                                         "\xff\xc3",     "/4",        NULL };
    if (!setlocale(LC_ALL, "C.UTF-8")) {
        g_test_skip("no C.UTF-8");
        return;
    }
    check(header, cells, TRUE,
          " Name       Path\n"
          "------------------\n"
          " \xc3\xa1rbol      /1\n"
          " \xe6\xb0\xb4\xe6\xba\x9c       /2\n"
          " e\xcc\x81          /3\n"
          " \\xff\\xc3   /4\n");
    (void) setlocale(LC_ALL, "C");
}

static void
test_size(void)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        { 0, "0.00 B" },         { 1023, "1023.00 B" },
        { 1024, "1.00 KiB" },    { 1048575, "1024.00 KiB" },
        { 1530920, "1.46 MiB" }, { UINT64_MAX, "16.00 EiB" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = alj_size_text(rows[i].bytes);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    (void) setlocale(LC_ALL, "C");
    g_test_add_func("/cli/table/layout", test_layout);
    g_test_add_func("/cli/table/characters", test_characters);
    g_test_add_func("/cli/table/wide", test_wide);
    g_test_add_func("/cli/table/size", test_size);
    return g_test_run();
}
