/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/connection.h"

/**
 * alj_dispatch_call: checks, decodes and answers one CALL, or hands it to an operation. A @payload that held a secret is wiped. Loop
 * thread.
 */
void alj_dispatch_call(AljConn *conn, const AljFrame *frame, uint8_t *payload, size_t size);

/** alj_dispatch_must_wait: whether this call would be one too many in progress on @conn. */
bool alj_dispatch_must_wait(const AljConn *conn, const AljFrame *frame);

/** AljTooLong: what becomes of a frame over its limit. */
typedef enum AljTooLong {
    ALJ_TOO_LONG_SKIP,  /* an error was sent; the bytes are dropped as they come */
    ALJ_TOO_LONG_END,   /* an error was sent; the connection ends */
    ALJ_TOO_LONG_CLOSE
} AljTooLong;

/** alj_dispatch_frame_max: largest length of this frame here, judged by its header alone. */
uint32_t alj_dispatch_frame_max(const AljConn *conn, const AljFrame *frame);

/** alj_dispatch_too_long: answers a frame over that limit. */
AljTooLong alj_dispatch_too_long(AljConn *conn, const AljFrame *frame);

/** alj_dispatch_is_handled: whether procedure @number has a handler; for the test that compares the tables. */
bool alj_dispatch_is_handled(int32_t number);
