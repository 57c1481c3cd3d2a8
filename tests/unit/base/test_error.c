/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every code has its row; texts and extras survive copying. */
#include "base/error.h"

#include <errno.h>
#include <string.h>

static void
test_rows(void)
{
    for (int code = 0; code < ALJ_N_ERRORS; code++) {
        g_assert_cmpint(alj_error_wire_code((AljError) code), >, 0);
        const char *template = alj_error_template((AljError) code);
        g_assert_nonnull(template);
        g_assert_nonnull(strstr(template, "%s"));
    }
}

static void
test_text(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(alj_fail(&error, ALJ_ERROR_NO_POOL, "no storage pool with matching name '%s'", "x"));
    g_autofree char *text = alj_error_text(error);
    g_assert_cmpstr(text, ==, "Storage pool not found: no storage pool with matching name 'x'");
    g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_STORAGE);

    g_autoptr(GError) exists = NULL;
    alj_fail(&exists, ALJ_ERROR_VOL_EXISTS, "'v'");
    g_autofree char *exists_text = alj_error_text(exists);
    g_assert_cmpstr(exists_text, ==, "storage volume 'v' exists already");
}

static void
test_extra(void)
{
    g_autoptr(GError) error = NULL;
    alj_fail_errno(&error, ENOSPC, "cannot write '%s'", "v");
    g_assert_cmpstr(error->message, ==, "cannot write 'v': No space left on device");
    alj_error_set_area(error, ALJ_AREA_STREAMS);
    g_autoptr(GError) copy = g_error_copy(error);
    g_assert_cmpint(alj_error_errno(copy), ==, ENOSPC);
    g_assert_cmpint(alj_error_area(copy), ==, ALJ_AREA_STREAMS);
    g_assert_true(alj_error_is(copy, ALJ_ERROR_SYSTEM));
    g_assert_false(alj_error_is(NULL, ALJ_ERROR_SYSTEM));
    g_assert_false(alj_fail(NULL, ALJ_ERROR_INTERNAL, "nobody listens"));
}

static void
test_bounds(void)
{
    g_autofree char *longer = g_strnfill(5000, 'x');
    g_autoptr(GError) error = NULL;
    alj_fail(&error, ALJ_ERROR_SYSTEM, "%s\xff%s", "bad ", longer);
    g_autofree char *text = alj_error_text(error);
    g_assert_cmpuint(strlen(text), <=, 4096);
    g_assert_true(g_utf8_validate(text, -1, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/error/rows", test_rows);
    g_test_add_func("/base/error/text", test_text);
    g_test_add_func("/base/error/extra", test_extra);
    g_test_add_func("/base/error/bounds", test_bounds);
    return g_test_run();
}
