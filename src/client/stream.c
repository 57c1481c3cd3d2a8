/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams: bytes and holes to and from a volume. A stream is known to its connection by the serial of the call that opened it, and
 * whoever reads the socket puts its packets in here. One thread uses a stream at a time; all below is under the connection's
 * lock.
 */
#include <string.h>

#include "client/client.h"

#define ABORT_USEC    (5 * G_USEC_PER_SEC)
#define WAITING_BYTES (64 * 1024 * 1024) /* data nobody has asked for yet, which other calls met on the socket */

/** Packet: a piece of a download. */
typedef struct Packet {
    uint64_t hole_bytes; /* 0: data */
    uint8_t *data;
    size_t size, n_taken;
} Packet;

struct AljibeStream {
    AljibeConn *conn; /* (owned) */
    int32_t procedure;
    uint32_t serial;
    bool is_known;    /* the connection has it under its serial */
    bool is_upload, is_sparse;
    GQueue packets;   /* of Packet */
    size_t waiting_bytes;
    uint8_t *into;    /* (borrowed, nullable) where a receiver that waits wants its data, … */
    size_t into_size; /* … how much more of it, … */
    size_t n_into;    /* … and how much it has got */
    bool is_at_end;   /* no more data comes */
    bool is_over;     /* the server has said its last word */
    GError *error;    /* (owned) what went wrong */
};

static void
packet_free(Packet *packet)
{
    g_free(packet->data);
    g_free(packet);
}

/* ---- what comes in ---- */

/** Data go straight to a receiver that waits; what it has no room for is kept. */
static size_t
hand_over(AljibeStream *stream, const uint8_t *payload, size_t size)
{
    if (!stream->into || !g_queue_is_empty(&stream->packets))
        return 0;
    size_t n = MIN(size, stream->into_size);
    memcpy(stream->into + stream->n_into, payload, n);
    stream->into_size -= n;
    stream->n_into += n;
    return n;
}

static void
take_data(AljibeStream *stream, const uint8_t *payload, size_t size)
{
    if (size == 0) {
        stream->is_at_end = true;
        return;
    }
    size_t n = hand_over(stream, payload, size);
    payload += n;
    size -= n;
    if (size == 0)
        return;
    if (stream->waiting_bytes + size > WAITING_BYTES) {
        alj_fail_area(&stream->error, ALJ_AREA_STREAMS, ALJ_ERROR_OPERATION_FAILED, "more than %d bytes wait to be received",
                      WAITING_BYTES);
        return;
    }
    Packet *packet = g_new0(Packet, 1);
    packet->data = g_memdup2(payload, size);
    packet->size = size;
    stream->waiting_bytes += size;
    g_queue_push_tail(&stream->packets, packet);
}

static void
take_hole(AljibeStream *stream, const uint8_t *payload, size_t size)
{
    AljWireHole hole = { 0 };
    if (!stream->is_sparse || stream->is_upload) {
        alj_fail_area(&stream->error, ALJ_AREA_STREAMS, ALJ_ERROR_RPC, "Unexpected stream hole");
        return;
    }
    if (!alj_xdr_decode(alj_wire_hole, payload, size, &hole, &stream->error))
        return;
    if (hole.length <= 0 || hole.flags != 0) {
        alj_fail_area(&stream->error, ALJ_AREA_STREAMS, ALJ_ERROR_RPC, "server sent a hole of %" G_GINT64_FORMAT " bytes",
                      hole.length);
        return;
    }
    Packet *packet = g_new0(Packet, 1);
    packet->hole_bytes = (uint64_t) hole.length;
    g_queue_push_tail(&stream->packets, packet);
}

