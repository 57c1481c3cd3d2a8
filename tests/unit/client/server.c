/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scripted server (server.h) and the double of the embedded engine that leads to it. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "embed/embed.h"

struct AljEmbed {
    GThread *thread;
    int client_fd;
};

static TestScript next_script;
static AljEmbed engine;

static void *
play(void *data)
{
    TestServer server = { .fd = GPOINTER_TO_INT(data), .payload = g_byte_array_new() };
    next_script(&server);
    g_byte_array_unref(server.payload);
    close(server.fd);
    return NULL;
}

AljEmbed *
alj_embed_open(const char *dir, int *ret_fd, GError **error)
{
    int fds[2];
    g_assert_cmpstr(dir, ==, "/fake");
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    engine = (AljEmbed) { g_thread_new("server", play, GINT_TO_POINTER(fds[1])), fds[0] };
    *ret_fd = fds[0];
    return &engine;
}

void
alj_embed_close(AljEmbed *embed)
{
    /* the socket is closed by now, or the engine would wait for its end for ever */
    g_assert_cmpint(fcntl(embed->client_fd, F_GETFD), ==, -1);
    g_assert_cmpint(errno, ==, EBADF);
    g_thread_join(g_steal_pointer(&embed->thread));
}

void
test_serve(TestScript script)
{
    next_script = script;
}

AljibeConn *
test_open(TestScript script)
{
    AljibeError *error = NULL;
    test_serve(script);
    AljibeConn *conn = aljibe_conn_open(TEST_URI, 0, &error);
    g_assert_null(error);
    g_assert_nonnull(conn);
    return conn;
}

void
test_close(AljibeConn *conn)
{
    aljibe_conn_unref(conn);
    test_join();
}

void
test_join(void)
{
    g_assert_null(engine.thread); /* joined when the last reference went */
}

static bool
read_all(int fd, void *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, (char *) buffer + done, size - done);
        if (n <= 0)
            return false;
        done += (size_t) n;
    }
    return true;
}

bool
server_read(TestServer *server)
{
    uint8_t header[ALJ_FRAME_HEADER_BYTES];
    if (!read_all(server->fd, header, sizeof header))
        return false;
    alj_frame_read(header, &server->call);
    g_assert_true(alj_frame_length_ok(server->call.length));
    g_byte_array_set_size(server->payload, server->call.length - ALJ_FRAME_HEADER_BYTES);
    g_assert_true(read_all(server->fd, server->payload->data, server->payload->len));
    return true;
}

void
server_expect_frame(TestServer *server, uint32_t program, int32_t procedure, AljFrameType type, AljFrameStatus status)
{
    g_assert_true(server_read(server));
    g_assert_cmphex(server->call.program, ==, program);
    g_assert_cmpuint(server->call.version, ==, 1);
    g_assert_cmpint(server->call.procedure, ==, procedure);
    g_assert_cmpint(server->call.type, ==, type);
    g_assert_cmpint(server->call.status, ==, status);
}

void
server_expect(TestServer *server, int32_t number)
{
    server_expect_frame(server, ALJ_PROGRAM_REMOTE, number, ALJ_FRAME_CALL, ALJ_STATUS_OK);
}

void
server_args(TestServer *server, void *ret)
{
    const AljProcedure *procedure = alj_procedure_find(server->call.procedure);
    g_assert_true(alj_xdr_decode(procedure->args, server->payload->data, server->payload->len, ret, NULL));
}

void
server_send_bytes(TestServer *server, const AljFrame *frame, const void *data, size_t size)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    guint start = alj_frame_begin(out, frame);
    if (size)
        g_byte_array_append(out, data, (guint) size);
    alj_frame_end(out, start);
    for (guint done = 0; done < out->len;) {
        ssize_t n = send(server->fd, out->data + done, out->len - done, MSG_NOSIGNAL);
        if (n < 0)
            return; /* the client has gone; the test sees it there */
        done += (guint) n;
    }
}

void
server_send(TestServer *server, const AljFrame *frame, const AljXdrField *fields, const void *value)
{
    g_autoptr(GByteArray) payload = g_byte_array_new();
    if (value)
        g_assert_true(alj_xdr_encode(fields, value, payload, NULL));
    server_send_bytes(server, frame, payload->data, payload->len);
}

static AljFrame
answer(const TestServer *server, AljFrameType type, AljFrameStatus status)
{
    AljFrame frame = server->call;
    frame.type = (int32_t) type;
    frame.status = (int32_t) status;
    return frame;
}

void
server_reply(TestServer *server, const void *ret)
{
    AljFrame frame = answer(server, ALJ_FRAME_REPLY, ALJ_STATUS_OK);
    server_send(server, &frame, alj_procedure_find(server->call.procedure)->ret, ret);
}

void
server_fail(TestServer *server, int32_t code, const char *message)
{
    AljFrame frame = answer(server, ALJ_FRAME_REPLY, ALJ_STATUS_ERROR);
    const AljWireError wire = { .code = code, .domain = 18, .message = (char *) message, .level = 2 };
    server_send(server, &frame, alj_wire_error, &wire);
}

void
server_stream(TestServer *server, AljFrameStatus status, const void *data, size_t size)
{
    AljFrame frame = answer(server, ALJ_FRAME_STREAM, status);
    server_send_bytes(server, &frame, data, size);
}

void
server_event(TestServer *server, int32_t callback)
{
    const AljFrame frame = {
        .program = ALJ_PROGRAM_REMOTE,
        .version = 1,
        .procedure = ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE,
        .type = ALJ_FRAME_MESSAGE,
        .serial = 1,
    };
    const AljWireLifecycle event = { .callback = callback, .pool.name = (char *) "p", .event = ALJIBE_EVENT_STARTED };
    server_send(server, &frame, alj_wire_lifecycle, &event);
}

void
server_ping(TestServer *server, int32_t procedure)
{
    const AljFrame frame = {
        .program = ALJ_PROGRAM_KEEPALIVE,
        .version = 1,
        .procedure = procedure,
        .type = ALJ_FRAME_MESSAGE,
    };
    server_send(server, &frame, NULL, NULL);
}

void
server_greet(TestServer *server)
{
    int32_t none = 0;
    AljWireOpen open = { 0 };
    server_expect(server, ALJ_PROC_AUTH_LIST);
    server_reply(server, &(AljWireInts) { { 1, &none } });
    server_expect(server, ALJ_PROC_CONNECT_OPEN);
    server_args(server, &open);
    g_assert_cmpstr(open.name, ==, "");
    alj_xdr_clear(alj_wire_open, &open);
    server_reply(server, NULL);
}

void
server_bye(TestServer *server)
{
    server_expect(server, ALJ_PROC_CONNECT_CLOSE);
    server_reply(server, NULL);
    g_assert_false(server_read(server));
}

void
server_pool(TestServer *server)
{
    AljWirePoolArg ret = { .pool.name = (char *) "p" };
    ret.pool.uuid.bytes[15] = 1;
    server_reply(server, &ret);
}

void
server_vol(TestServer *server)
{
    const AljWireVolArg ret = { .vol = { (char *) "p", (char *) "v", (char *) "/p/v" } };
    server_reply(server, &ret);
}

void
test_assert_error(AljibeError *take_error, int code, const char *message)
{
    g_assert_nonnull(take_error);
    g_assert_cmpstr(aljibe_error_message(take_error), ==, message);
    g_assert_cmpint(aljibe_error_code(take_error), ==, code);
    aljibe_error_free(take_error);
}
