/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uploads and downloads: order, sizes, holes, and each way to end badly. */
#include <stdlib.h>
#include <string.h>

#include "server.h"

#define MIB      (1024 * 1024)
#define DOWNLOAD ALJ_PROC_STORAGE_VOL_DOWNLOAD
#define UPLOAD   ALJ_PROC_STORAGE_VOL_UPLOAD

/** A connection and the volume "v" on it. */
static AljibeVol *
open_vol(TestScript script)
{
    AljibeConn *conn = test_open(script);
    AljibeVol *vol = aljibe_vol_lookup_by_key(conn, "/p/v", NULL);
    g_assert_cmpstr(aljibe_vol_get_name(vol), ==, "v");
    aljibe_conn_unref(conn);
    return vol;
}

static void
close_vol(AljibeVol *vol)
{
    aljibe_vol_unref(vol);
    test_join();
}

static void
serve_vol(TestServer *server)
{
    server_greet(server);
    server_expect(server, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_KEY);
    server_vol(server);
}

/** The next frame is of the stream that the last call opened. */
static void
expect_stream(TestServer *server, int32_t procedure, AljFrameStatus status)
{
    uint32_t serial = server->call.serial;
    server_expect_frame(server, ALJ_PROGRAM_REMOTE, procedure, ALJ_FRAME_STREAM, status);
    g_assert_cmpuint(server->call.serial, ==, serial);
}

static void
server_hole(TestServer *server, int64_t length, uint32_t flags)
{
    AljFrame frame = server->call;
    frame.type = ALJ_FRAME_STREAM_HOLE;
    frame.status = ALJ_STATUS_CONTINUE;
    server_send(server, &frame, alj_wire_hole, &(AljWireHole) { length, flags });
}

static void
assert_recv(AljibeStream *stream, const char *expected)
{
    char buffer[3];
    uint64_t hole_bytes = 99;
    AljibeError *error = NULL;
    ssize_t n = aljibe_stream_recv(stream, buffer, sizeof buffer, &hole_bytes, &error);
    g_assert_null(error);
    g_assert_cmpint(n, ==, strlen(expected));
    g_assert_true(memcmp(buffer, expected, strlen(expected)) == 0);
    g_assert_cmpuint(hole_bytes, ==, 0);
}

static void
assert_hole(AljibeStream *stream, uint64_t expected)
{
    char buffer[3];
    uint64_t hole_bytes = 0;
    g_assert_cmpint(aljibe_stream_recv(stream, buffer, sizeof buffer, &hole_bytes, NULL), ==, 0);
    g_assert_cmpuint(hole_bytes, ==, expected);
}

/* ---- downloads ---- */

static void
play_download(TestServer *server)
{
    AljWireVolRange range = { 0 };
    serve_vol(server);
    server_expect(server, DOWNLOAD);
    server_args(server, &range);
    g_assert_cmpstr(range.vol.name, ==, "v");
    g_assert_cmpuint(range.offset, ==, 7);
    g_assert_cmpuint(range.length, ==, 9);
    g_assert_cmpuint(range.flags, ==, 0);
    alj_xdr_clear(alj_wire_vol_range, &range);
    AljFrame call = server->call;
    server_stream(server, ALJ_STATUS_CONTINUE, "abcd", 4); /* overtakes the reply, as libvirtd's can */
    server_reply(server, NULL);
    /* a call in the middle of the stream, and data in the middle of the call */
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    AljFrame type = server->call;
    server->call = call;
    server_stream(server, ALJ_STATUS_CONTINUE, "ef", 2);
    server->call = type;
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server->call = call;
    server_stream(server, ALJ_STATUS_CONTINUE, NULL, 0);
    expect_stream(server, DOWNLOAD, ALJ_STATUS_OK);
    server_stream(server, ALJ_STATUS_OK, NULL, 0);
    server_bye(server);
}

