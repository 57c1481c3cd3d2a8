/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two sides of a transfer share: transfer.c on the loop thread, transfer_run.c on the operation's. */
#pragma once

#include "base/guard.h"
#include "base/refs.h"
#include "daemon/transfer.h"

#define ALJ_TRANSFER_FULL_BYTES   (1024 * 1024) /* what waits to be written: no more is read then … */
#define ALJ_TRANSFER_RESUME_BYTES (512 * 1024)  /* … until so little is left */

typedef enum AljTransferEnd {
    ALJ_TRANSFER_GOES_ON,
    ALJ_TRANSFER_FINISHED, /* the client has had enough of a download */
    ALJ_TRANSFER_ABORTED,
    ALJ_TRANSFER_REFUSED   /* the client broke the rules; see refusal */
} AljTransferEnd;

typedef enum AljTransferItemKind {
    ALJ_ITEM_DATA,
    ALJ_ITEM_HOLE,
    ALJ_ITEM_FINISH
} AljTransferItemKind;

/** AljTransferItem: one packet of an upload. */
typedef struct AljTransferItem {
    AljTransferItemKind kind;
    size_t size;
    const uint8_t *data; /* in block */
    uint8_t *block;      /* (owned, nullable) */
    uint64_t hole_bytes;
} AljTransferItem;

typedef struct AljTransfer {
    AljRefs refs;
    AljConn *conn;  /* counted */
    AljFrame frame; /* of the call: program, procedure and serial of all its packets */
    bool is_upload, is_sparse;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GQueue items;          /* of AljTransferItem; under the mutex, like all until the next blank line */
    size_t queued_bytes;
    bool is_full;
    bool has_finish;
    AljTransferEnd end;
    GError *refusal;
    bool awaits_finish; /* all data of a download was sent and the client has not said anything yet */

    atomic_bool stop;    /* end was set; what the outbox is watched with */
    atomic_bool is_over; /* set before the last packet is sent */
    AljRequest *request; /* until the reply was sent; the operation's thread only */
} AljTransfer;

/** alj_transfer_item_free: @item: (transfer full) an AljTransferItem */
void alj_transfer_item_free(void *item);

AljTransfer *alj_transfer_ref(AljTransfer *transfer);
void alj_transfer_unref(AljTransfer *transfer);

/** alj_transfer_run, alj_transfer_done: the callbacks of the operation. */
bool alj_transfer_run(AljOp *op, struct AljStream *stream, GError **error);
void alj_transfer_done(AljOp *op, const GError *error);
