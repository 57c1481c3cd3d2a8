/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The side of a transfer that moves bytes: runs on the operation's own thread between the opened volume and the packets. It waits
 * for its client (room in the outbox, packets of an upload) and looks at the task while it does, so that a cancelled job ends
 * although the client is silent.
 */
#include "backend/stream.h"
#include "base/task.h"
#include "daemon/reply.h"
#include "daemon/transfer_private.h"

#include <time.h>

#define UNSENT_MAX_BYTES (768 * 1024) /* with one more packet this stays below 1 MiB */

static struct timespec
one_second_from_now(void)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_sec++;
    return when;
}

/*
 * The next packet of an upload, NULL without error when the client wants an end, NULL with error when the job must end.
 */
static AljTransferItem *
next_item(AljTransfer *transfer, const AljTask *task, GError **error)
{
    bool resumes = false;
    AljTransferItem *item = NULL;
    {
        ALJ_LOCK(&transfer->mutex);
        while (transfer->end == ALJ_TRANSFER_GOES_ON && g_queue_is_empty(&transfer->items)) {
            struct timespec until = one_second_from_now();
            if (!alj_task_check(task, "upload", error))
                return NULL;
            (void) pthread_cond_timedwait(&transfer->changed, &transfer->mutex, &until); /* the loop looks again either way */
        }
        if (transfer->end != ALJ_TRANSFER_GOES_ON)
            return NULL;
        item = g_queue_pop_head(&transfer->items);
        transfer->queued_bytes -= item->size;
        resumes = transfer->is_full && transfer->queued_bytes <= ALJ_TRANSFER_RESUME_BYTES;
        transfer->is_full = transfer->is_full && !resumes;
    }
    if (resumes)
        alj_conn_wake(transfer->conn); /* it may be read again */
    return item;
}

static bool
upload(AljTransfer *transfer, AljStream *stream, const AljTask *task, GError **error)
{
    for (bool is_finished = false; !is_finished;) {
        AljTransferItem *item = next_item(transfer, task, error);
        if (!item)
            return false;
        bool ok = true;
        switch (item->kind) {
        case ALJ_ITEM_DATA:
            ok = alj_stream_write(stream, item->data, item->size, error);
            break;
        case ALJ_ITEM_HOLE:
            ok = alj_stream_write_hole(stream, item->hole_bytes, error);
            break;
        case ALJ_ITEM_FINISH:
            is_finished = true;
            break;
        }
        g_free(item->block);
        g_free(item);
        if (!ok)
            return false;
    }
    return alj_stream_finish(stream, error);
}

/* Data is read right behind the space for the header. Returns: like alj_stream_read(). */
static gssize
send_block(AljTransfer *transfer, AljStream *stream, uint64_t *ret_hole_bytes, GError **error)
{
    AljFrame frame = transfer->frame;
    frame.type = ALJ_FRAME_STREAM;
    frame.status = ALJ_STATUS_CONTINUE;
    g_autoptr(GByteArray) packet = g_byte_array_sized_new(ALJ_FRAME_HEADER_BYTES + ALJ_STREAM_PACKET_BYTES);
    guint start = alj_frame_begin(packet, &frame);
    g_byte_array_set_size(packet, ALJ_FRAME_HEADER_BYTES + ALJ_STREAM_PACKET_BYTES);
    gssize got = alj_stream_read(stream, packet->data + ALJ_FRAME_HEADER_BYTES, ALJ_STREAM_PACKET_BYTES, ret_hole_bytes, error);
    if (got > 0) {
        g_byte_array_set_size(packet, (guint) (ALJ_FRAME_HEADER_BYTES + got));
        alj_frame_end(packet, start);
        alj_conn_send(transfer->conn, g_steal_pointer(&packet));
    }
    return got;
}

static bool
download(AljTransfer *transfer, AljStream *stream, const AljTask *task, GError **error)
{
    for (;;) {
        uint64_t hole_bytes = 0;
        AljOutboxRoom room = alj_outbox_wait(&transfer->conn->outbox, UNSENT_MAX_BYTES, &transfer->stop);
        if (room == ALJ_OUTBOX_STOPPED || !alj_task_check(task, "download", error))
            return false;
        if (room == ALJ_OUTBOX_NO_ROOM_YET)
            continue;
        gssize got = send_block(transfer, stream, &hole_bytes, error);
        if (got < 0)
            return false;
        if (got == 0 && hole_bytes == 0)
            return true;
        if (got == 0)
            alj_conn_send(transfer->conn, alj_reply_hole(&transfer->frame, hole_bytes));
    }
}

/* Ended by the client's word, not by a failure of ours: the core must know that it was not completed, the client is answered OK. */
static bool
stopped(GError **error)
{
    return alj_fail_area(error, ALJ_AREA_STREAMS, ALJ_ERROR_ABORTED, "the client ended the transfer");
}

bool
alj_transfer_run(AljOp *op, struct AljStream *stream, GError **error)
{
    AljTransfer *transfer = op->data;
    GError *failure = NULL;
    alj_request_finish(g_steal_pointer(&transfer->request), NULL, NULL);
    bool ok = transfer->is_upload ? upload(transfer, stream, op->task, &failure)
                                  : download(transfer, stream, op->task, &failure);
    if (failure)
        g_propagate_error(error, failure);
    return ok || (!failure ? stopped(error) : false);
}

/* The one last packet. Called with the mutex held. */
static GByteArray *
last_packet(AljTransfer *transfer, const GError *error)
{
    if (transfer->end == ALJ_TRANSFER_REFUSED)
        return alj_reply_error(&transfer->frame, ALJ_FRAME_STREAM, transfer->refusal);
    if (transfer->end != ALJ_TRANSFER_GOES_ON)
        return alj_reply_stream(&transfer->frame, ALJ_STATUS_OK);
    if (error)
        return alj_reply_error(&transfer->frame, ALJ_FRAME_STREAM, error);
    if (transfer->is_upload)
        return alj_reply_stream(&transfer->frame, ALJ_STATUS_OK);
    transfer->awaits_finish = true;
    return alj_reply_stream(&transfer->frame, ALJ_STATUS_CONTINUE);
}

void
alj_transfer_done(AljOp *op, const GError *error)
{
    AljTransfer *transfer = op->data;
    if (transfer->request) { /* never got as far as its reply */
        atomic_store(&transfer->is_over, true);
        alj_request_finish(g_steal_pointer(&transfer->request), NULL, error);
    } else {
        ALJ_LOCK(&transfer->mutex);
        GByteArray *packet = last_packet(transfer, error);
        atomic_store(&transfer->is_over, true); /* before the client can know and use the serial again */
        alj_conn_send(transfer->conn, packet);
    }
    alj_transfer_unref(transfer);
}
