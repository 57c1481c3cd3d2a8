/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events: who is told, when, and on what terms; keep-alive. */
#include <stdlib.h>

#include "server.h"

#define REGISTER   ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY
#define DEREGISTER ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY

/** What a callback has seen. */
typedef struct Seen {
    int n;
    int remove_id; /* -1: nobody */
    bool asks_type, lets_go;
} Seen;

static void
on_event(AljibeConn *conn, AljibePool *pool, AljibeEvent event, void *data)
{
    Seen *seen = data;
    seen->n++;
    g_assert_cmpstr(aljibe_pool_get_name(pool), ==, "p");
    g_assert_cmpint(event, ==, ALJIBE_EVENT_STARTED);
    if (seen->remove_id >= 0) {
        g_assert_cmpint(aljibe_conn_remove_events(conn, seen->remove_id, NULL), ==, 0);
        seen->remove_id = -1;
    }
    if (seen->asks_type) {
        char *type = aljibe_conn_get_type(conn, NULL);
        g_assert_cmpstr(type, ==, "storage");
        free(type);
    }
    if (seen->lets_go)
        aljibe_conn_unref(conn);
}

static int
add(AljibeConn *conn, AljibePool *pool, Seen *seen)
{
    AljibeError *error = NULL;
    int id = aljibe_conn_add_events(conn, pool, ALJIBE_EVENTS_LIFECYCLE, on_event, seen, &error);
    g_assert_null(error);
    return id;
}

static void
serve_registration(TestServer *server, int32_t id)
{
    server_expect(server, REGISTER);
    server_reply(server, &(AljWireI32) { id });
}

static void
serve_deregistration(TestServer *server, int32_t id)
{
    AljWireI32 args = { 0 };
    server_expect(server, DEREGISTER);
    server_args(server, &args);
    g_assert_cmpint(args.value, ==, id);
    server_reply(server, NULL);
}

/** Around a call: an event before its reply and one behind it. */
static void
play_around(TestServer *server)
{
    AljWireRegister args = { 0 };
    server_greet(server);
    server_expect(server, REGISTER);
    server_args(server, &args);
    g_assert_cmpint(args.event, ==, 0);
    g_assert_null(args.pool);
    server_event(server, 5); /* for the registration whose reply has not come yet */
    server_reply(server, &(AljWireI32) { 5 });
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_event(server, 5);
    server_event(server, 6); /* of nobody */
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_expect(server, ALJ_PROC_CONNECT_GET_HOSTNAME);
    server_reply(server, &(AljWireText) { (char *) "host" });
    server_event(server, 5);
    serve_deregistration(server, 5);
    server_bye(server);
}

