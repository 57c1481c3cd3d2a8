/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection of a pool to its server, for types whose library keeps one (AljBackend.connect): made at the first use, shared by all
 * work on the pool, ended in the background when the pool has stopped and the last call that used it is over.
 */
#pragma once

#include "core/core.h"

typedef struct AljConnection AljConnection;

/**
 * alj_connection_get:
 * The connection for @call, which holds it until alj_call_clear(). One thread makes it, others wait for that as long as their
 * deadline allows. @def: the pool's live definition. Returns: what `connect` made (borrowed), or NULL.
 * Errors: of `connect`; NO_SUPPORT; ABORTED, TIMEOUT of call->task.
 */
void *alj_connection_get(AljPool *pool, AljCall *call, const AljPoolDef *def, GError **error);

/** alj_connection_drop: the pool is down, or was never up: the next use makes a new one. */
void alj_connection_drop(AljPool *pool);

void alj_connection_unref(AljConnection *connection);
