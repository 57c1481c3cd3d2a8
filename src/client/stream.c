/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams: bytes and holes to and from a volume. What comes in is put into the stream's inflow by whoever reads the socket. One
 * thread uses a stream at a time; all below is under the connection's lock.
 */
#include "client/client.h"
#include "client/inflow.h"

#define ABORT_USEC (5 * G_USEC_PER_SEC)

struct AljibeStream {
    AljibeConn *conn; /* (owned) */
    uint32_t serial;
    AljInflow in;     /* the connection has it under @serial */
};

/* ---- opening and closing ---- */

static void
stream_clear_locked(AljibeStream *stream)
{
    g_hash_table_remove(stream->conn->streams, GUINT_TO_POINTER(stream->serial));
    alj_inflow_clear(&stream->in);
}

static AljibeStream *
stream_open(AljibeVol *vol, int32_t procedure, const AljWireVolRange *range, GError **error)
{
    AljibeStream *stream = g_new0(AljibeStream, 1);
    AljibeConn *conn = stream->conn = aljibe_conn_ref(vol->conn);
    alj_inflow_init(&stream->in, procedure, range->flags & ALJIBE_VOL_SPARSE_STREAM);
    pthread_mutex_lock(&conn->lock);
    stream->serial = conn->caller.next_serial; /* known before the call is sent: its packets may overtake the reply */
    g_hash_table_insert(conn->streams, GUINT_TO_POINTER(stream->serial), &stream->in);
    bool is_ok = alj_conn_exchange_locked(conn, procedure, range, NULL, error);
    if (!is_ok)
        stream_clear_locked(stream);
    pthread_mutex_unlock(&conn->lock);
    alj_events_dispatch(conn);
    if (is_ok)
        return stream;
    aljibe_conn_unref(conn);
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
    if (stream->in.error && error)
        *error = g_error_copy(stream->in.error);
    return !stream->in.error;
}

static AljFrame
frame_of(const AljibeStream *stream, AljFrameType type, AljFrameStatus status)
{
    return (AljFrame) {
        .program = ALJ_PROGRAM_REMOTE,
        .version = 1,
        .procedure = stream->in.procedure,
        .type = (int32_t) type,
        .serial = stream->serial,
        .status = (int32_t) status,
    };
}

/** Writes one packet. What the server says meanwhile is read, so that neither waits for the other. */
static bool
send_packet(AljibeStream *stream, const AljFrame *frame, const void *data, size_t size, GError **error)
{
    GByteArray *out = stream->conn->caller.link.out;
    guint start = alj_frame_begin(out, frame);
    if (size)
        g_byte_array_append(out, data, (guint) size);
    alj_frame_end(out, start);
    return alj_link_flush(&stream->conn->caller.link, error);
}

/** Before each packet of an upload: whether the server still wants it. */
static bool
may_send(AljibeStream *stream, GError **error)
{
    if (!is_sound(stream, error))
        return false;
    if (!stream->in.is_upload || stream->in.is_over)
        return alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_BAD_STATE,
                             stream->in.is_upload ? "the stream is finished" : "the stream is a download");
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
    if (!stream->in.is_sparse || bytes > G_MAXINT64)
        return alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_INVALID_ARG,
                             stream->in.is_sparse ? "the hole is too large" : "the stream was not opened for holes");
    if (bytes == 0)
        return true;
    g_autoptr(GByteArray) payload = g_byte_array_new();
    const AljFrame frame = frame_of(stream, ALJ_FRAME_STREAM_HOLE, ALJ_STATUS_CONTINUE);
    return alj_xdr_encode(alj_wire_hole, &hole, payload, error)
           && send_packet(stream, &frame, payload->data, payload->len, error) && may_send(stream, error);
}

/** Waits for the next piece. The link puts it into the queue, or into @stream->in.into if that is set. */
static bool
await_piece(AljibeStream *stream, GError **error)
{
    while (g_queue_is_empty(&stream->in.packets) && !stream->in.n_into) {
        if (!is_sound(stream, error))
            return false;
        if (stream->in.is_at_end || stream->in.is_over)
            return true;
        if (!alj_link_step(&stream->conn->caller.link, -1, error))
            return false;
    }
    return true;
}

static ssize_t
recv_locked(AljibeStream *stream, uint8_t *buffer, size_t size, uint64_t *ret_hole_bytes, GError **error)
{
    if (stream->in.is_upload) {
        alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_BAD_STATE, "the stream is an upload");
        return -1;
    }
    stream->in.into = buffer;
    stream->in.into_size = size;
    stream->in.n_into = 0;
    bool is_ok = await_piece(stream, error);
    stream->in.into = NULL;
    if (!is_ok)
        return -1;
    if (stream->in.n_into)
        return (ssize_t) stream->in.n_into;
    return g_queue_is_empty(&stream->in.packets) ? 0 : (ssize_t) alj_inflow_get(&stream->in, buffer, size, ret_hole_bytes);
}

static bool
await_end(AljibeStream *stream, gint64 until_usec, GError **error)
{
    while (!stream->in.is_over) {
        if (!alj_link_step(&stream->conn->caller.link, until_usec, error))
            return false;
        if (!stream->in.is_over && until_usec >= 0 && g_get_monotonic_time() >= until_usec)
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
    if (stream->in.is_over)
        return true;
    stream->in.is_at_end = true; /* data on its way is not wanted any more */
    return send_packet(stream, &frame, NULL, 0, error) && await_end(stream, -1, error) && is_sound(stream, error);
}

static void
abort_locked(AljibeStream *stream)
{
    const AljFrame frame = frame_of(stream, ALJ_FRAME_STREAM, ALJ_STATUS_ERROR);
    stream->in.is_at_end = true;
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
    if (!stream->in.is_over)
        abort_locked(stream);
    stream_clear_locked(stream);
    leave(stream);
    aljibe_conn_unref(stream->conn);
    g_free(stream);
}
