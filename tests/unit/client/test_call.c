/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls and replies over a connection, and what may come between them or instead. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server.h"

static void
play_simple(TestServer *server)
{
    AljWireText name = { 0 };
    server_greet(server);
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    g_assert_cmpuint(server->call.serial, ==, 2);
    server_args(server, &name);
    g_assert_cmpstr(name.text, ==, "p");
    alj_xdr_clear(alj_wire_text, &name);
    server_pool(server);
    server_expect(server, ALJ_PROC_STORAGE_POOL_GET_INFO);
    server_reply(server, &(AljWirePoolInfo) { 2, 100, 60, 40 });
    server_expect(server, ALJ_PROC_STORAGE_POOL_GET_XML_DESC);
    server_reply(server, &(AljWireText) { (char *) "<pool/>" });
    server_expect(server, ALJ_PROC_STORAGE_POOL_REFRESH);
    server_reply(server, NULL);
    server_expect(server, ALJ_PROC_STORAGE_POOL_IS_ACTIVE);
    server_reply(server, &(AljWireI32) { 5 });
    server_bye(server);
}

static void
test_simple(void)
{
    AljibeConn *conn = test_open(play_simple);
    AljibePoolInfo info = { 0 };
    AljibePool *pool = aljibe_pool_lookup_by_name(conn, "p", NULL);
    g_assert_cmpstr(aljibe_pool_get_name(pool), ==, "p");
    g_assert_cmpstr(aljibe_pool_get_uuid(pool), ==, "00000000-0000-0000-0000-000000000001");
    g_assert_true(aljibe_pool_get_conn(pool) == conn);
    g_assert_cmpint(aljibe_pool_get_info(pool, &info, NULL), ==, 0);
    g_assert_cmpint(info.state, ==, 2);
    g_assert_cmpuint(info.capacity_bytes, ==, 100);
    g_assert_cmpuint(info.allocation_bytes, ==, 60);
    g_assert_cmpuint(info.available_bytes, ==, 40);
    char *xml = aljibe_pool_get_xml(pool, 0, NULL);
    g_assert_cmpstr(xml, ==, "<pool/>");
    free(xml);
    char *uri = aljibe_conn_get_uri(conn, NULL);
    g_assert_cmpstr(uri, ==, TEST_URI);
    free(uri);
    g_assert_cmpint(aljibe_pool_refresh(pool, 0, NULL), ==, 0);
    g_assert_cmpint(aljibe_pool_is_active(pool, NULL), ==, 1);
    g_assert_cmpint(aljibe_conn_is_alive(conn), ==, 1);
    aljibe_conn_unref(conn); /* the pool keeps it open */
    aljibe_pool_unref(pool);
    test_join();
}

static void
play_lists(TestServer *server)
{
    AljWirePool pools[] = { { .name = (char *) "a" }, { .name = (char *) "b" } };
    AljWireListArgs args;
    server_greet(server);
    server_expect(server, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS);
    server_args(server, &args);
    g_assert_cmpint(args.need_results, ==, 1);
    g_assert_cmpuint(args.flags, ==, ALJIBE_LIST_ACTIVE);
    server_reply(server, &(AljWirePoolList) { { 2, pools }, 2 });
    server_expect(server, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS);
    server_args(server, &args);
    g_assert_cmpint(args.need_results, ==, 0);
    server_reply(server, &(AljWirePoolList) { { 0, NULL }, 7 });
    server_expect(server, ALJ_PROC_STORAGE_POOL_LIST_ALL_VOLUMES);
    server_reply(server, &(AljWireVolList) { 0 });
    server_bye(server);
}

static void
test_lists(void)
{
    AljibeConn *conn = test_open(play_lists);
    AljibePool **pools = NULL;
    AljibeVol **vols = NULL;
    g_assert_cmpint(aljibe_conn_list_pools(conn, ALJIBE_LIST_ACTIVE, &pools, NULL), ==, 2);
    g_assert_cmpstr(aljibe_pool_get_name(pools[0]), ==, "a");
    g_assert_cmpstr(aljibe_pool_get_name(pools[1]), ==, "b");
    g_assert_null(pools[2]);
    g_assert_cmpint(aljibe_conn_list_pools(conn, 0, NULL, NULL), ==, 7);
    g_assert_cmpint(aljibe_pool_list_vols(pools[0], 0, &vols, NULL), ==, 0);
    g_assert_null(vols[0]);
    aljibe_pool_unref(pools[0]);
    aljibe_pool_unref(pools[1]);
    free(pools);
    free(vols);
    test_close(conn);
}

