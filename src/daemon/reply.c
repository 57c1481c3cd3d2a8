/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Builds every frame that goes out, except for the data packets of a download (transfer.c reads those in place). Strict where
 * the decoder is liberal (docs/internals/wire.md): clients exist that die on anything else. Pure.
 */
#include "daemon/reply.h"

static AljFrame
answer_to(const AljFrame *call, AljFrameType type, AljFrameStatus status)
{
    AljFrame frame = *call;
    frame.type = type;
    frame.status = status;
    return frame;
}

static GByteArray *
bare(const AljFrame *frame)
{
    GByteArray *out = g_byte_array_sized_new(ALJ_FRAME_HEADER_BYTES);
    alj_frame_end(out, alj_frame_begin(out, frame));
    return out;
}

/* NULL with an error if @value is over its bounds. */
static GByteArray *
with_payload(const AljFrame *frame, const AljXdrField *fields, const void *value, GError **error)
{
    GByteArray *out = g_byte_array_new();
    guint start = alj_frame_begin(out, frame);
    if (alj_xdr_encode(fields, value, out, error)) {
        alj_frame_end(out, start);
        return out;
    }
    g_byte_array_unref(out);
    return NULL;
}

GByteArray *
alj_reply_ok(const AljFrame *call, const AljXdrField *fields, const void *result)
{
    g_autoptr(GError) error = NULL;
    AljFrame frame = answer_to(call, ALJ_FRAME_REPLY, ALJ_STATUS_OK);
    if (!fields)
        return bare(&frame);
    GByteArray *out = with_payload(&frame, fields, result, &error);
    return out ? out : alj_reply_error(call, ALJ_FRAME_REPLY, error);
}

GByteArray *
alj_reply_error(const AljFrame *call, AljFrameType type, const GError *error)
{
    AljWireError wire = { 0 };
    AljFrame frame = answer_to(call, type, ALJ_STATUS_ERROR);
    alj_wire_error_fill(error, &wire);
    GByteArray *out = with_payload(&frame, alj_wire_error, &wire, NULL);
    g_assert(out); /* the texts of an error are cut far below the bounds */
    alj_xdr_clear(alj_wire_error, &wire);
    return out;
}

GByteArray *
alj_reply_stream(const AljFrame *call, AljFrameStatus status)
{
    AljFrame frame = answer_to(call, ALJ_FRAME_STREAM, status);
    return bare(&frame);
}

GByteArray *
alj_reply_hole(const AljFrame *call, uint64_t bytes)
{
    AljWireHole hole = { .length = (int64_t) bytes };
    AljFrame frame = answer_to(call, ALJ_FRAME_STREAM_HOLE, ALJ_STATUS_CONTINUE);
    return with_payload(&frame, alj_wire_hole, &hole, NULL);
}

GByteArray *
alj_reply_keepalive(int32_t procedure)
{
    AljFrame frame = { .program = ALJ_PROGRAM_KEEPALIVE, .version = 1, .procedure = procedure, .type = ALJ_FRAME_MESSAGE };
    return bare(&frame);
}

GByteArray *
alj_reply_event(int32_t procedure, const AljXdrField *fields, const void *event)
{
    AljFrame frame = {
        .program = ALJ_PROGRAM_REMOTE, .version = 1, .procedure = procedure, .type = ALJ_FRAME_MESSAGE, .serial = 1
    };
    return with_payload(&frame, fields, event, NULL);
}
