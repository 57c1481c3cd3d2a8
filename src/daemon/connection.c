/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One client connection as an event source: reads what is there, hands out whole frames, writes what is queued, keeps its times.
 * All of it runs on the loop thread but for alj_conn_send() and alj_conn_wake(). A call that is answered in place costs
 * three system calls: poll, receive, send.
 *
 * Nothing is read while too much waits (replies the client does not take, data the disk does not take, calls beyond those
 * allowed at once), so a client is slowed down by its socket and by nothing else.
 */
#include "daemon/connection.h"

#include "base/log.h"
#include "daemon/dispatch.h"
#include "daemon/registrations.h"
#include "daemon/reply.h"
#include "daemon/service_private.h"
#include "daemon/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNSENT_MAX_BYTES   (40u * 1024 * 1024)
#define WAITING_MAX_BYTES  (1024u * 1024)
#define DROPPED_MAX        1024
#define INBOX_MAX_BYTES    (ALJ_STREAM_RECEIVE_MAX_BYTES + ALJ_FRAME_HEADER_BYTES) /* the longest frame there is */
#define FIRST_FRAME_USEC   (10 * G_USEC_PER_SEC)
#define LATER_FRAME_USEC   (30 * G_USEC_PER_SEC)
#define STALL_USEC         (60 * G_USEC_PER_SEC)

void
alj_conn_close(AljConn *conn)
{
    if (!conn->service)
        return;
    alj_transfer_abort_all(conn);
    if (atomic_load(&conn->n_pending) > 0)
        alj_core_drop_owned(conn->service->core, conn);
    alj_registrations_drop(conn->service, conn);
    alj_service_left(conn->service, conn);
    conn->service = NULL;
    alj_outbox_close(&conn->outbox);
    alj_inbox_clear(&conn->inbox);
    g_queue_clear_full(&conn->waiting, (GDestroyNotify) g_byte_array_unref);
    close(conn->fd);
    conn->fd = -1;
    g_source_destroy(&conn->source);
    alj_conn_unref(conn);
}

/* Whether enough waits already, so that no more is read. */
static bool
is_deaf(AljConn *conn)
{
    return conn->is_ending || conn->waiting_bytes > WAITING_MAX_BYTES || alj_transfer_is_full(conn) ||
           alj_outbox_bytes(&conn->outbox) > UNSENT_MAX_BYTES;
}

static void
keepalive_do(AljConn *conn, AljKeepaliveStep step)
{
    switch (step) {
    case ALJ_KEEPALIVE_NOTHING:
        return;
    case ALJ_KEEPALIVE_SEND_PING:
        alj_conn_send(conn, alj_reply_keepalive(ALJ_KEEPALIVE_PING));
        return;
    case ALJ_KEEPALIVE_SEND_PONG:
        alj_conn_send(conn, alj_reply_keepalive(ALJ_KEEPALIVE_PONG));
        return;
    case ALJ_KEEPALIVE_DEAD:
        alj_debug("wire", "client of uid %ld answers no pings", conn->client_uid);
        alj_conn_close(conn);
        return;
    }
}

static void
put_off(AljConn *conn, const uint8_t *data, size_t size)
{
    GByteArray *copy = g_byte_array_sized_new((guint) size);
    g_byte_array_append(copy, data, (guint) size);
    g_queue_push_tail(&conn->waiting, copy);
    conn->waiting_bytes += size;
}

/* Packets that belong to nothing. A few are normal after a stream has ended; a flood is not. */
static void
drop_frame(AljConn *conn)
{
    if (++conn->n_dropped >= DROPPED_MAX)
        alj_conn_close(conn);
}

static void
refuse_descriptors(AljConn *conn, const AljFrame *frame)
{
    g_autoptr(GError) error = NULL;
    alj_fail_area(&error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "descriptors are not taken");
    alj_conn_send(conn, alj_reply_error(frame, ALJ_FRAME_REPLY, error));
    alj_conn_end(conn);
}

/* One whole frame at @data. */
static void
receive_frame(AljConn *conn, const AljFrame *frame, uint8_t *data)
{
    uint8_t *payload = data + ALJ_FRAME_HEADER_BYTES;
    size_t size = frame->length - ALJ_FRAME_HEADER_BYTES;
    switch (frame->type) {
    case ALJ_FRAME_CALL:
        conn->n_dropped = 0;
        if (alj_dispatch_must_wait(conn, frame))
            put_off(conn, data, frame->length);
        else
            alj_dispatch_call(conn, frame, payload, size);
        return;
    case ALJ_FRAME_STREAM:
    case ALJ_FRAME_STREAM_HOLE:
        if (alj_transfer_receive(conn, frame, payload, size))
            conn->n_dropped = 0;
        else
            drop_frame(conn);
        return;
    case ALJ_FRAME_CALL_WITH_FDS:
        refuse_descriptors(conn, frame);
        return;
    case ALJ_FRAME_MESSAGE:
        if (frame->program == ALJ_PROGRAM_KEEPALIVE && frame->procedure == ALJ_KEEPALIVE_PING)
            keepalive_do(conn, alj_keepalive_pinged(&conn->keepalive, conn->heard_usec));
        else if (frame->program != ALJ_PROGRAM_KEEPALIVE || frame->procedure != ALJ_KEEPALIVE_PONG)
            drop_frame(conn);
        return;
    default:
        drop_frame(conn);
    }
}

