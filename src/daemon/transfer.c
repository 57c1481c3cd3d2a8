/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A transfer is shared by two threads: the loop brings packets and requests to end, the operation's thread (transfer_run.c) moves
 * bytes and sends. The mutex of the transfer guards what passes between them. The last packet is always sent by the
 * operation's end, so there is exactly one, and it comes last.
 */
#include "daemon/transfer_private.h"

#include "daemon/reply.h"
#include "daemon/service_private.h"

#define PER_CONNECTION_MAX 8
#define ALL_MAX            256
#define LATE_FINISH_MAX    64 /* ended downloads remembered per connection; go-libvirt never finishes any */

static AljTransfer *
find_transfer(const AljConn *conn, const AljFrame *frame)
{
    for (GSList *item = conn->transfers; item; item = item->next) {
        AljTransfer *transfer = item->data;
        if (transfer->frame.serial == frame->serial && transfer->frame.procedure == frame->procedure &&
            transfer->frame.program == frame->program)
            return transfer;
    }
    return NULL;
}

static bool
is_serial_in_use(const AljConn *conn, uint32_t serial)
{
    for (GSList *item = conn->transfers; item; item = item->next) {
        if (((AljTransfer *) item->data)->frame.serial == serial)
            return true;
    }
    return false;
}

static AljTransfer *
new_transfer(AljRequest *request, const AljTransferArgs *args)
{
    pthread_condattr_t monotonic;
    AljTransfer *transfer = g_new0(AljTransfer, 1);
    alj_refs_init(&transfer->refs);
    transfer->conn = alj_conn_ref(request->conn);
    transfer->frame = request->frame;
    transfer->request = request;
    transfer->is_upload = args->kind == ALJ_OP_VOL_UPLOAD;
    transfer->is_sparse = args->is_sparse;
    pthread_mutex_init(&transfer->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&transfer->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    g_queue_init(&transfer->items);
    return transfer;
}

AljOutcome
alj_transfer_start(AljRequest *request, AljPool *pool, const AljTransferArgs *args, GError **error)
{
    AljConn *conn = request->conn;
    if (is_serial_in_use(conn, request->frame.serial)) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "serial %u is that of an open stream", request->frame.serial);
        return ALJ_FAILED;
    }
    if (conn->n_transfers >= PER_CONNECTION_MAX || conn->service->n_transfers >= ALL_MAX) {
        alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_BUSY, "too many streams are open");
        return ALJ_FAILED;
    }
    AljTransfer *transfer = new_transfer(request, args);
    conn->transfers = g_slist_prepend(conn->transfers, transfer);
    conn->n_transfers++;
    conn->service->n_transfers++;

    AljOp *op = alj_request_op(request, args->kind, pool);
    op->vol_name = g_strdup(args->volume);
    op->offset = args->offset;
    op->length = args->length;
    op->flags = args->is_sparse ? 1 : 0;
    op->transfer = alj_transfer_run;
    op->done = alj_transfer_done;
    op->data = alj_transfer_ref(transfer);
    (void) alj_request_defer(request);
    (void) alj_op_submit(op);
    return ALJ_DEFERRED;
}

/* Tells the operation's thread to end as @end says. The first word counts. */
static void
request_end(AljTransfer *transfer, AljTransferEnd end, const GError *refusal)
{
    {
        ALJ_LOCK(&transfer->mutex);
        if (transfer->awaits_finish)
            alj_conn_send(transfer->conn, alj_reply_stream(&transfer->frame, ALJ_STATUS_OK));
        transfer->awaits_finish = false;
        if (transfer->end != ALJ_TRANSFER_GOES_ON)
            return;
        transfer->end = end;
        if (refusal)
            transfer->refusal = g_error_copy(refusal);
        atomic_store(&transfer->stop, true);
        pthread_cond_broadcast(&transfer->changed);
    }
    alj_outbox_wake(&transfer->conn->outbox);
}

static void
put_item(AljTransfer *transfer, AljTransferItem *take_item)
{
    ALJ_LOCK(&transfer->mutex);
    if (transfer->end != ALJ_TRANSFER_GOES_ON || transfer->has_finish) {
        alj_transfer_item_free(take_item);
        return;
    }
    transfer->has_finish = take_item->kind == ALJ_ITEM_FINISH;
    transfer->queued_bytes += take_item->size;
    transfer->is_full = transfer->is_full || transfer->queued_bytes >= ALJ_TRANSFER_FULL_BYTES;
    g_queue_push_tail(&transfer->items, take_item);
    pthread_cond_broadcast(&transfer->changed);
}

static void
refuse(AljTransfer *transfer, AljError code, const char *text)
{
    g_autoptr(GError) error = NULL;
    alj_fail_area(&error, ALJ_AREA_STREAMS, code, "%s", text);
    request_end(transfer, ALJ_TRANSFER_REFUSED, error);
}

