/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URIs: what name the server is told, which sockets are tried, what is refused. */
#include "client/uri.h"

#include <unistd.h>

#include "base/error.h"

static void
test_names(void)
{
    /* the case of the scheme is not kept, which no server needs */
    static const struct {
        const char *uri, *name, *socket;
    } rows[] = {
        { "storage:///system", "storage:///system", NULL },
        { "storage+unix:///system?socket=/run/x.sock", "storage:///system", "/run/x.sock" },
        { "storage:///system?socket=/run/x.sock", "storage:///system", "/run/x.sock" },
        { "storage+unix:///session?socket=/s", "storage:///session", "/s" },
        { "storage+unix:///?socket=/s", "storage:///", "/s" },
        { "storage+unix://?socket=/s", "storage://", "/s" },
        { "qemu+unix:///system?socket=/s", "qemu:///system", "/s" },
        { "qemu+unix:///system?socket=/s&foo=bar", "qemu:///system?foo=bar", "/s" },
        { "qemu+unix:///system?a=%20b&mode=auto&socket=/s;c", "qemu:///system?a=%20b&c", "/s" },
        { "storage+unix:///system?socket=/s&name=qemu:///system", "qemu:///system", "/s" },
        { "remote+unix:///?socket=/s", "", "/s" },
        { "aljibe+unix:///system?socket=/a%20b%25", "aljibe:///system", "/a b%" },
        { "", "", NULL },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(AljUri) uri = { 0 };
        g_autoptr(GError) error = NULL;
        g_assert_true(alj_uri_parse(rows[i].uri, false, &uri, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(uri.name, ==, rows[i].name);
        g_assert_cmpstr(uri.given, ==, *rows[i].uri ? rows[i].uri : NULL);
        g_assert_null(uri.embed_dir);
        if (rows[i].socket) {
            g_assert_cmpstr(uri.sockets[0], ==, rows[i].socket);
            g_assert_null(uri.sockets[1]);
        } else {
            g_assert_cmpuint(g_strv_length(uri.sockets), ==, 3);
        }
    }
}

static void
assert_sockets(const char *text, bool is_readonly, const char *const expected[3])
{
    g_auto(AljUri) uri = { 0 };
    g_assert_true(alj_uri_parse(text, is_readonly, &uri, NULL));
    g_assert_cmpuint(g_strv_length(uri.sockets), ==, 3);
    for (int i = 0; i < 3; i++)
        g_assert_cmpstr(uri.sockets[i], ==, expected[i]);
}

static void
test_sockets(void)
{
    static const char *const system[] = { "/run/aljibe/aljibe-sock", "/run/libvirt/virtstoraged-sock",
                                          "/run/libvirt/libvirt-sock" };
    static const char *const readers[] = { "/run/aljibe/aljibe-sock-ro", "/run/libvirt/virtstoraged-sock-ro",
                                           "/run/libvirt/libvirt-sock-ro" };
    static const char *const qemu[] = { "/run/aljibe/aljibe-sock", "/run/libvirt/virtqemud-sock",
                                        "/run/libvirt/libvirt-sock" };
    static const char *const session[] = { "/home/u/run/aljibe/aljibe-sock", "/home/u/run/libvirt/virtstoraged-sock",
                                           "/home/u/run/libvirt/libvirt-sock" };
    assert_sockets("storage:///system", false, system);
    assert_sockets("storage:///system", true, readers);
    assert_sockets("qemu:///system", false, qemu);
    assert_sockets("storage:///session", false, session);
    assert_sockets("storage:///session", true, session);
    assert_sockets(NULL, false, geteuid() == 0 ? system : session);

    /* a socket that is named is taken as it is, also by readers */
    g_auto(AljUri) named = { 0 };
    g_assert_true(alj_uri_parse("storage+unix:///system?socket=/s", true, &named, NULL));
    g_assert_cmpstr(named.sockets[0], ==, "/s");
}

static void
test_embed(void)
{
    static const char *const rows[][2] = {
        { "embed:///srv/store", "/srv/store" },
        { "embed:///a%20b?c", "/a b?c" },
        { "embed:///a b", "/a b" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(AljUri) uri = { 0 };
        g_assert_true(alj_uri_parse(rows[i][0], false, &uri, NULL));
        g_assert_cmpstr(uri.embed_dir, ==, rows[i][1]);
        g_assert_cmpstr(uri.name, ==, "");
        g_assert_null(uri.sockets);
    }
}

static void
test_environment(void)
{
    g_auto(AljUri) from_environment = { 0 };
    g_auto(AljUri) given = { 0 };
    g_setenv("ALJIBE_URI", "embed:///from/environment", TRUE);
    g_assert_true(alj_uri_parse(NULL, false, &from_environment, NULL));
    g_assert_true(alj_uri_parse("embed:///given", false, &given, NULL));
    g_unsetenv("ALJIBE_URI");
    g_assert_cmpstr(from_environment.embed_dir, ==, "/from/environment");
    g_assert_cmpstr(given.embed_dir, ==, "/given");
}

static void
test_refused(void)
{
    static const char *const rows[][2] = {
        { "storage", "'storage' is not a URI" },
        { "/srv/store", "'/srv/store' is not a URI" },
        { "storage+ssh://h/system", "transport 'ssh' in 'storage+ssh://h/system' is not supported" },
        { "storage+unix://h/system?socket=/s",
          "'storage+unix://h/system?socket=/s' names a host, and a socket is on this one" },
        { "embed://srv", "'embed://srv' does not name a directory as embed:///DIR" },
        { "embed:/srv", "'embed:/srv' does not name a directory as embed:///DIR" },
        { "embed://", "'embed://' does not name a directory as embed:///DIR" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        AljUri uri = { 0 };
        g_autoptr(GError) error = NULL;
        g_assert_false(alj_uri_parse(rows[i][0], false, &uri, &error));
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_INVALID_ARG);
        g_assert_cmpstr(error->message, ==, rows[i][1]);
        g_assert_null(uri.name);
    }
}

int
main(int argc, char **argv)
{
    g_setenv("XDG_RUNTIME_DIR", "/home/u/run", TRUE);
    g_unsetenv("ALJIBE_URI");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/uri/names", test_names);
    g_test_add_func("/client/uri/sockets", test_sockets);
    g_test_add_func("/client/uri/embed", test_embed);
    g_test_add_func("/client/uri/environment", test_environment);
    g_test_add_func("/client/uri/refused", test_refused);
    return g_test_run();
}
