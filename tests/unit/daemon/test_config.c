/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: defaults, every kind of line, exact complaints, and a dump that reads back. */
#include "daemon/config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *path;

static AljConfig *
load(const char *text, GError **error)
{
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return alj_config_load(path, true, error);
}

static void
assert_refused(const char *text, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = g_strconcat(path, why, NULL);
    g_assert_null(load(text, &error));
    g_assert_cmpstr(error->message, ==, expected);
}

static void
test_defaults(void)
{
    g_autoptr(AljConfig) config = load("", NULL);
    g_assert_cmpstr(config->group, ==, "");
    g_assert_cmpuint(config->max_clients, ==, 8192);
    g_assert_cmpuint(config->max_clients_per_uid, ==, 1024);
    g_assert_cmpuint(config->socket_mode, ==, 0600);
    g_assert_cmpuint(config->socket_mode_readonly, ==, 0666);
}

static void
test_values(void)
{
    g_autoptr(AljConfig) config = load("# comment\n\n group = \"a # b\" # why\nmax_clients=12#x\n  socket_mode = 0660\n", NULL);
    g_assert_nonnull(config);
    g_assert_cmpstr(config->group, ==, "a # b");
    g_assert_cmpuint(config->max_clients, ==, 12);
    g_assert_cmpuint(config->socket_mode, ==, 0660);
}

static void
test_complaints(void)
{
    assert_refused("\ngrupo = x\n", ":2: unknown setting 'grupo'");
    assert_refused("group\n", ":1: expected KEY = VALUE");
    assert_refused("max_clients = many\n", ":1: bad value for 'max_clients'");
    assert_refused("max_clients = 0\n", ":1: bad value for 'max_clients'");
    assert_refused("max_clients = -1\n", ":1: bad value for 'max_clients'");
    assert_refused("max_clients = 99999999999999999999\n", ":1: bad value for 'max_clients'");
    assert_refused("socket_mode = 1777\n", ":1: bad value for 'socket_mode'");
    assert_refused("socket_mode = 0680\n", ":1: bad value for 'socket_mode'");
    assert_refused("group = \"x\n", ":1: bad value for 'group'");
    assert_refused("group = \"x\" y\n", ":1: bad value for 'group'");
}

static void
test_missing_file(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljConfig) config = alj_config_load("/nonexistent/aljibed.conf", false, &error);
    g_assert_no_error(error);
    g_assert_nonnull(config);
    g_assert_null(alj_config_load("/nonexistent/aljibed.conf", true, &error));
    g_assert_cmpint(alj_error_code(error), ==, ALJ_ERROR_SYSTEM);
}

static void
test_dump_reads_back(void)
{
    g_autofree char *text = NULL;
    size_t size = 0;
    g_autoptr(AljConfig) config = load("group = disk\nmax_clients = 77\nsocket_mode = 0640\nlog = wire\n", NULL);
    FILE *out = open_memstream(&text, &size);
    alj_config_dump(config, out);
    fclose(out);
    g_assert_nonnull(strstr(text, "# connections in all\nmax_clients = 77\n"));
    g_autoptr(AljConfig) again = load(text, NULL);
    g_assert_nonnull(again);
    g_assert_cmpstr(again->group, ==, "disk");
    g_assert_cmpstr(again->log, ==, "wire");
    g_assert_cmpuint(again->max_clients, ==, 77);
    g_assert_cmpuint(again->socket_mode, ==, 0640);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    path = g_strdup_printf("%s/aljibed-conf-test-%d", g_get_tmp_dir(), (int) getpid());
    g_test_add_func("/config/defaults", test_defaults);
    g_test_add_func("/config/values", test_values);
    g_test_add_func("/config/complaints", test_complaints);
    g_test_add_func("/config/missing-file", test_missing_file);
    g_test_add_func("/config/dump-reads-back", test_dump_reads_back);
    int failed = g_test_run();
    (void) g_unlink(path);
    g_free(path);
    return failed;
}
