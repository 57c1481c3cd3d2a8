/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes in and out: every suffix, every refusal, and the rounding. */
#include "base/error.h"
#include "base/units.h"

static void
test_parse(void)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        { "0", 0 },           { "512", 512 },        { "1k", 1024 },         { "1K", 1024 },
        { "1KiB", 1024 },     { "1KB", 1000 },       { "2MiB", 2097152 },    { "3mb", 3000000 },
        { "1g", 1073741824 }, { "1T", 1ULL << 40 },  { "1P", 1ULL << 50 },   { "15E", 15ULL << 60 },
        { "7bytes", 7 },      { "7byte", 7 },        { "7B", 7 },            { "  9", 9 },
        { "18446744073709551615", UINT64_MAX },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        uint64_t bytes = 1;
        g_assert_true(alj_size_parse(good[i].text, UINT64_MAX, &bytes, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(bytes, ==, good[i].bytes);
    }
}

static void
test_refuse(void)
{
    static const struct {
        const char *text;
        AljError code;
        const char *message;
    } bad[] = {
        { "1Mi", ALJ_ERROR_INVALID_ARG, "unknown suffix 'Mi'" },
        { "1 M", ALJ_ERROR_INVALID_ARG, "unknown suffix ' M'" },
        { "1.5G", ALJ_ERROR_INVALID_ARG, "unknown suffix '.5G'" },
        { "1,5M", ALJ_ERROR_INVALID_ARG, "unknown suffix ',5M'" },
        { "0x10", ALJ_ERROR_INVALID_ARG, "unknown suffix 'x10'" },
        { "16E", ALJ_ERROR_OVERFLOW, "value too large: 16E" },
        { "-1", ALJ_ERROR_INVALID_ARG, "malformed size '-1'" },
        { "", ALJ_ERROR_INVALID_ARG, "malformed size ''" },
        { "18446744073709551616", ALJ_ERROR_OVERFLOW, "value too large: 18446744073709551616" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        uint64_t bytes = 77;
        g_assert_false(alj_size_parse(bad[i].text, UINT64_MAX, &bytes, &error));
        g_assert_error(error, ALJ_ERROR, (int) bad[i].code);
        g_assert_cmpstr(error->message, ==, bad[i].message);
        g_assert_cmpuint(bytes, ==, 77);
    }
}

static void
test_human(void)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        { 0, "0.00 B" },           { 1023, "1023.00 B" },      { 1024, "1.00 KiB" },
        { 1048575, "1024.00 KiB" }, { 1048576, "1.00 MiB" },    { UINT64_MAX, "16.00 EiB" },
        { 1536, "1.50 KiB" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        double value = 0;
        const char *unit = alj_size_human(rows[i].bytes, &value);
        g_autofree char *text = g_strdup_printf("%.2f %s", value, unit);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/units/parse", test_parse);
    g_test_add_func("/base/units/refuse", test_refuse);
    g_test_add_func("/base/units/human", test_human);
    return g_test_run();
}