void
alj_stream_take_locked(AljibeStream *stream, const AljFrame *frame, const uint8_t *payload, size_t size)
{
    if (stream->is_over || frame->procedure != stream->procedure)
        return;
    if (frame->status == ALJ_STATUS_CONTINUE) {
        if (stream->error || stream->is_at_end || (stream->is_upload && frame->type == ALJ_FRAME_STREAM))
            return; /* nothing that is waited for */
        if (frame->type == ALJ_FRAME_STREAM_HOLE)
            take_hole(stream, payload, size);
        else
            take_data(stream, payload, size);
        return;
    }
    stream->is_over = true;
    if (frame->status == ALJ_STATUS_ERROR && !stream->error)
        stream->error = alj_server_error_decode(payload, size);
    else if (frame->status != ALJ_STATUS_OK && !stream->error)
        alj_fail_area(&stream->error, ALJ_AREA_STREAMS, ALJ_ERROR_RPC, "stream aborted with unexpected status %d",
                      frame->status);
}

/* ---- opening and closing ---- */

void
alj_stream_set_serial_locked(AljibeStream *stream, uint32_t serial)
{
    stream->serial = serial;
    stream->is_known = true;
    g_hash_table_insert(stream->conn->streams, GUINT_TO_POINTER(serial), stream);
}

static void
stream_clear_locked(AljibeStream *stream)
{
    if (stream->is_known)
        g_hash_table_remove(stream->conn->streams, GUINT_TO_POINTER(stream->serial));
    g_queue_clear_full(&stream->packets, (GDestroyNotify) packet_free);
    g_clear_error(&stream->error);
}

static AljibeStream *
stream_open(AljibeVol *vol, int32_t procedure, const AljWireVolRange *range, GError **error)
{
    AljibeStream *stream = g_new0(AljibeStream, 1);
    stream->conn = aljibe_conn_ref(vol->conn);
    stream->procedure = procedure;
    stream->is_upload = procedure == ALJ_PROC_STORAGE_VOL_UPLOAD;
    stream->is_sparse = range->flags & ALJIBE_VOL_SPARSE_STREAM;
    g_queue_init(&stream->packets);
    pthread_mutex_lock(&stream->conn->lock);
    bool is_ok = alj_conn_exchange_locked(stream->conn, procedure, range, NULL, stream, -1, error);
    if (!is_ok)
        stream_clear_locked(stream);
    pthread_mutex_unlock(&stream->conn->lock);
    alj_events_dispatch(stream->conn);
    if (is_ok)
        return stream;
    aljibe_conn_unref(stream->conn);
    g_free(stream);
    return NULL;
}

static AljibeStream *
transfer(AljibeVol *vol, int32_t procedure, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
         AljibeError **ret_error)
{
    GError *error = NULL;
    AljibeStream *stream = NULL;
    if (alj_client_need(vol, "volume", &error)) {
        const AljWireVolRange range = { vol->wire, offset_bytes, length_bytes, flags };
        stream = stream_open(vol, procedure, &range, &error);
    }
    return alj_border_pointer(stream, &error, ret_error);
}

AljibeStream *
aljibe_vol_upload(AljibeVol *vol, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags, AljibeError **ret_error)
{
    return transfer(vol, ALJ_PROC_STORAGE_VOL_UPLOAD, offset_bytes, length_bytes, flags, ret_error);
}

AljibeStream *
aljibe_vol_download(AljibeVol *vol, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
                    AljibeError **ret_error)
{
    return transfer(vol, ALJ_PROC_STORAGE_VOL_DOWNLOAD, offset_bytes, length_bytes, flags, ret_error);
}

/* ---- going on ---- */

/** A stream that has failed stays failed, with the same words. */
static bool
is_sound(const AljibeStream *stream, GError **error)
{
    if (stream->error && error)
        *error = g_error_copy(stream->error);
    return !stream->error;
}

static AljFrame
frame_of(const AljibeStream *stream, AljFrameType type, AljFrameStatus status)
{
    return (AljFrame) {
        .program = ALJ_PROGRAM_REMOTE,
        .version = 1,
        .procedure = stream->procedure,
        .type = (int32_t) type,
        .serial = stream->serial,
        .status = (int32_t) status,
    };
}