static void
refuse_frame(AljConn *conn, const AljFrame *frame)
{
    switch (alj_dispatch_too_long(conn, frame)) {
    case ALJ_TOO_LONG_SKIP:
        alj_inbox_consume(&conn->inbox, frame->length);
        return;
    case ALJ_TOO_LONG_END:
        alj_conn_end(conn);
        return;
    case ALJ_TOO_LONG_CLOSE:
        alj_conn_close(conn);
        return;
    }
}

/* Frames that have come. Stops when enough waits: calls are short and replies are long, so one read may ask for gigabytes. */
static void
receive_frames(AljConn *conn)
{
    conn->is_behind = false;
    while (conn->service && !conn->is_ending) {
        size_t size;
        AljFrame frame;
        uint8_t *data = alj_inbox_peek(&conn->inbox, &size);
        if (size < ALJ_FRAME_HEADER_BYTES)
            return;
        if (is_deaf(conn)) {
            conn->is_behind = true;
            return;
        }
        alj_frame_read(data, &frame);
        if (!alj_frame_length_ok(frame.length)) {
            alj_conn_close(conn);
        } else if (frame.length > alj_dispatch_frame_max(conn, &frame)) {
            refuse_frame(conn, &frame);
        } else if (size < frame.length) {
            return;
        } else {
            alj_inbox_consume(&conn->inbox, frame.length); /* first: who wants to keep the bytes takes their memory */
            receive_frame(conn, &frame, data);
        }
    }
}

static void
read_socket(AljConn *conn, gint64 now)
{
    size_t size;
    uint8_t *space = alj_inbox_space(&conn->inbox, INBOX_MAX_BYTES, &size);
    if (!space) {
        alj_conn_close(conn);
        return;
    }
    ssize_t got = recv(conn->fd, space, size, MSG_DONTWAIT); /* without room for descriptors the kernel closes any it carries */
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        alj_conn_close(conn);
        return;
    }
    conn->heard_usec = now;
    alj_keepalive_heard(&conn->keepalive, now);
    alj_inbox_received(&conn->inbox, (size_t) got);
    receive_frames(conn);
    if (conn->service && !conn->transfers)
        alj_inbox_trim(&conn->inbox);
}

/* Calls that had to wait, as far as others have ended since. */
static void
resume_waiting(AljConn *conn)
{
    while (conn->service && !conn->is_ending && !g_queue_is_empty(&conn->waiting)) {
        AljFrame frame;
        GByteArray *first = g_queue_peek_head(&conn->waiting);
        alj_frame_read(first->data, &frame);
        if (alj_dispatch_must_wait(conn, &frame))
            return;
        if (alj_outbox_bytes(&conn->outbox) > UNSENT_MAX_BYTES) {
            conn->is_behind = true;
            return;
        }
        g_queue_pop_head(&conn->waiting);
        conn->waiting_bytes -= first->len;
        alj_dispatch_call(conn, &frame, first->data + ALJ_FRAME_HEADER_BYTES, first->len - ALJ_FRAME_HEADER_BYTES);
        g_byte_array_unref(first);
    }
}

/* When a frame that has begun must have come in full; G_MAXINT64: none has begun. */
static gint64
frame_due(const AljConn *conn)
{
    size_t size;
    (void) alj_inbox_peek(&conn->inbox, &size);
    if (conn->is_open)
        return size > 0 || conn->inbox.skip > 0 ? conn->heard_usec + LATER_FRAME_USEC : G_MAXINT64;
    return size > 0 ? conn->sent_usec + FIRST_FRAME_USEC : G_MAXINT64;
}

/* When the client must have taken something; a download that is not read is no fault. */
static gint64
stall_due(AljConn *conn, bool is_blocked)
{
    return is_blocked && (conn->is_ending || !conn->transfers) ? conn->sent_usec + STALL_USEC : G_MAXINT64;
}

/*
 * Asks the loop to look again at @due. An alarm that is set and comes no later is left: times move on with every call, and
 * setting one wakes the loop's poll, which costs three system calls.
 */
