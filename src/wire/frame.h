/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define ALJ_FRAME_HEADER_BYTES  28
#define ALJ_FRAME_MAX_BYTES     33554436 /* length word included */
#define ALJ_STREAM_PACKET_BYTES 262120   /* payload of what we send */

#define ALJ_PROGRAM_REMOTE    0x20008086u
#define ALJ_PROGRAM_KEEPALIVE 0x6b656570u
#define ALJ_PROGRAM_ALJIBE    0x616c6a62u

enum { ALJ_KEEPALIVE_PING = 1, ALJ_KEEPALIVE_PONG = 2 };

typedef enum AljFrameType {
    ALJ_FRAME_CALL,
    ALJ_FRAME_REPLY,
    ALJ_FRAME_MESSAGE,
    ALJ_FRAME_STREAM,
    ALJ_FRAME_CALL_WITH_FDS,
    ALJ_FRAME_REPLY_WITH_FDS,
    ALJ_FRAME_STREAM_HOLE
} AljFrameType;

typedef enum AljFrameStatus {
    ALJ_STATUS_OK,
    ALJ_STATUS_ERROR,
    ALJ_STATUS_CONTINUE
} AljFrameStatus;

typedef struct AljFrame {
    uint32_t length; /* whole message, length word included */
    uint32_t program, version;
    int32_t procedure;
    int32_t type;   /* AljFrameType or anything */
    uint32_t serial;
    int32_t status; /* AljFrameStatus or anything */
} AljFrame;

/** alj_frame_read: decodes the 28 bytes at @data. Says nothing about sense; check length with alj_frame_length_ok(). */
void alj_frame_read(const uint8_t data[static ALJ_FRAME_HEADER_BYTES], AljFrame *ret);

/** alj_frame_length_ok: 28 … ALJ_FRAME_MAX_BYTES. */
bool alj_frame_length_ok(uint32_t length);

/** alj_frame_write: header into @out; the caller sets length or uses the builder below. */
void alj_frame_write(const AljFrame *frame, uint8_t out[static ALJ_FRAME_HEADER_BYTES]);

/** alj_frame_begin: appends a header with length 0 to @out and returns its position. */
guint alj_frame_begin(GByteArray *out, const AljFrame *frame);

/** alj_frame_end: patches the length of the frame that began at @position. */
void alj_frame_end(GByteArray *out, guint position);
