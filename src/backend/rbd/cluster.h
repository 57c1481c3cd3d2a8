/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection of one pool to its cluster, which all threads share, and how failures of its library are told. Every call may wait as long
 * as rados_osd_op_timeout says.
 */
#pragma once

#include "backend/backend.h"
#include "host/host.h"

#include <rados/librados.h>
#include <rbd/librbd.h>

typedef struct AljRbdPurger AljRbdPurger;

typedef struct AljRbd {
    rados_t cluster;
    rados_ioctx_t io;     /* the pool, and in it the namespace */
    AljRbdPurger *purger; /* see purge.h */
} AljRbd;

/** alj_rbd_connect: logs in to the cluster of @pool. Returns: an AljRbd. Errors: SYSTEM, NO_SECRET, INTERNAL, INVALID_ARG, CONFIG_UNSUPPORTED. */
void *alj_rbd_connect(AljCall *call, const AljPoolDef *pool, GError **error);
void alj_rbd_disconnect(void *connection);

/** alj_rbd_get: the pool's connection. (borrowed) */
static inline AljRbd *
alj_rbd_get(AljCall *call, const AljPoolDef *pool, GError **error)
{
    return call->get_connection(call, pool, error);
}

/** alj_rbd_gate: 0, or what the next call of the library must fail with: `int r = alj_rbd_gate(call, "open") ?: rbd_open(…);`. */
static inline int
alj_rbd_gate(const AljCall *call, const char *what)
{
    return -alj_host_gate(call->host, what);
}

/** alj_rbd_live: the totals, which are the cluster's. @ret: zeroed. Errors: SYSTEM. */
bool alj_rbd_live(AljCall *call, const AljPoolDef *pool, AljPoolLive *ret, GError **error);
