/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a pool, for this folder: how its state is changed, who may work on it, and which workers it has. */
#pragma once

#include "base/refs.h"
#include "base/workers.h"
#include "core/core.h"
#include "core/state.h"

#include <pthread.h>
#include <stdatomic.h>

struct AljJob;

typedef enum AljPoolPhase {
    ALJ_PHASE_IDLE,
    ALJ_PHASE_STARTING, /* being built, started or deleted: not active and not free */
    ALJ_PHASE_STOPPING, /* still active, but takes no new volume work */
} AljPoolPhase;

struct AljPool {
    AljRefs refs;
    AljCore *core; /* outlives all work on the pool */
    char *name;
    AljUuid uuid;

    pthread_mutex_t publishing; /* one writer of `state` at a time; memory work only. Readers never take it */
    GPtrArray *journal;         /* (nullable) of char *: names of volumes changed since the running scan began (scan.c) */

    pthread_mutex_t mutex;      /* the rest; held for a few instructions */
    AljPoolState *state;
    AljPoolPhase phase;
    GSList *claims;             /* of AljClaim (core/claims.h) */
    unsigned n_volume_jobs;     /* claims that are no streams */
    GHashTable *temporaries;    /* names that operations of this process own */
    unsigned n_stuck;           /* work past its deadline that has not come back */
    gint64 stuck_since_usec;
    struct AljConnection *connection; /* (nullable) to its server */
    bool is_connecting;         /* a thread makes it … */
    unsigned connection_epoch;  /* … for this time of being up */
    pthread_cond_t connected;   /* one of these changed */
    gint64 read_again_usec;     /* not before that; G_MAXINT64 while it happens (op_pool_refresh.c) */

    atomic_uint quick_due;      /* after a late answer: so many quick ones are due before it is asked on the caller's thread again */
    AljWorkers *lane, *beside, *streams, *looks;
};

/** alj_pool_new: a pool that nobody knows yet; its name and uuid are those of the definition. @take_state: (transfer full) */
AljPool *alj_pool_new(AljCore *core, AljPoolState *take_state);

/** alj_pool_state: the snapshot of now. (transfer full) Any thread, never waits for work. */
AljPoolState *alj_pool_state(AljPool *pool);

/**
 * alj_pool_edit:
 * Begins a change: other writers of this pool wait until alj_pool_publish() or alj_pool_drop(). Memory work only in between.
 * Returns: a copy of the current state (transfer full).
 */
AljPoolState *alj_pool_edit(AljPool *pool);

/**
 * alj_pool_publish:
 * @job: (nullable) who changes it; the change of a job that was given up is dropped
 * @take_next: (transfer full) from alj_pool_edit(); its volumes are the same as before unless it became inactive
 * Errors: TIMEOUT if @job was given up.
 */
bool alj_pool_publish(AljPool *pool, const struct AljJob *job, AljPoolState *take_next, GError **error);

/** alj_pool_drop: ends alj_pool_edit() without a change. */
void alj_pool_drop(AljPool *pool, AljPoolState *take_next);

/**
 * alj_pool_set_vol, alj_pool_unset_vol:
 * Publishes one volume as new or changed, or as gone. @grown_bytes: what that adds to the allocation on the medium; the
 * pool's totals follow, if the type says so (ALJ_TRAIT_KEEPS_TOTALS). Nothing happens if @job was given up or the pool
 * is no longer active.
 */
void alj_pool_set_vol(AljPool *pool, const struct AljJob *job, AljVolDef *vol, gint64 grown_bytes);
void alj_pool_unset_vol(AljPool *pool, const struct AljJob *job, const char *name, gint64 grown_bytes);

/**
 * alj_pool_renew_totals: has the backend say what the pool holds now that a volume changed, if it is for it to say
 * (pool_live). A failure is logged: the volume has changed all the same.
 */
void alj_pool_renew_totals(AljPool *pool, struct AljJob *job);

/**
 * alj_pool_scan:
 * Reads the whole pool through its backend and publishes the result; volumes that were made, changed or deleted
 * meanwhile stay as they are. @activates: the pool becomes active with it. On failure the inventory stays and is marked
 * stale. Runs on the pool's lane.
 */
bool alj_pool_scan(AljPool *pool, struct AljJob *job, const AljPoolDef *def, bool activates, GError **error);

/* Phases of the lane's work. Errors: NO_POOL for a pool that is gone, BAD_STATE with libvirt's words. */
bool alj_pool_begin_start(AljPool *pool, GError **error); /* needs an inactive pool: "already active" */
bool alj_pool_begin_delete(AljPool *pool, GError **error); /* the same: "still active" */
bool alj_pool_begin_stop(AljPool *pool, GError **error);  /* needs an active pool without volume jobs */

/** alj_pool_end_phase: the pool is free again; if it is not active, a definition that waited is now the only one. */
void alj_pool_end_phase(AljPool *pool);

/** alj_pool_is_starting: whether the pool is in ALJ_PHASE_STARTING. */
bool alj_pool_is_starting(AljPool *pool);

/* Errors in libvirt's words, so that they are the same everywhere. Always false. */
bool alj_pool_fail_inactive(const AljPool *pool, GError **error);
bool alj_pool_fail_gone(const AljPool *pool, GError **error);
bool alj_pool_fail_no_vol(const char *name, GError **error);

/** alj_pool_need_volumes: whether @state can be asked for volumes. Errors: BAD_STATE. */
bool alj_pool_need_volumes(const AljPool *pool, const AljPoolState *state, GError **error);

/**
 * alj_pool_use_volumes: alj_pool_need_volumes() on behalf of somebody who may come again: a pool that could not be read after a
 * restart is read again for him, in the background and at most once a second. Not with a lock held.
 */
bool alj_pool_use_volumes(AljPool *pool, const AljPoolState *state, GError **error);

/** alj_pool_backend: its type's backend now (the live definition's). */
const AljBackend *alj_pool_backend(const AljPool *pool, const AljPoolState *state);