static void
test_around(void)
{
    AljibeConn *conn = test_open(play_around);
    Seen seen = { .remove_id = -1 };
    int id = add(conn, NULL, &seen);
    g_assert_cmpint(seen.n, ==, 1);
    free(aljibe_conn_get_type(conn, NULL));
    g_assert_cmpint(seen.n, ==, 2);
    free(aljibe_conn_get_hostname(conn, NULL));
    if (seen.n == 2) /* else it came with the reply */
        g_assert_cmpint(aljibe_conn_process(conn, -1, NULL), ==, 1);
    g_assert_cmpint(seen.n, ==, 3);
    g_assert_cmpint(aljibe_conn_process(conn, 0, NULL), ==, 0);
    g_assert_cmpint(aljibe_conn_remove_events(conn, id, NULL), ==, 0);
    AljibeError *error = NULL;
    g_assert_cmpint(aljibe_conn_remove_events(conn, id, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: no event function has the id 0");
    test_close(conn);
}

/** Equal wishes share a registration, because libvirtd refuses a second one; a wish for one pool is another. */
static void
play_shared(TestServer *server)
{
    AljWireRegister args = { 0 };
    server_greet(server);
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    server_pool(server);
    serve_registration(server, 1);
    server_expect(server, REGISTER);
    server_args(server, &args);
    g_assert_cmpstr(args.pool->name, ==, "p");
    alj_xdr_clear(alj_wire_register, &args);
    server_reply(server, &(AljWireI32) { 2 });
    server_event(server, 1);
    server_event(server, 2);
    serve_deregistration(server, 1);
    serve_deregistration(server, 2);
    server_bye(server);
}

static void
test_shared(void)
{
    AljibeConn *conn = test_open(play_shared);
    Seen first = { .remove_id = -1 }, second = first, one_pool = first;
    AljibePool *pool = aljibe_pool_lookup_by_name(conn, "p", NULL);
    int first_id = add(conn, NULL, &first);
    int second_id = add(conn, NULL, &second);
    int one_pool_id = add(conn, pool, &one_pool);
    while (one_pool.n == 0)
        g_assert_cmpint(aljibe_conn_process(conn, -1, NULL), >, 0);
    g_assert_cmpint(first.n, ==, 1);
    g_assert_cmpint(second.n, ==, 1);
    g_assert_cmpint(one_pool.n, ==, 1);
    g_assert_cmpint(aljibe_conn_remove_events(conn, first_id, NULL), ==, 0); /* the server does not hear of it */
    g_assert_cmpint(aljibe_conn_remove_events(conn, second_id, NULL), ==, 0);
    g_assert_cmpint(aljibe_conn_remove_events(conn, one_pool_id, NULL), ==, 0);
    aljibe_pool_unref(pool);
    test_close(conn);
}

/** A function may take others away, make calls, and drop the connection. */
static void
play_callbacks(TestServer *server)
{
    server_greet(server);
    serve_registration(server, 1);
    server_expect(server, ALJ_PROC_CONNECT_GET_HOSTNAME);
    server_reply(server, &(AljWireText) { (char *) "host" });
    server_event(server, 1);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_event(server, 1); /* told when the one before is done, not inside it */
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_bye(server);
}

static void
test_callbacks(void)
{
    AljibeConn *conn = test_open(play_callbacks);
    Seen removed = { .remove_id = -1 };
    Seen caller = { .remove_id = -1, .asks_type = true };
    Seen remover = { .remove_id = -1 };
    add(conn, NULL, &caller);
    add(conn, NULL, &remover);
    remover.remove_id = add(conn, NULL, &removed);
    free(aljibe_conn_get_hostname(conn, NULL));
    while (caller.n < 2)
        g_assert_cmpint(aljibe_conn_process(conn, -1, NULL), >=, 1);
    g_assert_cmpint(removed.n, ==, 0);
    g_assert_cmpint(remover.n, ==, 2);
    test_close(conn);
}

static void
play_last(TestServer *server)
{
    server_greet(server);
    serve_registration(server, 1);
    server_event(server, 1);
    server_bye(server);
}

static void
test_last_reference(void)
{
    AljibeConn *conn = test_open(play_last);
    Seen seen = { .remove_id = -1, .lets_go = true };
    add(conn, NULL, &seen);
    if (seen.n == 0)
        g_assert_cmpint(aljibe_conn_process(conn, -1, NULL), ==, 1);
    g_assert_cmpint(seen.n, ==, 1);
    test_join();
}

static void
play_registration_fails(TestServer *server)
{
    server_greet(server);
    server_expect(server, REGISTER);
    server_fail(server, 1, "internal error: unsupported storage pool event ID 2");
    server_bye(server);
}

static void
test_registration_fails(void)
{
    AljibeConn *conn = test_open(play_registration_fails);
    AljibeError *error = NULL;
    g_assert_cmpint(aljibe_conn_add_events(conn, NULL, 2, on_event, NULL, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INTERNAL, "internal error: unsupported storage pool event ID 2");
    error = NULL;
    g_assert_cmpint(aljibe_conn_add_events(conn, NULL, 0, NULL, NULL, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: function must not be NULL");
    test_close(conn);
}

/** The server hangs up while the program waits for events: what has come is told first, then the end. */
static void
play_end(TestServer *server)
{
    server_greet(server);
    serve_registration(server, 1);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_event(server, 1);
}

static void
test_end(void)
{
    AljibeConn *conn = test_open(play_end);
    AljibeError *error = NULL;
    Seen seen = { .remove_id = -1 };
    add(conn, NULL, &seen);
    gint64 start = g_get_monotonic_time();
    g_assert_cmpint(aljibe_conn_process(conn, 50, NULL), ==, 0);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 50000);
    free(aljibe_conn_get_type(conn, NULL));
    while (aljibe_conn_process(conn, -1, &error) > 0)
        continue;
    test_assert_error(error, ALJIBE_ERR_SYSTEM, "End of file while reading data: Input/output error");
    g_assert_cmpint(seen.n, ==, 1);
    test_close(conn);
}

/* ---- keep-alive ---- */

static void
serve_feature(TestServer *server, int32_t answer)
{
    AljWireI32 args = { 0 };
    server_expect(server, ALJ_PROC_CONNECT_SUPPORTS_FEATURE);
    server_args(server, &args);
    g_assert_cmpint(args.value, ==, 10);
    server_reply(server, &(AljWireI32) { answer });
}

static void
play_keepalive(TestServer *server)
{
    server_greet(server);
    serve_feature(server, 1);
    /* the first ping is answered, the second is not */
    server_expect_frame(server, ALJ_PROGRAM_KEEPALIVE, ALJ_KEEPALIVE_PING, ALJ_FRAME_MESSAGE, ALJ_STATUS_OK);
    server_ping(server, ALJ_KEEPALIVE_PONG);
    server_expect_frame(server, ALJ_PROGRAM_KEEPALIVE, ALJ_KEEPALIVE_PING, ALJ_FRAME_MESSAGE, ALJ_STATUS_OK);
    g_assert_false(server_read(server));
}

static void
test_keepalive(void)
{
    AljibeConn *conn = test_open(play_keepalive);
    AljibeError *error = NULL;
    gint64 start = g_get_monotonic_time();
    g_assert_cmpint(aljibe_conn_set_keepalive(conn, 1, 1, NULL), ==, 0);
    g_assert_cmpint(aljibe_conn_process(conn, -1, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INTERNAL, "internal error: connection closed due to keepalive timeout");
    /* one second to each ping, and one without an answer to the second */
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 3 * G_USEC_PER_SEC);
    g_assert_cmpint(aljibe_conn_is_alive(conn), ==, 0);
    test_close(conn);
}

static void
play_no_keepalive(TestServer *server)
{
    server_greet(server);
    serve_feature(server, 0);
    server_expect(server, ALJ_PROC_CONNECT_SUPPORTS_FEATURE);
    server_fail(server, 39, "unknown procedure: 60");
    server_bye(server);
}

static void
test_no_keepalive(void)
{
    AljibeConn *conn = test_open(play_no_keepalive);
    g_assert_cmpint(aljibe_conn_set_keepalive(conn, 5, 3, NULL), ==, 1);
    g_assert_cmpint(aljibe_conn_set_keepalive(conn, 5, 3, NULL), ==, 1);
    g_assert_cmpint(aljibe_conn_set_keepalive(conn, 0, 0, NULL), ==, 0);
    test_close(conn);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/events/around", test_around);
    g_test_add_func("/client/events/shared", test_shared);
    g_test_add_func("/client/events/callbacks", test_callbacks);
    g_test_add_func("/client/events/last-reference", test_last_reference);
    g_test_add_func("/client/events/registration-fails", test_registration_fails);
    g_test_add_func("/client/events/end", test_end);
    g_test_add_func("/client/events/keepalive", test_keepalive);
    g_test_add_func("/client/events/no-keepalive", test_no_keepalive);
    return g_test_run();
}
