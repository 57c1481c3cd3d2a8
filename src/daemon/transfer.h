/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Uploads and downloads: the protocol's stream packets on the loop's side, an operation of the core on the other. Each transfer has
 * the operation's own thread, which may block; the loop thread never does.
 */
#pragma once

#include "daemon/request.h"

#define ALJ_STREAM_RECEIVE_MAX_BYTES (8 * 1024 * 1024) /* payload of one packet from a client */

/** AljTransferArgs: what to move. */
typedef struct AljTransferArgs {
    AljOpKind kind; /* ALJ_OP_VOL_UPLOAD or ALJ_OP_VOL_DOWNLOAD */
    const char *volume;
    uint64_t offset, length;
    bool is_sparse;
} AljTransferArgs;

/** alj_transfer_start: as a handler's outcome: the reply goes out once the volume is open. Errors: BUSY, RPC (serial in use). */
AljOutcome alj_transfer_start(AljRequest *request, AljPool *pool, const AljTransferArgs *args, GError **error);

/** alj_transfer_receive: one STREAM or STREAM_HOLE packet. Returns: false if it belongs to no transfer of @conn. */
bool alj_transfer_receive(AljConn *conn, const AljFrame *frame, const uint8_t *payload, size_t size);

/** alj_transfer_fail: ends the transfer that @frame belongs to, if there is one, with @error. */
void alj_transfer_fail(AljConn *conn, const AljFrame *frame, const GError *error);

/** alj_transfer_is_full: whether an upload of @conn holds as much as it may, so that nothing more should be read. */
bool alj_transfer_is_full(AljConn *conn);

/** alj_transfer_sweep: forgets transfers that are over. */
void alj_transfer_sweep(AljConn *conn);

/** alj_transfer_abort_all: the client has gone: all end where they are; what was written stays. */
void alj_transfer_abort_all(AljConn *conn);
