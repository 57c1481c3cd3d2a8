/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes in for one stream: packets in their order, and the server's last word. Memory only; the connection's lock guards it. */
#pragma once

#include "wire/frame.h"

/** AljInflow: a part of a stream; the connection knows it by the serial of the call that opened the stream. */
typedef struct AljInflow {
    int32_t procedure;
    bool is_upload, is_sparse;
    GQueue packets;   /* of Packet */
    size_t waiting_bytes;
    uint8_t *into;    /* (borrowed, nullable) where a receiver that waits wants its data, … */
    size_t into_size; /* … how much more of it, … */
    size_t n_into;    /* … and how much it has got */
    bool is_at_end;   /* no more data comes */
    bool is_over;     /* the server has said its last word */
    GError *error;    /* (owned) what went wrong */
} AljInflow;

/** alj_inflow_init: @procedure: of the call that opens the stream. */
void alj_inflow_init(AljInflow *in, int32_t procedure, bool is_sparse);
void alj_inflow_clear(AljInflow *in);

/** alj_inflow_take: @frame is for this stream. */
void alj_inflow_take(AljInflow *in, const AljFrame *frame, const uint8_t *payload, size_t size);

/**
 * alj_inflow_get:
 * Takes up to @size bytes of what is in front of the queue, which is not empty. @ret_hole_bytes: (nullable: holes are read as zeros)
 * the length of a hole, if that is in front. Returns: how many bytes.
 */
size_t alj_inflow_get(AljInflow *in, uint8_t *buffer, size_t size, uint64_t *ret_hole_bytes);