static void
play_errors(TestServer *server)
{
    server_greet(server);
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    server_fail(server, 49, "Storage pool not found: no storage pool with matching name 'x'");
    server_expect(server, ALJ_PROC_CONNECT_GET_HOSTNAME);
    server_fail(server, 39, "unknown procedure: 59");
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_fail(server, 12345, "from the future");
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_fail(server, 1, NULL);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_fail(server, 0, "nothing");
    /* a reply that cannot be decoded costs the call, not the connection */
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    AljFrame frame = server->call;
    frame.type = ALJ_FRAME_REPLY;
    server_send_bytes(server, &frame, "\xff\xff\xff\xff", 4);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_bye(server);
}

static void
assert_type_fails(AljibeConn *conn, int code, const char *message)
{
    AljibeError *error = NULL;
    g_assert_null(aljibe_conn_get_type(conn, &error));
    test_assert_error(error, code, message);
}

static void
test_errors(void)
{
    AljibeConn *conn = test_open(play_errors);
    AljibeError *error = NULL;
    g_assert_null(aljibe_pool_lookup_by_name(conn, "x", &error));
    test_assert_error(error, ALJIBE_ERR_NO_POOL, "Storage pool not found: no storage pool with matching name 'x'");
    error = NULL;
    g_assert_null(aljibe_conn_get_hostname(conn, &error));
    test_assert_error(error, ALJIBE_ERR_NO_SUPPORT, "unknown procedure: 59");
    assert_type_fails(conn, 12345, "from the future");
    assert_type_fails(conn, 1, "Unknown error");
    assert_type_fails(conn, 1, "An error occurred, but the cause is unknown");
    assert_type_fails(conn, ALJIBE_ERR_RPC, "Unable to decode message payload");
    char *type = aljibe_conn_get_type(conn, NULL);
    g_assert_cmpstr(type, ==, "storage");
    free(type);
    test_close(conn);
}

static void
play_nothing(TestServer *server)
{
    server_greet(server);
    server_bye(server);
}