static void
set_alarm(AljConn *conn, gint64 due, gint64 now)
{
    gint64 alarm = g_source_get_ready_time(&conn->source);
    bool is_set = alarm > now && alarm <= due;
    if (!is_set)
        g_source_set_ready_time(&conn->source, due == G_MAXINT64 ? -1 : due); /* free if it does not change */
}

static void
write_socket(AljConn *conn, gint64 now)
{
    size_t sent;
    AljOutboxState state = alj_outbox_write(&conn->outbox, conn->fd, &sent);
    if (sent > 0 || (state == ALJ_OUTBOX_EMPTY && conn->is_open))
        conn->sent_usec = now;
    if (state == ALJ_OUTBOX_BROKEN || (state == ALJ_OUTBOX_EMPTY && conn->is_ending)) {
        alj_conn_close(conn);
        return;
    }
    bool deaf = is_deaf(conn), is_blocked = state == ALJ_OUTBOX_BLOCKED;
    if (now >= stall_due(conn, is_blocked)) {
        alj_conn_close(conn);
        return;
    }
    GIOCondition wanted = (deaf ? 0 : G_IO_IN) | (is_blocked ? G_IO_OUT : 0);
    if (wanted != conn->watched)
        g_source_modify_unix_fd(&conn->source, conn->fd_tag, wanted);
    conn->watched = wanted;
    gint64 due = stall_due(conn, is_blocked);
    if (!conn->is_ending)
        due = MIN(due, alj_keepalive_due(&conn->keepalive, deaf));
    if (!deaf)
        due = MIN(due, frame_due(conn));
    set_alarm(conn, due, now);
    if (atomic_load(&conn->is_woken) || (conn->is_behind && !deaf)) /* somebody sent something after the write above */
        g_source_set_ready_time(&conn->source, 0);
}

static void
check_times(AljConn *conn, gint64 now)
{
    bool was_deaf = !(conn->watched & G_IO_IN);
    if (was_deaf) { /* what we did not listen to says nothing about the client */
        conn->heard_usec = now;
        alj_keepalive_heard(&conn->keepalive, now);
    } else if (now >= frame_due(conn)) {
        alj_conn_close(conn);
        return;
    }
    for (AljKeepaliveStep step = ALJ_KEEPALIVE_SEND_PING; conn->service && step != ALJ_KEEPALIVE_NOTHING;) {
        step = conn->is_ending ? ALJ_KEEPALIVE_NOTHING : alj_keepalive_step(&conn->keepalive, now, is_deaf(conn));
        keepalive_do(conn, step);
    }
}

static gboolean
dispatch(GSource *source, GSourceFunc func, gpointer data)
{
    g_autoptr(AljConn) conn = alj_conn_ref((AljConn *) source);
    gint64 now = g_get_monotonic_time();
    GIOCondition ready = g_source_query_unix_fd(source, conn->fd_tag);
    atomic_store(&conn->is_woken, true); /* frames sent from here need no second look */
    alj_transfer_sweep(conn);
    if (conn->is_behind)
        receive_frames(conn);
    if (ready & G_IO_IN && conn->watched & G_IO_IN && conn->service && !conn->is_behind)
        read_socket(conn, now);
    else if (ready & (G_IO_HUP | G_IO_ERR))
        alj_conn_close(conn);
    if (conn->service)
        resume_waiting(conn);
    if (conn->service)
        check_times(conn, now);
    atomic_store(&conn->is_woken, false);
    if (conn->service)
        write_socket(conn, now);
    return conn->service ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
finalize(GSource *source)
{
    AljConn *conn = (AljConn *) source;
    alj_outbox_clear(&conn->outbox);
    g_clear_pointer(&conn->late_finish, g_array_unref);
    g_free(conn->uri);
}

static GSourceFuncs conn_funcs = { .dispatch = dispatch, .finalize = finalize };

AljConn *
alj_conn_new(AljService *service, int take_fd, const AljPeer *peer, bool is_readonly)
{
    AljConn *conn = (AljConn *) g_source_new(&conn_funcs, sizeof(AljConn));
    alj_refs_init(&conn->refs);
    conn->service = service;
    conn->fd = take_fd;
    conn->peer = *peer;
    conn->client_uid = peer->uid;
    conn->is_readonly = is_readonly;
    conn->sent_usec = conn->heard_usec = g_get_monotonic_time();
    conn->late_finish = g_array_new(false, false, sizeof(AljFrame));
    alj_outbox_init(&conn->outbox);
    g_queue_init(&conn->waiting);
    conn->watched = G_IO_IN;
    conn->fd_tag = g_source_add_unix_fd(&conn->source, take_fd, G_IO_IN);
    g_source_set_static_name(&conn->source, "aljibe connection");
    g_source_set_can_recurse(&conn->source, true); /* it never does; GLib then need not block it, which wakes its poll twice */
    alj_service_joined(service, conn);
    (void) g_source_attach(&conn->source, service->context);
    return conn;
}
