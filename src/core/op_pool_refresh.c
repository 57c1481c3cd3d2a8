/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool-refresh, and the return of a pool after a restart of the daemon. On the pool's lane, beside volume operations. A scan
 * that fails never stops the pool.
 */
#include "core/op_rows.h"

#include "base/guard.h"
#include "base/log.h"
#include "core/core_private.h"
#include "core/definitions.h"

#define READ_AGAIN_USEC G_USEC_PER_SEC

bool
alj_op_pool_refresh(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (state->is_gone)
        return alj_pool_fail_gone(pool, error);
    if (!state->is_active)
        return alj_pool_fail_inactive(pool, error);
    if (!alj_pool_scan(pool, job, state->def, false, error))
        return false;
    alj_intents_settle(job, pool);
    alj_events_send(job->core->events, ALJ_EVENT_REFRESH, pool);
    return true;
}

/* The pool is not up in the world any more: what the state file says is over. */
static bool
forget_active(AljJob *job, AljPool *pool, GError **error)
{
    if (!alj_store_remove_state(job->core->store, pool->name, error))
        return false;
    AljPoolState *next = alj_pool_edit(pool);
    alj_pool_state_set_inactive(next);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* also if the job was given up: so it is */
    AljLogFields about = { .pool = pool->name, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_WARNING, &about, "was active, but its storage is not there any more");
    ALJ_LOCK(&job->core->definitions);
    if (!alj_pool_is_persistent(pool))
        alj_definitions_leave(pool);
    return true;
}

/* A pool that cannot be asked or read now stays active: its storage may come back, and clients must not be told otherwise. */
static void
remember_failure(AljPool *pool, AljJob *job, const GError *failure)
{
    g_autofree char *reason = alj_error_text(failure);
    AljPoolState *next = alj_pool_edit(pool);
    alj_pool_state_set_failed(next, reason);
    (void) alj_pool_publish(pool, job, next, NULL); /* the caller reports the failure itself */
}

bool
alj_op_pool_restore(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    const AljBackend *backend = alj_pool_backend(pool, state);
    bool is_up = true;
    GError *failure = NULL;
    if (!state->is_active || state->is_scanned) /* a client was faster: stopped, or refreshed */
        return true;
    if (backend->pool_probe && !backend->pool_probe(&job->call, state->def, &is_up, &failure)) {
        remember_failure(pool, job, failure);
        g_propagate_error(error, failure);
        return false;
    }
    if (!is_up)
        return forget_active(job, pool, error);
    if (!alj_pool_scan(pool, job, state->def, false, error))
        return false;
    alj_intents_settle(job, pool);
    return true;
}

static void
end_reading_again(AljOp *op, const GError *error)
{
    ALJ_LOCK(&op->pool->mutex);
    op->pool->read_again_usec = g_get_monotonic_time() + READ_AGAIN_USEC;
}

static bool
begin_reading_again(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    if (g_get_monotonic_time() < pool->read_again_usec)
        return false;
    pool->read_again_usec = G_MAXINT64;
    return true;
}

bool
alj_pool_use_volumes(AljPool *pool, const AljPoolState *state, GError **error)
{
    bool could_not_be_read = state->is_active && !state->is_scanned && state->is_stale;
    if (could_not_be_read && begin_reading_again(pool)) {
        AljOp *op = alj_op_new(pool->core, ALJ_OP_POOL_RESTORE, pool);
        op->done = end_reading_again;
        alj_op_submit(op);
    }
    return alj_pool_need_volumes(pool, state, error);
}