static void
test_arguments(void)
{
    AljibeConn *conn = test_open(play_nothing);
    AljibeError *error = NULL;
    g_assert_null(aljibe_pool_lookup_by_name(conn, NULL, &error));
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: name must not be NULL");
    error = NULL;
    g_assert_null(aljibe_pool_lookup_by_name(NULL, "p", &error));
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: connection must not be NULL");
    error = NULL;
    g_assert_null(aljibe_pool_lookup_by_uuid(conn, "1234", &error));
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "uuidstr in virStoragePoolLookupByUUIDString must be a valid UUID");
    error = NULL;
    g_assert_cmpint(aljibe_pool_start(NULL, 0, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: pool must not be NULL");
    error = NULL;
    g_assert_cmpint(aljibe_vol_get_info(NULL, 1, &(AljibeVolInfo) { 0 }, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: volume must not be NULL");
    error = NULL;
    g_assert_null(aljibe_conn_open(TEST_URI, 2, &error));
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "unsupported flags (0x2) in function aljibe_conn_open");
    g_assert_null(aljibe_vol_get_name(NULL));
    g_assert_null(aljibe_conn_get_uri(NULL, NULL));
    g_assert_cmpint(aljibe_conn_get_fd(NULL), ==, -1);
    g_assert_cmpint(aljibe_conn_is_alive(NULL), ==, 0);
    aljibe_pool_unref(NULL);
    aljibe_vol_unref(NULL);
    aljibe_stream_free(NULL);
    aljibe_error_free(NULL);
    test_close(conn);
}

static void
play_readonly(TestServer *server)
{
    AljWireOpen open = { 0 };
    server_expect(server, ALJ_PROC_AUTH_LIST);
    server_fail(server, 39, "unknown procedure: 66"); /* as good as no authentication */
    server_expect(server, ALJ_PROC_CONNECT_OPEN);
    server_args(server, &open);
    g_assert_cmpuint(open.flags, ==, 1);
    alj_xdr_clear(alj_wire_open, &open);
    server_reply(server, NULL);
    server_expect(server, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME);
    server_pool(server);
    server_bye(server);
}

static void
test_readonly(void)
{
    AljibeError *error = NULL;
    test_serve(play_readonly);
    AljibeConn *conn = aljibe_conn_open(TEST_URI, ALJIBE_CONN_READONLY, NULL);
    AljibePool *pool = aljibe_pool_lookup_by_name(conn, "p", NULL);
    g_assert_cmpint(aljibe_pool_refresh(pool, 0, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_DENIED, "operation forbidden: read only access prevents virStoragePoolRefresh");
    aljibe_pool_unref(pool);
    test_close(conn);
}

static void
play_sasl(TestServer *server)
{
    int32_t sasl = 1;
    server_expect(server, ALJ_PROC_AUTH_LIST);
    server_reply(server, &(AljWireInts) { { 1, &sasl } });
    g_assert_false(server_read(server));
}

static void
play_polkit(TestServer *server)
{
    int32_t types[] = { 2, 0 };
    server_expect(server, ALJ_PROC_AUTH_LIST);
    server_reply(server, &(AljWireInts) { { 2, types } });
    server_expect(server, ALJ_PROC_AUTH_POLKIT);
    server_fail(server, 45, "authentication failed: access denied by policy");
    g_assert_false(server_read(server));
}

static void
play_no_such_path(TestServer *server)
{
    int32_t none = 0;
    server_expect(server, ALJ_PROC_AUTH_LIST);
    server_reply(server, &(AljWireInts) { { 1, &none } });
    server_expect(server, ALJ_PROC_CONNECT_OPEN);
    server_fail(server, 1, "internal error: unexpected storage URI path '/x', try storage:///system");
    g_assert_false(server_read(server));
}

static void
test_refused(void)
{
    static const struct {
        TestScript script;
        int code;
        const char *message;
    } rows[] = {
        { play_sasl, ALJIBE_ERR_AUTH_FAILED, "authentication failed: unsupported authentication type 1" },
        { play_polkit, ALJIBE_ERR_AUTH_FAILED, "authentication failed: access denied by policy" },
        { play_no_such_path, ALJIBE_ERR_INTERNAL,
          "internal error: unexpected storage URI path '/x', try storage:///system" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        AljibeError *error = NULL;
        test_serve(rows[i].script);
        g_assert_null(aljibe_conn_open(TEST_URI, 0, &error));
        test_assert_error(error, rows[i].code, rows[i].message);
        test_join();
    }
}

/** Pings while a call waits are answered before the reply comes. */
static void
play_ping(TestServer *server)
{
    server_greet(server);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    AljFrame call = server->call;
    server_ping(server, ALJ_KEEPALIVE_PING);
    server_expect_frame(server, ALJ_PROGRAM_KEEPALIVE, ALJ_KEEPALIVE_PONG, ALJ_FRAME_MESSAGE, ALJ_STATUS_OK);
    g_assert_cmpuint(server->call.serial, ==, 0);
    /* things nobody waits for are dropped: a program, an event and a stream that are not known */
    server_send(server, &(AljFrame) { .program = 0x20008087, .version = 1, .type = ALJ_FRAME_MESSAGE }, NULL, NULL);
    server_send(server,
                &(AljFrame) { .program = ALJ_PROGRAM_REMOTE, .version = 1, .procedure = 107, .type = ALJ_FRAME_MESSAGE },
                NULL, NULL);
    server_send(server,
                &(AljFrame) { .program = ALJ_PROGRAM_REMOTE, .version = 1, .procedure = 209, .type = ALJ_FRAME_STREAM,
                              .serial = 99 },
                NULL, NULL);
    server->call = call;
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_bye(server);
}

static void
test_ping(void)
{
    AljibeConn *conn = test_open(play_ping);
    char *type = aljibe_conn_get_type(conn, NULL);
    g_assert_cmpstr(type, ==, "storage");
    free(type);
    test_close(conn);
}

static void
play_hang_up(TestServer *server)
{
    server_greet(server);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
}

static void
play_strange_reply(TestServer *server)
{
    server_greet(server);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    server->call.serial = 77;
    server_reply(server, &(AljWireText) { (char *) "storage" });
    g_assert_false(server_read(server));
}

static void
play_too_long(TestServer *server)
{
    static const uint8_t header[ALJ_FRAME_HEADER_BYTES] = { 0x02, 0x00, 0x00, 0x05 };
    server_greet(server);
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    g_assert_cmpint(write(server->fd, header, sizeof header), ==, sizeof header);
    g_assert_false(server_read(server));
}

/** What breaks a connection breaks it for good, and is told each time. */
static void
test_broken(void)
{
    static const struct {
        TestScript script;
        int code;
        const char *message;
    } rows[] = {
        { play_hang_up, ALJIBE_ERR_SYSTEM, "End of file while reading data: Input/output error" },
        { play_strange_reply, ALJIBE_ERR_RPC, "server replied to no call: procedure 3, serial 77" },
        { play_too_long, ALJIBE_ERR_RPC, "server sent a message of 33554437 bytes" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        AljibeConn *conn = test_open(rows[i].script);
        assert_type_fails(conn, rows[i].code, rows[i].message);
        assert_type_fails(conn, rows[i].code, rows[i].message);
        g_assert_cmpint(aljibe_conn_is_alive(conn), ==, 0);
        g_assert_cmpint(aljibe_conn_process(conn, -1, NULL), ==, -1);
        test_close(conn);
    }
}

/* ---- many threads, one connection ---- */

#define N_THREADS 4
#define N_CALLS   500

static void
play_echo(TestServer *server)
{
    server_greet(server);
    while (server_read(server) && server->call.procedure != ALJ_PROC_CONNECT_CLOSE) {
        AljWireText text = { 0 };
        server_args(server, &text);
        AljWirePoolArg ret = { .pool.name = text.text };
        server_reply(server, &ret);
        alj_xdr_clear(alj_wire_text, &text);
    }
    server_reply(server, NULL);
}

static void *
call_many(void *data)
{
    AljibeConn *conn = data;
    for (int i = 0; i < N_CALLS; i++) {
        g_autofree char *name = g_strdup_printf("%p-%d", (void *) g_thread_self(), i);
        AljibePool *pool = aljibe_pool_lookup_by_name(conn, name, NULL);
        g_assert_cmpstr(aljibe_pool_get_name(pool), ==, name);
        aljibe_pool_unref(pool);
    }
    aljibe_conn_unref(conn);
    return NULL;
}

static void
test_threads(void)
{
    AljibeConn *conn = test_open(play_echo);
    GThread *threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("caller", call_many, aljibe_conn_ref(conn));
    for (int i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
    test_close(conn);
}

/* ---- real sockets ---- */

static int
listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *) &address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    return fd;
}

typedef struct Listener {
    int fd;
    bool is_asked; /* who was given no URI asks for it */
} Listener;

static void *
play_listener(void *data)
{
    int32_t none = 0;
    const Listener *listener = data;
    TestServer server = { .fd = accept(listener->fd, NULL, NULL), .payload = g_byte_array_new() };
    server_expect(&server, ALJ_PROC_AUTH_LIST);
    server_reply(&server, &(AljWireInts) { { 1, &none } });
    server_expect(&server, ALJ_PROC_CONNECT_OPEN);
    server_reply(&server, NULL);
    if (listener->is_asked) {
        server_expect(&server, ALJ_PROC_CONNECT_GET_URI);
        server_reply(&server, &(AljWireText) { (char *) "storage:///session" });
    }
    server_bye(&server);
    close(server.fd);
    g_byte_array_unref(server.payload);
    return NULL;
}

/** The modular daemon's socket is found behind aljibe's, which is not there; who gave no URI asks the server for its own. */
static void
test_sockets(void)
{
    g_autofree char *dir = g_dir_make_tmp("aljibe-client-XXXXXX", NULL);
    g_autofree char *libvirt_dir = g_build_filename(dir, "libvirt", NULL);
    g_autofree char *path = g_build_filename(libvirt_dir, "virtstoraged-sock", NULL);
    g_autofree char *by_path = g_strdup_printf("remote+unix:///session?socket=%s", path);
    /* root's server without a URI is the system's, which is none of a test's business */
    const char *const uris[] = { "storage:///session", by_path, geteuid() == 0 ? by_path : "" };
    g_assert_cmpint(g_mkdir_with_parents(libvirt_dir, 0700), ==, 0);
    g_setenv("XDG_RUNTIME_DIR", dir, TRUE);
    Listener listener = { .fd = listen_at(path) };
    for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
        AljibeError *error = NULL;
        listener.is_asked = !*uris[i];
        GThread *thread = g_thread_new("listener", play_listener, &listener);
        AljibeConn *conn = aljibe_conn_open(uris[i], 0, &error);
        g_assert_null(error);
        char *uri = aljibe_conn_get_uri(conn, NULL);
        g_assert_cmpstr(uri, ==, *uris[i] ? uris[i] : "storage:///session");
        free(uri);
        aljibe_conn_unref(conn);
        g_thread_join(thread);
    }
    close(listener.fd);

    /* nobody behind the file: that is told, and not that the others do not exist */
    AljibeError *error = NULL;
    g_autofree char *refused = g_strdup_printf("Failed to connect socket to '%s': Connection refused", path);
    g_assert_null(aljibe_conn_open("storage:///session", 0, &error));
    test_assert_error(error, ALJIBE_ERR_SYSTEM, refused);
    unlink(path);
    rmdir(libvirt_dir);
    rmdir(dir);
    error = NULL;
    g_autofree char *absent = g_strdup_printf("Failed to connect socket to '%s/aljibe/aljibe-sock': No such file or directory", dir);
    g_assert_null(aljibe_conn_open("storage:///session", 0, &error));
    test_assert_error(error, ALJIBE_ERR_SYSTEM, absent);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/call/sockets", test_sockets);
    g_test_add_func("/client/call/simple", test_simple);
    g_test_add_func("/client/call/lists", test_lists);
    g_test_add_func("/client/call/errors", test_errors);
    g_test_add_func("/client/call/arguments", test_arguments);
    g_test_add_func("/client/call/readonly", test_readonly);
    g_test_add_func("/client/call/refused", test_refused);
    g_test_add_func("/client/call/ping", test_ping);
    g_test_add_func("/client/call/broken", test_broken);
    g_test_add_func("/client/call/threads", test_threads);
    return g_test_run();
}