static void
test_download(void)
{
    AljibeVol *vol = open_vol(play_download);
    AljibeStream *stream = aljibe_vol_download(vol, 7, 9, 0, NULL);
    char *type = aljibe_conn_get_type(aljibe_vol_get_conn(vol), NULL);
    g_assert_cmpstr(type, ==, "storage");
    free(type);
    assert_recv(stream, "abc");
    assert_recv(stream, "d");
    assert_recv(stream, "ef");
    assert_recv(stream, "");
    assert_recv(stream, "");
    g_assert_cmpint(aljibe_stream_finish(stream, NULL), ==, 0);
    assert_recv(stream, "");
    g_assert_cmpint(aljibe_stream_finish(stream, NULL), ==, 0);
    aljibe_stream_free(stream);
    close_vol(vol);
}

static void
play_sparse(TestServer *server)
{
    serve_vol(server);
    for (int i = 0; i < 2; i++) {
        server_expect(server, DOWNLOAD);
        server_reply(server, NULL);
        server_hole(server, 4, 0);
        server_stream(server, ALJ_STATUS_CONTINUE, "x", 1);
        server_hole(server, (int64_t) 1 << 40, 0);
        server_stream(server, ALJ_STATUS_CONTINUE, NULL, 0);
        expect_stream(server, DOWNLOAD, i ? ALJ_STATUS_ERROR : ALJ_STATUS_OK);
        server_stream(server, ALJ_STATUS_OK, NULL, 0);
    }
    server_bye(server);
}

static void
test_sparse(void)
{
    AljibeVol *vol = open_vol(play_sparse);
    AljibeStream *stream = aljibe_vol_download(vol, 0, 0, ALJIBE_VOL_SPARSE_STREAM, NULL);
    assert_hole(stream, 4);
    assert_recv(stream, "x");
    assert_hole(stream, (uint64_t) 1 << 40);
    assert_recv(stream, "");
    g_assert_cmpint(aljibe_stream_finish(stream, NULL), ==, 0);
    aljibe_stream_free(stream);

    /* who does not ask for holes gets zeroes */
    char buffer[3] = "zzz";
    stream = aljibe_vol_download(vol, 0, 0, ALJIBE_VOL_SPARSE_STREAM, NULL);
    g_assert_cmpint(aljibe_stream_recv(stream, buffer, 3, NULL, NULL), ==, 3);
    g_assert_cmpmem(buffer, 3, "\0\0\0", 3);
    g_assert_cmpint(aljibe_stream_recv(stream, buffer, 3, NULL, NULL), ==, 1);
    g_assert_cmpint(aljibe_stream_recv(stream, buffer, 3, NULL, NULL), ==, 1);
    g_assert_cmpint(buffer[0], ==, 'x');
    g_assert_cmpint(aljibe_stream_recv(stream, buffer, 3, NULL, NULL), ==, 3);
    aljibe_stream_free(stream); /* in the middle: aborted */
    close_vol(vol);
}

static void
play_bad_holes(TestServer *server)
{
    static const struct {
        int64_t length;
        uint32_t flags;
    } holes[] = { { 4, 0 }, { 0, 0 }, { -1, 0 }, { 4, 1 } };
    serve_vol(server);
    for (gsize i = 0; i < G_N_ELEMENTS(holes); i++) {
        server_expect(server, DOWNLOAD);
        server_reply(server, NULL);
        server_hole(server, holes[i].length, holes[i].flags);
        expect_stream(server, DOWNLOAD, ALJ_STATUS_ERROR);
        server_stream(server, ALJ_STATUS_CONTINUE, "late", 4);
        server_stream(server, ALJ_STATUS_OK, NULL, 0);
    }
    server_bye(server);
}

static void
test_bad_holes(void)
{
    static const char *const messages[] = { "Unexpected stream hole", "server sent a hole of 0 bytes",
                                            "server sent a hole of -1 bytes", "server sent a hole of 4 bytes" };
    AljibeVol *vol = open_vol(play_bad_holes);
    for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
        char buffer[3];
        AljibeError *error = NULL;
        AljibeStream *stream = aljibe_vol_download(vol, 0, 0, i ? ALJIBE_VOL_SPARSE_STREAM : 0, NULL);
        g_assert_cmpint(aljibe_stream_recv(stream, buffer, sizeof buffer, NULL, &error), ==, -1);
        test_assert_error(error, ALJIBE_ERR_RPC, messages[i]);
        error = NULL;
        g_assert_cmpint(aljibe_stream_finish(stream, &error), ==, -1);
        test_assert_error(error, ALJIBE_ERR_RPC, messages[i]);
        aljibe_stream_free(stream);
    }
    close_vol(vol);
}

