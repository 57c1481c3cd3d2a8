/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a daemon lives, for each way it can stand on a host. */
#include "daemon/layout.h"

#include <unistd.h>

static void
assert_refused(const AljLayoutOptions *options, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_layout_new(options, &error));
    g_assert_cmpstr(error->message, ==, why);
}

static void
test_session(void)
{
    AljLayoutOptions options = { .session = true };
    g_autoptr(AljLayout) layout = alj_layout_new(&options, NULL);
    g_autofree char *socket = g_build_filename(g_get_user_runtime_dir(), "aljibe/aljibe-sock", NULL);
    g_autofree char *config = g_build_filename(g_get_user_config_dir(), "aljibe/storage", NULL);
    g_assert_cmpstr(layout->socket_path, ==, socket);
    g_assert_null(layout->readonly_path);
    g_assert_cmpstr(layout->config_dir, ==, config);
    g_assert_cmpstr(layout->uri, ==, "storage:///session");
    g_assert_false(layout->is_privileged);
}

static void
test_libvirt(void)
{
    AljLayoutOptions options = { .profile = "libvirt" };
    g_autoptr(AljLayout) layout = alj_layout_new(&options, NULL);
    g_assert_cmpstr(layout->socket_path, ==, "/run/libvirt/virtstoraged-sock");
    g_assert_cmpstr(layout->readonly_path, ==, "/run/libvirt/virtstoraged-sock-ro");
    g_assert_cmpstr(layout->config_dir, ==, "/etc/libvirt/storage");
    g_assert_cmpstr(layout->state_dir, ==, "/run/libvirt/storage");
    g_assert_cmpstr(layout->record_dir, ==, "/var/lib/aljibe/libvirt");
}

static void
test_private(void)
{
    AljLayoutOptions options = { .socket = "sock", .config_dir = "/x/etc/", .state_dir = "/x//run" };
    g_autoptr(AljLayout) layout = alj_layout_new(&options, NULL);
    g_autofree char *here = g_get_current_dir();
    g_autofree char *socket = g_build_filename(here, "sock", NULL);
    g_autofree char *readonly = g_strconcat(socket, "-ro", NULL);
    g_assert_cmpstr(layout->socket_path, ==, socket);
    g_assert_cmpstr(layout->readonly_path, ==, readonly);
    g_assert_cmpstr(layout->config_dir, ==, "/x/etc");
    g_assert_cmpstr(layout->state_dir, ==, "/x/run");
    g_assert_cmpstr(layout->record_dir, ==, "/x/run");
    g_assert_cmpstr(layout->private_dir, ==, "/x/run/private");
    g_assert_null(layout->config_file); /* no settings of the system */
    g_assert_true(layout->is_privileged == (geteuid() == 0));
}

static void
test_refused(void)
{
    AljLayoutOptions half = { .socket = "/s", .config_dir = "/c" };
    AljLayoutOptions profile = { .profile = "xen" };
    AljLayoutOptions both = { .profile = "libvirt", .session = true };
    assert_refused(&half, "--socket needs --config-dir and --state-dir");
    assert_refused(&profile, "unknown profile 'xen'");
    assert_refused(&both, "a session has no profile");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layout/session", test_session);
    g_test_add_func("/layout/libvirt", test_libvirt);
    g_test_add_func("/layout/private", test_private);
    g_test_add_func("/layout/refused", test_refused);
    return g_test_run();
}
