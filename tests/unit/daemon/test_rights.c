/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may come in and what he may call: every row of the table on a read-only connection, and by which names we are opened. */
#include "daemon/dispatch.h"
#include "daemon/rights.h"
#include "daemon/uri.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The calls that change something or run something; all others must be answered on a read-only connection. */
static const int32_t writing[] = { 75,  76,  77,  78,  79,  80,  81,  82,  83,  90, 93, 94,
                                   125, 142, 144, 145, 146, 165, 208, 209, 259, 260 };

static bool
is_writing(int32_t number)
{
    for (size_t i = 0; i < G_N_ELEMENTS(writing); i++) {
        if (writing[i] == number)
            return true;
    }
    return false;
}

static void
test_every_procedure(void)
{
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        const AljProcedure *row = alj_procedure_find(number);
        if (!alj_procedure_is_implemented(row))
            continue;
        g_autoptr(GError) error = NULL;
        g_assert_true(alj_rights_call(row, false, &error));
        bool allowed = alj_rights_call(row, true, &error);
        g_assert_true(allowed != is_writing(number));
        if (allowed)
            continue;
        g_autofree char *expected = g_strdup_printf("operation forbidden: read only access prevents %s", row->api);
        g_autofree char *text = alj_error_text(error);
        g_assert_cmpstr(text, ==, expected);
        g_assert_cmpint(alj_error_area(error), ==, row->area);
    }
}

static void
test_handlers_match_rows(void)
{
    for (int32_t number = -1; number <= ALJ_PROC_LAST + 1; number++) {
        const AljProcedure *row = alj_procedure_find(number);
        g_assert_true(alj_dispatch_is_handled(number) == (row && alj_procedure_is_implemented(row)));
    }
}

static void
test_peer(void)
{
    int pair[2];
    AljPeer peer;
    AljPolicy nobody = { 0 };
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    alj_policy_peer(&nobody, pair[0], false, &peer);
    g_assert_cmpint(peer.uid, ==, geteuid());
    g_assert_cmpint(peer.role, ==, ALJ_ROLE_WRITER);
    alj_policy_peer(&nobody, pair[0], true, &peer);
    g_assert_cmpint(peer.role, ==, ALJ_ROLE_READER);
    close(pair[0]);
    close(pair[1]);
}

static void
test_open(void)
{
    AljPeer stranger = { .uid = 12345, .role = ALJ_ROLE_NONE }, writer = { .role = ALJ_ROLE_WRITER };
    g_autoptr(GError) error = NULL;
    g_assert_true(alj_rights_open(&writer, false, NULL));
    g_assert_true(alj_rights_open(&stranger, true, NULL));
    g_assert_false(alj_rights_open(&stranger, false, &error));
    g_autofree char *text = alj_error_text(error);
    g_assert_cmpstr(text, ==, "authentication failed: access denied by policy");
    g_assert_cmpint(alj_error_wire_code(alj_error_code(error)), ==, 45);
}

static void
test_unknown_group(void)
{
    AljPolicy policy;
    g_autoptr(GError) error = NULL;
    g_assert_true(alj_policy_init(&policy, "", NULL));
    g_assert_false(policy.has_group);
    g_assert_true(alj_policy_init(&policy, "root", NULL));
    g_assert_true(policy.has_group);
    g_assert_false(alj_policy_init(&policy, "no-such-group-here", &error));
    g_assert_cmpstr(error->message, ==, "no group 'no-such-group-here'");
}

static void
assert_uri(const char *name, bool is_privileged, const char *expected)
{
    g_autoptr(GError) error = NULL;
    bool ok = alj_uri_check(name, is_privileged, &error);
    g_autofree char *text = error ? alj_error_text(error) : NULL;
    g_assert_true(ok == (expected == NULL));
    g_assert_cmpstr(text, ==, expected);
    if (error)
        g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_NONE);
}

static void
test_uri(void)
{
    static const char *const good[] = { NULL, "", "storage:///system", "qemu:///system", "aljibe:///system", "secret:///system",
                                        "STORAGE:///system",
                                        "qemu:///system?foo=bar", "storage://host/system" };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_uri(good[i], true, NULL);
        assert_uri(good[i], false, NULL);
    }
    assert_uri("storage:///session", false, NULL);
    assert_uri("storage:///session", true, "internal error: unexpected storage URI path '/session', try storage:///system");
    assert_uri("storage:///nonsense", false, "internal error: unexpected storage URI path '/nonsense', try storage:///session");
    assert_uri("storage://", true, "internal error: unexpected storage URI path '', try storage:///system");
    assert_uri("qemu:///", true, "internal error: unexpected qemu URI path '/', try qemu:///system");
    assert_uri("test:///default", true, "no connection driver available for test:///default");
    assert_uri("storage", true, "no connection driver available for storage");
    assert_uri("storagex:///system", true, "no connection driver available for storagex:///system");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rights/every-procedure", test_every_procedure);
    g_test_add_func("/rights/handlers-match-rows", test_handlers_match_rows);
    g_test_add_func("/rights/peer", test_peer);
    g_test_add_func("/rights/open", test_open);
    g_test_add_func("/rights/unknown-group", test_unknown_group);
    g_test_add_func("/rights/uri", test_uri);
    return g_test_run();
}
