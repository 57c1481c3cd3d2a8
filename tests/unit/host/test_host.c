/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate fails the call it was told to fail and no other; temporary names are told from all others. */
#include "host/host.h"

#include <errno.h>
#include <string.h>

static void
test_gate(void)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_assert_cmpstr(alj_host_private_dir(host), ==, "/run/x");
    g_assert_cmpint(alj_host_gate(host, "one"), ==, 0);
    g_assert_cmpuint(alj_host_calls(host), ==, 1);

    alj_host_fail_nth(host, 2, ENOSPC);
    g_assert_cmpint(alj_host_gate(host, "one"), ==, 0);
    g_assert_cmpint(alj_host_gate(host, "two"), ==, ENOSPC);
    g_assert_cmpint(alj_host_gate(host, "three"), ==, 0);
    g_assert_cmpuint(alj_host_calls(host), ==, 3);

    alj_host_fail_nth(host, 0, 0);
    g_assert_cmpuint(alj_host_calls(host), ==, 0);
    for (unsigned i = 0; i < 10; i++)
        g_assert_cmpint(alj_host_gate(host, "any"), ==, 0);
}

static void
test_tmp_names(void)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(AljHost) again = alj_host_new("/run/y");
    const char *prefix = alj_host_tmp_prefix(host);
    g_assert_cmpstr(prefix, ==, alj_host_tmp_prefix(again));
    g_assert_cmpuint(strlen(prefix), ==, strlen(".aljibe-new.0123456789abcdef."));
    g_autofree char *own = g_strconcat(prefix, "a8Qz", NULL);
    g_assert_true(alj_host_is_tmp_name(own));
    g_assert_false(alj_host_is_tmp_name(prefix));
    g_assert_true(alj_host_is_tmp_name(".aljibe-new.0123456789abcdef.x"));

    static const char *const others[] = {
        "", "a.img", ".aljibe-new.", ".aljibe-new.0123456789abcde.x", ".aljibe-new.0123456789abcdef0.x",
        ".aljibe-new.0123456789ABCDEF.x", "x.aljibe-new.0123456789abcdef.x", ".aljibe-newer",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(alj_host_is_tmp_name(others[i]));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/gate", test_gate);
    g_test_add_func("/host/tmp-names", test_tmp_names);
    return g_test_run();
}
