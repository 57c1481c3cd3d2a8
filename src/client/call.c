/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One call and its reply, and where everything else that comes in between goes. Runs on the thread of whoever holds the
 * connection's lock.
 */
#include "client/client.h"

/** AljPending: the one call that is under way. */
typedef struct AljPending {
    const AljProcedure *procedure;
    int32_t number;
    uint32_t serial;
    void *ret;
    bool is_done;
    GError *error; /* (owned) what the reply was, if not what was asked for */
} AljPending;

static void
take_reply(AljPending *pending, const AljFrame *frame, const uint8_t *payload, size_t size)
{
    pending->is_done = true;
    if (frame->status == ALJ_STATUS_ERROR)
        pending->error = alj_server_error_decode(payload, size);
    else if (frame->status != ALJ_STATUS_OK)
        alj_fail_area(&pending->error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unexpected message status %d", frame->status);
    else if (pending->procedure->ret && pending->ret)
        alj_xdr_decode(pending->procedure->ret, payload, size, pending->ret, &pending->error);
}

bool
alj_conn_take_frame(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error)
{
    AljibeConn *conn = owner;
    if (frame->program != ALJ_PROGRAM_REMOTE || frame->version != 1)
        return true; /* nothing we asked for; dropped, as an event nobody knows */

    AljPending *pending = conn->pending;
    AljibeStream *stream = g_hash_table_lookup(conn->streams, GUINT_TO_POINTER(frame->serial));
    switch (frame->type) {
    case ALJ_FRAME_REPLY:
        if (pending && !pending->is_done && frame->serial == pending->serial
            && frame->procedure == pending->number) {
            take_reply(pending, frame, payload, size);
            return true;
        }
        if (stream) { /* libvirtd's answer to a hole it does not like has this type */
            alj_stream_take_locked(stream, frame, payload, size);
            return true;
        }
        return alj_fail(error, ALJ_ERROR_RPC, "server replied to no call: procedure %d, serial %u", frame->procedure,
                        frame->serial);
    case ALJ_FRAME_MESSAGE:
        return alj_events_take_locked(conn, frame, payload, size, error);
    case ALJ_FRAME_STREAM:
    case ALJ_FRAME_STREAM_HOLE:
        if (stream)
            alj_stream_take_locked(stream, frame, payload, size);
        return true; /* packets of a stream that is over are dropped */
    default:
        return true;
    }
}

static bool
send_call(AljibeConn *conn, const AljPending *pending, const void *args, GError **error)
{
    GByteArray *out = conn->link.out;
    const AljFrame frame = {
        .program = ALJ_PROGRAM_REMOTE,
        .version = 1,
        .procedure = pending->number,
        .type = ALJ_FRAME_CALL,
        .serial = pending->serial,
        .status = ALJ_STATUS_OK,
    };
    guint start = alj_frame_begin(out, &frame);
    if (pending->procedure->args && !alj_xdr_encode(pending->procedure->args, args, out, error)) {
        g_byte_array_set_size(out, start);
        return false;
    }
    if (!alj_frame_length_ok(out->len - start)) {
        g_byte_array_set_size(out, start);
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unable to encode message payload");
    }
    alj_frame_end(out, start);
    return true;
}

static bool
await_reply(AljibeConn *conn, AljPending *pending, gint64 until_usec, GError **error)
{
    while (!pending->is_done) {
        g_autoptr(GError) broken = NULL;
        bool is_alive = alj_link_step(&conn->link, until_usec, &broken);
        if (pending->is_done)
            break; /* also if the link broke behind the reply */
        if (!is_alive) {
            g_propagate_error(error, g_steal_pointer(&broken));
            return false;
        }
        if (until_usec >= 0 && g_get_monotonic_time() >= until_usec)
            return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_TIMEOUT, "no answer to %s", pending->procedure->name);
    }
    if (!pending->error)
        return true;
    g_propagate_error(error, g_steal_pointer(&pending->error));
    return false;
}

bool
alj_conn_exchange_locked(AljibeConn *conn, int32_t number, const void *args, void *ret, AljibeStream *stream,
                         gint64 until_usec, GError **error)
{
    const AljProcedure *procedure = alj_procedure_find(number);
    if (conn->is_readonly && !(procedure->traits & ALJ_PROC_READONLY))
        return alj_fail(error, ALJ_ERROR_DENIED, "read only access prevents %s", procedure->api);

    AljPending pending = {
        .procedure = procedure,
        .number = number,
        .serial = conn->next_serial,
        .ret = ret,
    };
    if (!send_call(conn, &pending, args, error))
        return false;
    conn->next_serial++;
    if (stream)
        alj_stream_set_serial_locked(stream, pending.serial);
    conn->pending = &pending;
    bool is_ok = await_reply(conn, &pending, until_usec, error);
    conn->pending = NULL;
    return is_ok;
}

bool
alj_conn_call(AljibeConn *conn, int32_t number, const void *args, void *ret, GError **error)
{
    if (!alj_client_need(conn, "connection", error))
        return false;
    pthread_mutex_lock(&conn->lock);
    bool is_ok = alj_conn_exchange_locked(conn, number, args, ret, NULL, -1, error);
    pthread_mutex_unlock(&conn->lock);
    alj_events_dispatch(conn);
    return is_ok;
}
