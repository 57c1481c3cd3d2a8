/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 28 bytes in front of every message: seven big-endian words. Owns nothing; any thread. Source: docs/internals/wire.md. */
#include "wire/frame.h"

#include <string.h>

#define N_WORDS 7
G_STATIC_ASSERT(N_WORDS * sizeof(uint32_t) == ALJ_FRAME_HEADER_BYTES);

void
alj_frame_read(const uint8_t data[static ALJ_FRAME_HEADER_BYTES], AljFrame *ret)
{
    uint32_t words[N_WORDS];
    memcpy(words, data, sizeof words);
    *ret = (AljFrame) {
        .length = GUINT32_FROM_BE(words[0]),
        .program = GUINT32_FROM_BE(words[1]),
        .version = GUINT32_FROM_BE(words[2]),
        .procedure = (int32_t) GUINT32_FROM_BE(words[3]),
        .type = (int32_t) GUINT32_FROM_BE(words[4]),
        .serial = GUINT32_FROM_BE(words[5]),
        .status = (int32_t) GUINT32_FROM_BE(words[6]),
    };
}

bool
alj_frame_length_ok(uint32_t length)
{
    return length >= ALJ_FRAME_HEADER_BYTES && length <= ALJ_FRAME_MAX_BYTES;
}

void
alj_frame_write(const AljFrame *frame, uint8_t out[static ALJ_FRAME_HEADER_BYTES])
{
    const uint32_t words[N_WORDS] = {
        GUINT32_TO_BE(frame->length),
        GUINT32_TO_BE(frame->program),
        GUINT32_TO_BE(frame->version),
        GUINT32_TO_BE((uint32_t) frame->procedure),
        GUINT32_TO_BE((uint32_t) frame->type),
        GUINT32_TO_BE(frame->serial),
        GUINT32_TO_BE((uint32_t) frame->status),
    };
    memcpy(out, words, sizeof words);
}

guint
alj_frame_begin(GByteArray *out, const AljFrame *frame)
{
    guint position = out->len;
    uint8_t header[ALJ_FRAME_HEADER_BYTES];
    AljFrame open = *frame;
    open.length = 0;
    alj_frame_write(&open, header);
    g_byte_array_append(out, header, sizeof header);
    return position;
}

void
alj_frame_end(GByteArray *out, guint position)
{
    uint32_t length = GUINT32_TO_BE(out->len - position);
    memcpy(out->data + position, &length, sizeof length);
}
