/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames from us to a client. Pure; any thread; all results (transfer full). */
#pragma once

#include "wire/frame.h"
#include "wire/messages.h"

/** alj_reply_ok: @fields: (nullable) the result's table. A result over its bounds becomes an error reply. */
GByteArray *alj_reply_ok(const AljFrame *call, const AljXdrField *fields, const void *result);

/** alj_reply_error: @type: REPLY, or STREAM for a stream that fails. */
GByteArray *alj_reply_error(const AljFrame *call, AljFrameType type, const GError *error);

/** alj_reply_stream: a packet of the stream @call without payload: OK confirms, CONTINUE is the end of the data. */
GByteArray *alj_reply_stream(const AljFrame *call, AljFrameStatus status);

/** alj_reply_hole: @bytes zeros are skipped. */
GByteArray *alj_reply_hole(const AljFrame *call, uint64_t bytes);

/** alj_reply_keepalive: @procedure: PING or PONG. */
GByteArray *alj_reply_keepalive(int32_t procedure);

/** alj_reply_event: an event message of the remote program. */
GByteArray *alj_reply_event(int32_t procedure, const AljXdrField *fields, const void *event);
