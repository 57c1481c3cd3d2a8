/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists from a server that knows names only. */
#include <stdlib.h>

#include "server.h"

/** Says that it does not know the call it expects, as old servers do. */
static void
lack(TestServer *server, int32_t number)
{
    g_autofree char *message = g_strdup_printf("unknown procedure: %d", number);
    server_expect(server, number);
    server_fail(server, 39, message);
}

static void
play_names(TestServer *server, int32_t count_number, int32_t list_number, char *first, char *second)
{
    AljWireI32 max = { 0 };
    char *names[] = { first, second };
    server_expect(server, count_number);
    server_reply(server, &(AljWireI32) { 2 });
    server_expect(server, list_number);
    if (list_number != ALJ_PROC_STORAGE_POOL_LIST_VOLUMES) {
        server_args(server, &max);
        g_assert_cmpint(max.value, ==, 2);
    }
    server_reply(server, &(AljWireNames) { { 2, names } });
}

static void
play_answer(TestServer *server, int32_t number, int32_t value)
{
    server_expect(server, number);
    server_reply(server, &(AljWireI32) { value });
}

static void
play_old_server(TestServer *server)
{
    server_greet(server);
    lack(server, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS); /* all; one goes away before it is looked up */
    play_names(server, ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS, ALJ_PROC_CONNECT_LIST_STORAGE_POOLS, (char *) "p",
               (char *) "gone");
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    server_pool(server);
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    server_fail(server, ALJIBE_ERR_NO_POOL, "Storage pool not found: no storage pool with matching name 'gone'");
    play_answer(server, ALJ_PROC_CONNECT_NUM_OF_DEFINED_STORAGE_POOLS, 0);
    lack(server, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS); /* transient, autostarted or not, active: the second */
    play_names(server, ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS, ALJ_PROC_CONNECT_LIST_STORAGE_POOLS, (char *) "p",
               (char *) "p");
    for (int is_persistent = 1; is_persistent >= 0; is_persistent--) {
        server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
        server_pool(server);
        play_answer(server, ALJ_PROC_STORAGE_POOL_IS_PERSISTENT, is_persistent);
    }
    lack(server, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS); /* autostarted: a question fails */
    play_names(server, ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS, ALJ_PROC_CONNECT_LIST_STORAGE_POOLS, (char *) "p",
               (char *) "p");
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    server_pool(server);
    server_expect(server, ALJ_PROC_STORAGE_POOL_GET_AUTOSTART);
    server_fail(server, 1, "internal error: no");
    lack(server, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS);
    lack(server, ALJ_PROC_STORAGE_POOL_LIST_ALL_VOLUMES);
    play_names(server, ALJ_PROC_STORAGE_POOL_NUM_OF_VOLUMES, ALJ_PROC_STORAGE_POOL_LIST_VOLUMES, (char *) "gone",
               (char *) "v");
    server_expect(server, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME);
    server_fail(server, ALJIBE_ERR_NO_VOL, "Storage volume not found: no storage vol with matching name 'gone'");
    server_expect(server, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME);
    server_vol(server);
    server_bye(server);
}

static void
test_old_server(void)
{
    AljibeConn *conn = test_open(play_old_server);
    AljibePool **pools = NULL;
    AljibeVol **vols = NULL;
    AljibeError *error = NULL;
    g_assert_cmpint(aljibe_conn_list_pools(conn, 0, &pools, NULL), ==, 1);
    g_assert_cmpstr(aljibe_pool_get_name(pools[0]), ==, "p");
    g_assert_null(pools[1]);
    unsigned flags = ALJIBE_LIST_ACTIVE | ALJIBE_LIST_TRANSIENT | ALJIBE_LIST_AUTOSTART | ALJIBE_LIST_NO_AUTOSTART;
    g_assert_cmpint(aljibe_conn_list_pools(conn, flags, NULL, NULL), ==, 1);
    g_assert_cmpint(aljibe_conn_list_pools(conn, ALJIBE_LIST_AUTOSTART, NULL, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INTERNAL, "internal error: no");
    error = NULL;
    g_assert_cmpint(aljibe_conn_list_pools(conn, ALJIBE_LIST_DIR, NULL, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_NO_SUPPORT,
                      "this function is not supported by the connection driver: the server does not list pools by type");
    g_assert_cmpint(aljibe_pool_list_vols(pools[0], 0, &vols, NULL), ==, 1);
    g_assert_cmpstr(aljibe_vol_get_name(vols[0]), ==, "v");
    g_assert_null(vols[1]);
    aljibe_vol_unref(vols[0]);
    aljibe_pool_unref(pools[0]);
    free(pools);
    free(vols);
    test_close(conn);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/old-lists", test_old_server);
    return g_test_run();
}