static void
send_failure(TestServer *server, AljFrameType type)
{
    AljFrame frame = server->call;
    const AljWireError wire = {
        .code = 38, .domain = 38, .message = (char *) "cannot write to stream: No space left on device", .level = 2 };
    frame.type = (int32_t) type;
    frame.status = ALJ_STATUS_ERROR;
    server_send(server, &frame, alj_wire_error, &wire);
}

static const char no_space[] = "cannot write to stream: No space left on device";

static void
play_download_fails(TestServer *server)
{
    serve_vol(server);
    server_expect(server, DOWNLOAD);
    server_reply(server, NULL);
    server_stream(server, ALJ_STATUS_CONTINUE, "ab", 2);
    send_failure(server, ALJ_FRAME_STREAM);
    server_expect(server, DOWNLOAD);
    server_fail(server, 38, "cannot open volume 'v': No such file or directory");
    server_bye(server); /* neither is aborted: there is nothing left */
}

static void
test_download_fails(void)
{
    AljibeVol *vol = open_vol(play_download_fails);
    AljibeError *error = NULL;
    char buffer[3];
    AljibeStream *stream = aljibe_vol_download(vol, 0, 0, 0, NULL);
    assert_recv(stream, "ab");
    g_assert_cmpint(aljibe_stream_recv(stream, buffer, sizeof buffer, NULL, &error), ==, -1);
    test_assert_error(error, 38, no_space);
    aljibe_stream_free(stream);
    error = NULL;
    g_assert_null(aljibe_vol_download(vol, 0, 0, 0, &error));
    test_assert_error(error, 38, "cannot open volume 'v': No such file or directory");
    close_vol(vol);
}

/** Data that nobody reads while other calls go on is kept up to a limit; then the stream ends and the connection does not. */
static void
play_unread(TestServer *server)
{
    g_autofree char *block = g_malloc0(MIB);
    serve_vol(server);
    server_expect(server, DOWNLOAD);
    server_reply(server, NULL);
    AljFrame call = server->call;
    server_expect(server, ALJ_PROC_CONNECT_GET_TYPE);
    AljFrame type = server->call;
    server->call = call;
    for (int i = 0; i < 70; i++)
        server_stream(server, ALJ_STATUS_CONTINUE, block, MIB);
    server->call = type;
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server->call = call;
    expect_stream(server, DOWNLOAD, ALJ_STATUS_ERROR);
    server_stream(server, ALJ_STATUS_OK, NULL, 0);
    server_bye(server);
}

