/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections of pools to their servers: one for all, made when needed, ended when nobody uses it, never waited for. */
#include "fixture.h"

/* Until @op was called @n times for pool "n". */
static void
await_calls(const char *op, unsigned n)
{
    gint64 until = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (fake_calls(op, "n") < n) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        g_usleep(1000);
    }
}

static void
test_one_for_all(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_netfs(&fx, "n");
    for (int i = 0; i < 3; i++)
        run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
    g_assert_cmpuint(fake_calls("connect", "n"), ==, 1);
    g_assert_cmpuint(fake_calls("disconnected", "n"), ==, 0);
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    await_calls("disconnected", 1);
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0); /* a new one */
    g_assert_cmpuint(fake_calls("connect", "n"), ==, 2);
    fixture_close(&fx);
}

/* A library may take its time to end a connection: the pool is down before. */
static void
test_slow_end(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_netfs(&fx, "n");
    fake_hang("disconnect", "n", false);
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    fake_await("disconnect", "n");
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    g_assert_cmpuint(fake_calls("connect", "n"), ==, 2);
    g_assert_cmpuint(fake_calls("disconnected", "n"), ==, 0);
    fake_release("disconnect", "n");
    await_calls("disconnected", 1);
    fixture_close(&fx);
}

static void
test_failed_start(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_netfs(&fx, "n");
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    await_calls("disconnected", 1);
    fake_fail("connect", "n", ALJ_ERROR_INTERNAL, "failed to connect to the server");
    run_fails(op_new(&fx, ALJ_OP_POOL_START, pool, NULL), ALJ_ERROR_INTERNAL, "internal error: failed to connect to the server");
    fake_fail("scan", "n", ALJ_ERROR_INTERNAL, "the server says no");
    run_fails(op_new(&fx, ALJ_OP_POOL_START, pool, NULL), ALJ_ERROR_INTERNAL, "internal error: the server says no");
    await_calls("disconnected", 2); /* that of the start that failed after it was made */
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    g_assert_cmpuint(fake_calls("connect", "n"), ==, 4);
    fixture_close(&fx);
}

/* The core ends while a pool is up: its connection is ended, too. */
static void
test_end_of_core(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    alj_pool_unref(define_netfs(&fx, "n"));
    fixture_restart(&fx, true);
    await_calls("disconnected", 1);
    settle(&fx);
    g_assert_cmpuint(fake_calls("connect", "n"), ==, 2);
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/one-for-all", test_one_for_all);
    g_test_add_func("/connection/slow-end", test_slow_end);
    g_test_add_func("/connection/failed-start", test_failed_start);
    g_test_add_func("/connection/end-of-core", test_end_of_core);
    return run_tests();
}
