/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/**
 * AljOutbox: frames on their way to one client. Any thread adds; the loop thread alone writes, with no lock held while it
 * does. Threads with much to send wait here for room.
 */
typedef struct AljOutbox {
    pthread_mutex_t mutex;
    pthread_cond_t drained; /* bytes became fewer, or the box was closed, or somebody was told to stop */
    GQueue queued;          /* of GByteArray; under the mutex */
    size_t bytes;           /* queued and being sent; under the mutex */
    bool is_closed;         /* under the mutex */
    GQueue sending;         /* of GByteArray; loop thread only */
    size_t sent_of_head;    /* loop thread only */
} AljOutbox;

void alj_outbox_init(AljOutbox *outbox);

/** alj_outbox_clear: frees everything. Nobody may wait any more. */
void alj_outbox_clear(AljOutbox *outbox);

/** alj_outbox_push: adds one frame; dropped if the box is closed. Any thread. */
void alj_outbox_push(AljOutbox *outbox, GByteArray *take_frame);

/** AljOutboxState: what a write achieved. */
typedef enum AljOutboxState {
    ALJ_OUTBOX_EMPTY,
    ALJ_OUTBOX_BLOCKED, /* the client does not read now */
    ALJ_OUTBOX_BROKEN   /* the client has gone */
} AljOutboxState;

/** alj_outbox_write: sends what the socket takes without waiting. *@ret_sent: bytes sent by this call. Loop thread. */
AljOutboxState alj_outbox_write(AljOutbox *outbox, int fd, size_t *ret_sent);

/** alj_outbox_bytes: not yet sent. Any thread. */
size_t alj_outbox_bytes(AljOutbox *outbox);

/** AljOutboxRoom: what waiting for room has brought. */
typedef enum AljOutboxRoom {
    ALJ_OUTBOX_ROOM,
    ALJ_OUTBOX_NO_ROOM_YET, /* a second has passed */
    ALJ_OUTBOX_STOPPED      /* the box was closed, or *stop is true */
} AljOutboxRoom;

/** alj_outbox_wait: waits until at most @max_bytes are unsent, or alj_outbox_wake() after *@stop became true. Not on the loop thread. */
AljOutboxRoom alj_outbox_wait(AljOutbox *outbox, size_t max_bytes, const atomic_bool *stop);

/** alj_outbox_wake: waiters look at their stop flags. Any thread. */
void alj_outbox_wake(AljOutbox *outbox);

/** alj_outbox_close: drops what is unsent; waiters return. Loop thread. */
void alj_outbox_close(AljOutbox *outbox);