static void
test_unread(void)
{
    AljibeVol *vol = open_vol(play_unread);
    AljibeError *error = NULL;
    g_autofree char *block = g_malloc(MIB);
    AljibeStream *stream = aljibe_vol_download(vol, 0, 0, 0, NULL);
    char *type = aljibe_conn_get_type(aljibe_vol_get_conn(vol), NULL);
    g_assert_cmpstr(type, ==, "storage");
    free(type);
    for (int i = 0; i < 64; i++)
        g_assert_cmpint(aljibe_stream_recv(stream, block, MIB, NULL, NULL), ==, MIB);
    g_assert_cmpint(aljibe_stream_recv(stream, block, MIB, NULL, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_OPERATION_FAILED, "operation failed: more than 67108864 bytes wait to be received");
    aljibe_stream_free(stream);
    close_vol(vol);
}

/* ---- uploads ---- */

static char *
pattern(void)
{
    char *data = g_malloc(MIB);
    for (int i = 0; i < MIB; i++)
        data[i] = (char) (i * 7 + i / 251);
    return data;
}

static void
play_upload(TestServer *server)
{
    g_autofree char *expected = pattern();
    g_autoptr(GByteArray) got = g_byte_array_new();
    AljWireHole hole = { 0 };
    serve_vol(server);
    server_expect(server, UPLOAD);
    server_reply(server, NULL);
    while (got->len < MIB) {
        expect_stream(server, UPLOAD, ALJ_STATUS_CONTINUE);
        g_assert_cmpuint(server->payload->len, >, 0);
        g_assert_cmpuint(server->payload->len, <=, ALJ_STREAM_PACKET_BYTES);
        g_byte_array_append(got, server->payload->data, server->payload->len);
    }
    g_assert_cmpmem(got->data, got->len, expected, MIB);
    server_expect_frame(server, ALJ_PROGRAM_REMOTE, UPLOAD, ALJ_FRAME_STREAM_HOLE, ALJ_STATUS_CONTINUE);
    g_assert_true(alj_xdr_decode(alj_wire_hole, server->payload->data, server->payload->len, &hole, NULL));
    g_assert_cmpint(hole.length, ==, (int64_t) 1 << 40);
    g_assert_cmpuint(hole.flags, ==, 0);
    expect_stream(server, UPLOAD, ALJ_STATUS_OK);
    server_stream(server, ALJ_STATUS_OK, NULL, 0);
    server_bye(server);
}

static void
test_upload(void)
{
    AljibeVol *vol = open_vol(play_upload);
    AljibeError *error = NULL;
    g_autofree char *data = pattern();
    AljibeStream *stream = aljibe_vol_upload(vol, 0, 0, ALJIBE_VOL_SPARSE_STREAM, NULL);
    g_assert_cmpint(aljibe_stream_send(stream, data, MIB, NULL), ==, 0);
    g_assert_cmpint(aljibe_stream_send(stream, NULL, 0, NULL), ==, 0);
    g_assert_cmpint(aljibe_stream_send_hole(stream, 0, NULL), ==, 0);
    g_assert_cmpint(aljibe_stream_send_hole(stream, (uint64_t) 1 << 40, NULL), ==, 0);
    g_assert_cmpint(aljibe_stream_send_hole(stream, (uint64_t) 1 << 63, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_INVALID_ARG, "invalid argument: the hole is too large");
    error = NULL;
    g_assert_cmpint(aljibe_stream_recv(stream, data, 1, NULL, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_BAD_STATE, "Requested operation is not valid: the stream is an upload");
    g_assert_cmpint(aljibe_stream_finish(stream, NULL), ==, 0);
    error = NULL;
    g_assert_cmpint(aljibe_stream_send(stream, data, 1, &error), ==, -1);
    test_assert_error(error, ALJIBE_ERR_BAD_STATE, "Requested operation is not valid: the stream is finished");
    aljibe_stream_free(stream);
    close_vol(vol);
}

/** Drops what is left of an upload, to the next call, which must be @number. */
static void
drain_to_call(TestServer *server, int32_t number)
{
    do
        g_assert_true(server_read(server));
    while (server->call.type != ALJ_FRAME_CALL);
    g_assert_cmpint(server->call.procedure, ==, number);
}

/** The server says no after the first packet, and does not read on before the client has understood. */
static void
play_upload_fails(TestServer *server)
{
    serve_vol(server);
    server_expect(server, UPLOAD);
    server_reply(server, NULL);
    expect_stream(server, UPLOAD, ALJ_STATUS_CONTINUE);
    send_failure(server, ALJ_FRAME_STREAM);
    drain_to_call(server, ALJ_PROC_CONNECT_GET_TYPE);
    server_reply(server, &(AljWireText) { (char *) "storage" });
    server_bye(server);
}

static void
test_upload_fails(void)
{
    AljibeVol *vol = open_vol(play_upload_fails);
    AljibeError *error = NULL;
    g_autofree char *data = pattern();
    AljibeStream *stream = aljibe_vol_upload(vol, 0, 0, 0, NULL);
    int n_sent = 0;
    while (n_sent < 4096 && aljibe_stream_send(stream, data, MIB, &error) == 0)
        n_sent++;
    g_assert_cmpint(n_sent, <, 4096);
    test_assert_error(error, 38, no_space);
    error = NULL;
    g_assert_cmpint(aljibe_stream_finish(stream, &error), ==, -1);
    test_assert_error(error, 38, no_space);
    aljibe_stream_free(stream);
    char *type = aljibe_conn_get_type(aljibe_vol_get_conn(vol), NULL);
    g_assert_cmpstr(type, ==, "storage");
    free(type);
    close_vol(vol);
}

/** Both have far more to say than the socket holds, and the server reads nothing before it has said it all. */
static void
play_stubborn(TestServer *server)
{
    g_autofree char *block = g_malloc0(MIB);
    serve_vol(server);
    server_expect(server, UPLOAD);
    server_reply(server, NULL);
    AljFrame call = server->call;
    server->call.serial = 4711; /* packets of a stream that is over */
    for (int i = 0; i < 16; i++)
        server_stream(server, ALJ_STATUS_CONTINUE, block, MIB);
    server->call = call;
    do
        g_assert_true(server_read(server));
    while (server->call.status == ALJ_STATUS_CONTINUE);
    g_assert_cmpint(server->call.status, ==, ALJ_STATUS_OK);
    /* libvirtd can answer twice: the failure, and then the finish it had already read */
    send_failure(server, ALJ_FRAME_STREAM);
    server_stream(server, ALJ_STATUS_OK, NULL, 0);
    server_bye(server);
}

static void
test_stubborn(void)
{
    AljibeVol *vol = open_vol(play_stubborn);
    AljibeError *error = NULL;
    g_autofree char *data = pattern();
    AljibeStream *stream = aljibe_vol_upload(vol, 0, 0, 0, NULL);
    for (int i = 0; i < 16; i++)
        g_assert_cmpint(aljibe_stream_send(stream, data, MIB, NULL), ==, 0);
    g_assert_cmpint(aljibe_stream_finish(stream, &error), ==, -1);
    test_assert_error(error, 38, no_space);
    aljibe_stream_free(stream);
    close_vol(vol);
}

/** A hole the server does not like: libvirtd's answer looks like a second reply. */
static void
play_hole_refused(TestServer *server)
{
    serve_vol(server);
    server_expect(server, UPLOAD);
    server_reply(server, NULL);
    server_expect_frame(server, ALJ_PROGRAM_REMOTE, UPLOAD, ALJ_FRAME_STREAM_HOLE, ALJ_STATUS_CONTINUE);
    send_failure(server, ALJ_FRAME_REPLY);
    server_bye(server);
}

static void
test_hole_refused(void)
{
    AljibeVol *vol = open_vol(play_hole_refused);
    AljibeError *error = NULL;
    AljibeStream *stream = aljibe_vol_upload(vol, 0, 0, ALJIBE_VOL_SPARSE_STREAM, NULL);
    int status = aljibe_stream_send_hole(stream, 4096, &error);
    if (status == 0) /* the answer had not come yet */
        status = aljibe_conn_process(aljibe_vol_get_conn(vol), 20, NULL) + aljibe_stream_finish(stream, &error);
    g_assert_cmpint(status, ==, -1);
    test_assert_error(error, 38, no_space);
    aljibe_stream_free(stream);
    close_vol(vol);
}

static void
play_upload_lost(TestServer *server)
{
    serve_vol(server);
    server_expect(server, UPLOAD);
    server_reply(server, NULL);
    expect_stream(server, UPLOAD, ALJ_STATUS_CONTINUE);
}

static void
test_upload_lost(void)
{
    AljibeVol *vol = open_vol(play_upload_lost);
    AljibeError *error = NULL;
    g_autofree char *data = pattern();
    AljibeStream *stream = aljibe_vol_upload(vol, 0, 0, 0, NULL);
    while (aljibe_stream_send(stream, data, MIB, &error) == 0)
        continue;
    g_assert_cmpint(aljibe_error_code(error), ==, ALJIBE_ERR_SYSTEM);
    aljibe_error_free(error);
    g_assert_cmpint(aljibe_stream_finish(stream, NULL), ==, -1);
    aljibe_stream_free(stream);
    close_vol(vol);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/stream/download", test_download);
    g_test_add_func("/client/stream/sparse", test_sparse);
    g_test_add_func("/client/stream/bad-holes", test_bad_holes);
    g_test_add_func("/client/stream/download-fails", test_download_fails);
    g_test_add_func("/client/stream/unread", test_unread);
    g_test_add_func("/client/stream/upload", test_upload);
    g_test_add_func("/client/stream/upload-fails", test_upload_fails);
    g_test_add_func("/client/stream/stubborn", test_stubborn);
    g_test_add_func("/client/stream/hole-refused", test_hole_refused);
    g_test_add_func("/client/stream/upload-lost", test_upload_lost);
    return g_test_run();
}
