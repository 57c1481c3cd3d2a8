/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes in for one stream. Owns the packets nobody has asked for yet; runs on the thread of whoever reads the socket. */
#include "client/inflow.h"

#include <string.h>

#include "base/error.h"
#include "rpc/server_error.h"
#include "wire/procedures.h"

#define WAITING_BYTES (64 * 1024 * 1024) /* data nobody has asked for yet, which other calls met on the socket */

/** Packet: a piece of a download. */
typedef struct Packet {
    uint64_t hole_bytes; /* 0: data */
    uint8_t *data;
    size_t size, n_taken;
} Packet;

static void
packet_free(Packet *packet)
{
    g_free(packet->data);
    g_free(packet);
}

void
alj_inflow_init(AljInflow *in, int32_t procedure, bool is_sparse)
{
    *in = (AljInflow) {
        .procedure = procedure,
        .is_upload = procedure == ALJ_PROC_STORAGE_VOL_UPLOAD,
        .is_sparse = is_sparse,
    };
    g_queue_init(&in->packets);
}

void
alj_inflow_clear(AljInflow *in)
{
    g_queue_clear_full(&in->packets, (GDestroyNotify) packet_free);
    g_clear_error(&in->error);
}

/** Data go straight to a receiver that waits; what it has no room for is kept. */
static size_t
hand_over(AljInflow *in, const uint8_t *payload, size_t size)
{
    if (!in->into || !g_queue_is_empty(&in->packets))
        return 0;
    size_t n = MIN(size, in->into_size);
    memcpy(in->into + in->n_into, payload, n);
    in->into_size -= n;
    in->n_into += n;
    return n;
}

static void
take_data(AljInflow *in, const uint8_t *payload, size_t size)
{
    if (size == 0) {
        in->is_at_end = true;
        return;
    }
    size_t n = hand_over(in, payload, size);
    payload += n;
    size -= n;
    if (size == 0)
        return;
    if (in->waiting_bytes + size > WAITING_BYTES) {
        alj_fail_area(&in->error, ALJ_AREA_STREAMS, ALJ_ERROR_OPERATION_FAILED, "more than %d bytes wait to be received",
                      WAITING_BYTES);
        return;
    }
    Packet *packet = g_new0(Packet, 1);
    packet->data = g_memdup2(payload, size);
    packet->size = size;
    in->waiting_bytes += size;
    g_queue_push_tail(&in->packets, packet);
}

static void
take_hole(AljInflow *in, const uint8_t *payload, size_t size)
{
    AljWireHole hole = { 0 };
    if (!in->is_sparse || in->is_upload) {
        alj_fail_area(&in->error, ALJ_AREA_STREAMS, ALJ_ERROR_RPC, "Unexpected stream hole");
        return;
    }
    if (!alj_xdr_decode(alj_wire_hole, payload, size, &hole, &in->error))
        return;
    if (hole.length <= 0 || hole.flags != 0) {
        alj_fail_area(&in->error, ALJ_AREA_STREAMS, ALJ_ERROR_RPC, "server sent a hole of %" G_GINT64_FORMAT " bytes",
                      hole.length);
        return;
    }
    Packet *packet = g_new0(Packet, 1);
    packet->hole_bytes = (uint64_t) hole.length;
    g_queue_push_tail(&in->packets, packet);
}

void
alj_inflow_take(AljInflow *in, const AljFrame *frame, const uint8_t *payload, size_t size)
{
    if (in->is_over || frame->procedure != in->procedure)
        return;
    if (frame->status == ALJ_STATUS_CONTINUE) {
        if (in->error || in->is_at_end || (in->is_upload && frame->type == ALJ_FRAME_STREAM))
            return; /* nothing that is waited for */
        if (frame->type == ALJ_FRAME_STREAM_HOLE)
            take_hole(in, payload, size);
        else
            take_data(in, payload, size);
        return;
    }
    in->is_over = true;
    if (frame->status == ALJ_STATUS_ERROR && !in->error)
        in->error = alj_server_error_decode(payload, size);
    else if (frame->status != ALJ_STATUS_OK && !in->error)
        alj_fail_area(&in->error, ALJ_AREA_STREAMS, ALJ_ERROR_RPC, "stream aborted with unexpected status %d",
                      frame->status);
}

size_t
alj_inflow_get(AljInflow *in, uint8_t *buffer, size_t size, uint64_t *ret_hole_bytes)
{
    Packet *packet = g_queue_peek_head(&in->packets);
    size_t n = 0;
    if (!packet->hole_bytes) {
        n = MIN(size, packet->size - packet->n_taken);
        memcpy(buffer, packet->data + packet->n_taken, n);
        packet->n_taken += n;
        in->waiting_bytes -= n;
    } else if (ret_hole_bytes) {
        *ret_hole_bytes = packet->hole_bytes;
        packet->hole_bytes = 0;
    } else {
        n = (size_t) MIN(size, packet->hole_bytes);
        memset(buffer, 0, n);
        packet->hole_bytes -= n;
    }
    if (packet->hole_bytes == 0 && packet->n_taken == packet->size) {
        (void) g_queue_pop_head(&in->packets); /* peeked above */
        packet_free(packet);
    }
    return n;
}