/** Writes one packet. What the server says meanwhile is read, so that neither waits for the other. */
static bool
send_packet(AljibeStream *stream, const AljFrame *frame, const void *data, size_t size, GError **error)
{
    GByteArray *out = stream->conn->link.out;
    guint start = alj_frame_begin(out, frame);
    if (size)
        g_byte_array_append(out, data, (guint) size);
    alj_frame_end(out, start);
    return alj_link_flush(&stream->conn->link, error);
}

/** Before each packet of an upload: whether the server still wants it. */
static bool
may_send(AljibeStream *stream, GError **error)
{
    if (!is_sound(stream, error))
        return false;
    if (!stream->is_upload || stream->is_over)
        return alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_BAD_STATE,
                             stream->is_upload ? "the stream is finished" : "the stream is a download");
    return true;
}

static bool
send_locked(AljibeStream *stream, const uint8_t *data, size_t size, GError **error)
{
    const AljFrame frame = frame_of(stream, ALJ_FRAME_STREAM, ALJ_STATUS_CONTINUE);
    bool is_ok = may_send(stream, error);
    while (is_ok && size) {
        size_t n = MIN(size, ALJ_STREAM_PACKET_BYTES);
        is_ok = send_packet(stream, &frame, data, n, error) && may_send(stream, error);
        data += n;
        size -= n;
    }
    return is_ok;
}

static bool
send_hole_locked(AljibeStream *stream, uint64_t bytes, GError **error)
{
    const AljWireHole hole = { .length = (int64_t) bytes };
    if (!may_send(stream, error))
        return false;
    if (!stream->is_sparse || bytes > G_MAXINT64)
        return alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_INVALID_ARG,
                             stream->is_sparse ? "the hole is too large" : "the stream was not opened for holes");
    if (bytes == 0)
        return true;
    g_autoptr(GByteArray) payload = g_byte_array_new();
    const AljFrame frame = frame_of(stream, ALJ_FRAME_STREAM_HOLE, ALJ_STATUS_CONTINUE);
    return alj_xdr_encode(alj_wire_hole, &hole, payload, error)
           && send_packet(stream, &frame, payload->data, payload->len, error) && may_send(stream, error);
}

/** Takes up to @size bytes of what is in front of the queue. */
static size_t
take_front(AljibeStream *stream, uint8_t *buffer, size_t size, uint64_t *ret_hole_bytes)
{
    Packet *packet = g_queue_peek_head(&stream->packets);
    size_t n = 0;
    if (!packet->hole_bytes) {
        n = MIN(size, packet->size - packet->n_taken);
        memcpy(buffer, packet->data + packet->n_taken, n);
        packet->n_taken += n;
        stream->waiting_bytes -= n;
    } else if (ret_hole_bytes) {
        *ret_hole_bytes = packet->hole_bytes;
        packet->hole_bytes = 0;
    } else {
        n = (size_t) MIN(size, packet->hole_bytes);
        memset(buffer, 0, n);
        packet->hole_bytes -= n;
    }
    if (packet->hole_bytes == 0 && packet->n_taken == packet->size) {
        (void) g_queue_pop_head(&stream->packets); /* peeked above */
        packet_free(packet);
    }
    return n;
}

/** Waits for the next piece. The link puts it into the queue, or into @stream->into if that is set. */
static bool
await_piece(AljibeStream *stream, GError **error)
{
    while (g_queue_is_empty(&stream->packets) && !stream->n_into) {
        if (!is_sound(stream, error))
            return false;
        if (stream->is_at_end || stream->is_over)
            return true;
        if (!alj_link_step(&stream->conn->link, -1, error))
            return false;
    }
    return true;
}

static ssize_t
recv_locked(AljibeStream *stream, uint8_t *buffer, size_t size, uint64_t *ret_hole_bytes, GError **error)
{
    if (stream->is_upload) {
        alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_BAD_STATE, "the stream is an upload");
        return -1;
    }
    stream->into = buffer;
    stream->into_size = size;
    stream->n_into = 0;
    bool is_ok = await_piece(stream, error);
    stream->into = NULL;
    if (!is_ok)
        return -1;
    if (stream->n_into)
        return (ssize_t) stream->n_into;
    return g_queue_is_empty(&stream->packets) ? 0 : (ssize_t) take_front(stream, buffer, size, ret_hole_bytes);
}

