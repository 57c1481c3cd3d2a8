/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server that says what a test wants: each test gives a function that runs on a thread of its own and plays one connection. The
 * client under test reaches it as embed:///fake, because the double of embed/embed.h in here hands out its socket.
 */
#pragma once

#include <aljibe/aljibe.h>

#include "wire/frame.h"
#include "wire/procedures.h"

typedef struct TestServer {
    int fd;
    AljFrame call; /* the frame that was read last */
    GByteArray *payload;
} TestServer;

typedef void (*TestScript)(TestServer *server);

#define TEST_URI "embed:///fake"

/** test_serve: the next connection to TEST_URI is played by @script. */
void test_serve(TestScript script);

/** test_open: test_serve() and aljibe_conn_open(); fails the test if that fails. */
AljibeConn *test_open(TestScript script);

/** test_close: drops the connection, waits for the script, and checks that the engine was closed after the socket. */
void test_close(AljibeConn *conn);

/** test_join: waits for the script of a connection that could not be opened. */
void test_join(void);

/* Of scripts. All fail the test if the client does something else. */

/** server_read: the next frame, whatever it is. False at the end of the connection. */
bool server_read(TestServer *server);

/** server_expect: the next frame is a call of @number. */
void server_expect(TestServer *server, int32_t number);

/** server_args: decodes the arguments of the last call into @ret. */
void server_args(TestServer *server, void *ret);

/** server_send: a frame with @value (NULL: nothing) encoded by @fields. */
void server_send(TestServer *server, const AljFrame *frame, const AljXdrField *fields, const void *value);

/** server_send_bytes: a frame with @data as it is. */
void server_send_bytes(TestServer *server, const AljFrame *frame, const void *data, size_t size);

/** server_reply: OK to the last call, with the result of its procedure. */
void server_reply(TestServer *server, const void *ret);

/** server_fail: an error reply to the last call. */
void server_fail(TestServer *server, int32_t code, const char *message);

/** server_stream: a stream packet for the last call. */
void server_stream(TestServer *server, AljFrameStatus status, const void *data, size_t size);

/** server_event: started, of pool "p". */
void server_event(TestServer *server, int32_t callback);

/** server_ping: a keep-alive frame, ALJ_KEEPALIVE_…. */
void server_ping(TestServer *server, int32_t procedure);

/** server_expect_frame: the next frame is of this kind. */
void server_expect_frame(TestServer *server, uint32_t program, int32_t procedure, AljFrameType type, AljFrameStatus status);

/** server_greet: answers the calls of aljibe_conn_open(). */
void server_greet(TestServer *server);

/** server_bye: answers CONNECT_CLOSE and expects the end. */
void server_bye(TestServer *server);

/** server_pool: answers a look-up with pool "p". */
void server_pool(TestServer *server);

/** server_vol: answers a look-up with volume "v" of "p". */
void server_vol(TestServer *server);

/** test_assert_error: @error has @code and @message; frees it. */
void test_assert_error(AljibeError *take_error, int code, const char *message);
