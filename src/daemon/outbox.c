/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The output queue of a connection. Frames are moved in and written as they are, many in one system call. The mutex guards
 * the hand-over from other threads for a few instructions; the part that is being sent belongs to the loop thread.
 */
#include "daemon/outbox.h"

#include "base/guard.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define GATHER_MAX 64
#define WIPED_MAX_BYTES (128 * 1024)

void
alj_outbox_init(AljOutbox *outbox)
{
    pthread_condattr_t monotonic;
    *outbox = (AljOutbox){ 0 };
    pthread_mutex_init(&outbox->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&outbox->drained, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* Leaves nothing of short frames in memory: they may hold a secret, and wiping them costs next to nothing. */
static void
free_frame(void *data)
{
    GByteArray *frame = data;
    if (frame->len <= WIPED_MAX_BYTES)
        explicit_bzero(frame->data, frame->len);
    g_byte_array_unref(frame);
}

void
alj_outbox_clear(AljOutbox *outbox)
{
    g_queue_clear_full(&outbox->queued, free_frame);
    g_queue_clear_full(&outbox->sending, free_frame);
    pthread_cond_destroy(&outbox->drained);
    pthread_mutex_destroy(&outbox->mutex);
}

void
alj_outbox_push(AljOutbox *outbox, GByteArray *take_frame)
{
    {
        ALJ_LOCK(&outbox->mutex);
        if (!outbox->is_closed) {
            outbox->bytes += take_frame->len;
            g_queue_push_tail(&outbox->queued, g_steal_pointer(&take_frame));
        }
    }
    g_clear_pointer(&take_frame, free_frame);
}

size_t
alj_outbox_bytes(AljOutbox *outbox)
{
    ALJ_LOCK(&outbox->mutex);
    return outbox->bytes;
}

/* Moves what others have queued to the loop's side. */
static void
take_queued(AljOutbox *outbox)
{
    ALJ_LOCK(&outbox->mutex);
    for (GByteArray *frame = NULL; (frame = g_queue_pop_head(&outbox->queued)) != NULL;)
        g_queue_push_tail(&outbox->sending, frame);
}

static size_t
gather(AljOutbox *outbox, struct iovec parts[static GATHER_MAX])
{
    size_t n = 0, offset = outbox->sent_of_head;
    for (GList *item = outbox->sending.head; item && n < GATHER_MAX; item = item->next, offset = 0) {
        GByteArray *frame = item->data;
        parts[n++] = (struct iovec){ frame->data + offset, frame->len - offset };
    }
    return n;
}

static void
forget_sent(AljOutbox *outbox, size_t sent)
{
    {
        ALJ_LOCK(&outbox->mutex);
        outbox->bytes -= sent;
        pthread_cond_broadcast(&outbox->drained);
    }
    while (sent > 0) {
        GByteArray *head = g_queue_peek_head(&outbox->sending);
        size_t left = head->len - outbox->sent_of_head;
        if (sent < left) {
            outbox->sent_of_head += sent;
            return;
        }
        sent -= left;
        outbox->sent_of_head = 0;
        free_frame(g_queue_pop_head(&outbox->sending));
    }
}

AljOutboxState
alj_outbox_write(AljOutbox *outbox, int fd, size_t *ret_sent)
{
    *ret_sent = 0;
    for (;;) {
        struct iovec parts[GATHER_MAX];
        take_queued(outbox);
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = gather(outbox, parts) };
        if (message.msg_iovlen == 0)
            return ALJ_OUTBOX_EMPTY;
        ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? ALJ_OUTBOX_BLOCKED : ALJ_OUTBOX_BROKEN;
        *ret_sent += (size_t) sent;
        forget_sent(outbox, (size_t) sent);
    }
}

AljOutboxRoom
alj_outbox_wait(AljOutbox *outbox, size_t max_bytes, const atomic_bool *stop)
{
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    ALJ_LOCK(&outbox->mutex);
    while (outbox->bytes > max_bytes && !outbox->is_closed && !atomic_load(stop) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&outbox->drained, &outbox->mutex, &until);
    if (outbox->is_closed || atomic_load(stop))
        return ALJ_OUTBOX_STOPPED;
    return outbox->bytes > max_bytes ? ALJ_OUTBOX_NO_ROOM_YET : ALJ_OUTBOX_ROOM;
}

void
alj_outbox_wake(AljOutbox *outbox)
{
    ALJ_LOCK(&outbox->mutex);
    pthread_cond_broadcast(&outbox->drained);
}

void
alj_outbox_close(AljOutbox *outbox)
{
    g_queue_clear_full(&outbox->sending, free_frame);
    ALJ_LOCK(&outbox->mutex);
    g_queue_clear_full(&outbox->queued, free_frame);
    outbox->bytes = 0;
    outbox->sent_of_head = 0;
    outbox->is_closed = true;
    pthread_cond_broadcast(&outbox->drained);
}