static void
receive_hole(AljTransfer *transfer, const uint8_t *payload, size_t size)
{
    AljWireHole hole = { 0 };
    if (!alj_xdr_decode(alj_wire_hole, payload, size, &hole, NULL) || hole.length <= 0 || hole.flags != 0) {
        refuse(transfer, ALJ_ERROR_INVALID_ARG, "a hole must have a positive length and no flags");
        return;
    }
    if (!transfer->is_upload || !transfer->is_sparse) {
        refuse(transfer, ALJ_ERROR_RPC, "unexpected stream hole");
        return;
    }
    AljTransferItem *item = g_new0(AljTransferItem, 1);
    *item = (AljTransferItem){ .kind = ALJ_ITEM_HOLE, .hole_bytes = (uint64_t) hole.length };
    put_item(transfer, item);
}

/* The bytes of @payload are kept where the socket put them if they fill that memory well. */
static void
receive_data(AljTransfer *transfer, const uint8_t *payload, size_t size)
{
    if (!transfer->is_upload) {
        refuse(transfer, ALJ_ERROR_RPC, "stream had unexpected termination");
        return;
    }
    if (size == 0)
        return;
    AljTransferItem *item = g_new(AljTransferItem, 1);
    *item = (AljTransferItem){ .kind = ALJ_ITEM_DATA, .size = size, .data = payload };
    item->block = alj_inbox_take(&transfer->conn->inbox, ALJ_FRAME_HEADER_BYTES + size);
    if (!item->block)
        item->data = item->block = g_memdup2(payload, size);
    put_item(transfer, item);
}

static void
receive_finish(AljTransfer *transfer)
{
    if (transfer->is_upload) {
        AljTransferItem *item = g_new0(AljTransferItem, 1);
        item->kind = ALJ_ITEM_FINISH;
        put_item(transfer, item);
    } else {
        request_end(transfer, ALJ_TRANSFER_FINISHED, NULL);
    }
}

/* A finish or abort that comes when all data of a download has gone out already. */
static bool
confirm_late(AljConn *conn, const AljFrame *frame)
{
    for (guint i = 0; i < conn->late_finish->len; i++) {
        const AljFrame *ended = &g_array_index(conn->late_finish, AljFrame, i);
        if (ended->serial != frame->serial || ended->procedure != frame->procedure)
            continue;
        if (frame->type == ALJ_FRAME_STREAM && frame->status != ALJ_STATUS_CONTINUE) {
            alj_conn_send(conn, alj_reply_stream(ended, ALJ_STATUS_OK));
            g_array_remove_index(conn->late_finish, i);
        }
        return true;
    }
    return false;
}

bool
alj_transfer_receive(AljConn *conn, const AljFrame *frame, const uint8_t *payload, size_t size)
{
    alj_transfer_sweep(conn);
    AljTransfer *transfer = find_transfer(conn, frame);
    if (!transfer)
        return confirm_late(conn, frame);
    if (frame->type == ALJ_FRAME_STREAM_HOLE) {
        receive_hole(transfer, payload, size);
    } else if (frame->status == ALJ_STATUS_CONTINUE) {
        receive_data(transfer, payload, size);
    } else if (frame->status == ALJ_STATUS_OK) {
        receive_finish(transfer);
    } else if (frame->status == ALJ_STATUS_ERROR) {
        request_end(transfer, ALJ_TRANSFER_ABORTED, NULL);
    } else {
        g_autofree char *text = g_strdup_printf("stream aborted with unexpected status %d", frame->status);
        refuse(transfer, ALJ_ERROR_RPC, text);
    }
    return true;
}

void
alj_transfer_fail(AljConn *conn, const AljFrame *frame, const GError *error)
{
    AljTransfer *transfer = find_transfer(conn, frame);
    if (transfer)
        request_end(transfer, ALJ_TRANSFER_REFUSED, error);
}

bool
alj_transfer_is_full(AljConn *conn)
{
    for (GSList *item = conn->transfers; item; item = item->next) {
        AljTransfer *transfer = item->data;
        ALJ_LOCK(&transfer->mutex);
        if (transfer->is_full && transfer->end == ALJ_TRANSFER_GOES_ON)
            return true;
    }
    return false;
}

/* Removes a transfer from its connection. Returns what follows it in the list. */
static GSList *
forget(AljConn *conn, GSList *item)
{
    GSList *next = item->next;
    alj_transfer_unref(item->data);
    conn->transfers = g_slist_delete_link(conn->transfers, item);
    conn->n_transfers--;
    conn->service->n_transfers--;
    return next;
}

static void
remember_late_finish(AljConn *conn, AljTransfer *transfer)
{
    ALJ_LOCK(&transfer->mutex);
    if (!transfer->awaits_finish)
        return;
    if (conn->late_finish->len >= LATE_FINISH_MAX)
        g_array_remove_index(conn->late_finish, 0);
    g_array_append_val(conn->late_finish, transfer->frame);
}

void
alj_transfer_sweep(AljConn *conn)
{
    for (GSList *item = conn->transfers; item;) {
        AljTransfer *transfer = item->data;
        if (!atomic_load(&transfer->is_over)) {
            item = item->next;
            continue;
        }
        remember_late_finish(conn, transfer);
        item = forget(conn, item);
    }
}

void
alj_transfer_abort_all(AljConn *conn)
{
    for (GSList *item = conn->transfers; item;) {
        request_end(item->data, ALJ_TRANSFER_ABORTED, NULL);
        item = forget(conn, item);
    }
}