static bool
await_end(AljibeStream *stream, gint64 until_usec, GError **error)
{
    while (!stream->is_over) {
        if (!alj_link_step(&stream->conn->link, until_usec, error))
            return false;
        if (!stream->is_over && until_usec >= 0 && g_get_monotonic_time() >= until_usec)
            return alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_TIMEOUT, "the stream was not confirmed");
    }
    return true;
}

static bool
finish_locked(AljibeStream *stream, GError **error)
{
    const AljFrame frame = frame_of(stream, ALJ_FRAME_STREAM, ALJ_STATUS_OK);
    if (!is_sound(stream, error))
        return false;
    if (stream->is_over)
        return true;
    stream->is_at_end = true; /* data on its way is not wanted any more */
    return send_packet(stream, &frame, NULL, 0, error) && await_end(stream, -1, error) && is_sound(stream, error);
}

static void
abort_locked(AljibeStream *stream)
{
    const AljFrame frame = frame_of(stream, ALJ_FRAME_STREAM, ALJ_STATUS_ERROR);
    stream->is_at_end = true;
    if (send_packet(stream, &frame, NULL, 0, NULL))
        (void) await_end(stream, g_get_monotonic_time() + ABORT_USEC, NULL); /* given up, confirmed or not */
}

/* ---- the public interface ---- */

static void
enter(AljibeStream *stream)
{
    pthread_mutex_lock(&stream->conn->lock);
}

static void
leave(AljibeStream *stream)
{
    pthread_mutex_unlock(&stream->conn->lock);
    alj_events_dispatch(stream->conn);
}

int
aljibe_stream_send(AljibeStream *stream, const void *data, size_t size, AljibeError **ret_error)
{
    GError *error = NULL;
    bool is_ok = alj_client_need(stream, "stream", &error) && (size == 0 || alj_client_need(data, "data", &error));
    if (is_ok) {
        enter(stream);
        is_ok = send_locked(stream, data, size, &error);
        leave(stream);
    }
    return alj_border_status(is_ok, &error, ret_error);
}

int
aljibe_stream_send_hole(AljibeStream *stream, uint64_t bytes, AljibeError **ret_error)
{
    GError *error = NULL;
    bool is_ok = alj_client_need(stream, "stream", &error);
    if (is_ok) {
        enter(stream);
        is_ok = send_hole_locked(stream, bytes, &error);
        leave(stream);
    }
    return alj_border_status(is_ok, &error, ret_error);
}

ssize_t
aljibe_stream_recv(AljibeStream *stream, void *buffer, size_t size, uint64_t *ret_hole_bytes, AljibeError **ret_error)
{
    GError *error = NULL;
    ssize_t n = -1;
    if (ret_hole_bytes)
        *ret_hole_bytes = 0;
    if (alj_client_need(stream, "stream", &error) && alj_client_need(buffer, "buffer", &error)) {
        enter(stream);
        n = recv_locked(stream, buffer, size, ret_hole_bytes, &error);
        leave(stream);
    }
    (void) alj_border_status(n >= 0, &error, ret_error); /* the number says it */
    return n;
}

int
aljibe_stream_finish(AljibeStream *stream, AljibeError **ret_error)
{
    GError *error = NULL;
    bool is_ok = alj_client_need(stream, "stream", &error);
    if (is_ok) {
        enter(stream);
        is_ok = finish_locked(stream, &error);
        leave(stream);
    }
    return alj_border_status(is_ok, &error, ret_error);
}

void
aljibe_stream_free(AljibeStream *stream)
{
    if (!stream)
        return;
    enter(stream);
    if (!stream->is_over)
        abort_locked(stream);
    stream_clear_locked(stream);
    leave(stream);
    aljibe_conn_unref(stream->conn);
    g_free(stream);
}
