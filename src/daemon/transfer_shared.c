/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transfer as an object, which lasts as long as one of its two threads holds it. Any thread. */
#include "daemon/transfer_private.h"

void
alj_transfer_item_free(void *data)
{
    AljTransferItem *item = data;
    g_free(item->block);
    g_free(item);
}

AljTransfer *
alj_transfer_ref(AljTransfer *transfer)
{
    alj_refs_inc(&transfer->refs);
    return transfer;
}

void
alj_transfer_unref(AljTransfer *transfer)
{
    if (!alj_refs_dec(&transfer->refs))
        return;
    g_queue_clear_full(&transfer->items, alj_transfer_item_free);
    g_clear_error(&transfer->refusal);
    pthread_cond_destroy(&transfer->changed);
    pthread_mutex_destroy(&transfer->mutex);
    alj_conn_unref(transfer->conn);
    g_free(transfer);
}
