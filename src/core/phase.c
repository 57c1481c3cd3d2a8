/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What part of its life a pool is in: one start, stop or deletion at a time, and none with work under way. Memory work only. */
#include "core/pool_private.h"

#include "base/guard.h"
#include "core/core_private.h"

/* Errors common to all beginnings. Called with the mutex held. */
static bool
check_phase(const AljPool *pool, GError **error)
{
    if (pool->state->is_gone)
        return alj_pool_fail_gone(pool, error);
    switch (pool->phase) {
    case ALJ_PHASE_STARTING:
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is starting up", pool->name);
    case ALJ_PHASE_STOPPING:
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is being stopped", pool->name);
    case ALJ_PHASE_IDLE:
        break;
    }
    return true;
}

static bool
begin_inactive(AljPool *pool, const char *else_text, GError **error)
{
    ALJ_LOCK(&pool->mutex);
    if (!check_phase(pool, error))
        return false;
    if (pool->state->is_active)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is %s active", pool->name, else_text);
    pool->phase = ALJ_PHASE_STARTING;
    return true;
}

bool
alj_pool_begin_start(AljPool *pool, GError **error)
{
    return begin_inactive(pool, "already", error);
}

bool
alj_pool_begin_delete(AljPool *pool, GError **error)
{
    return begin_inactive(pool, "still", error);
}

bool
alj_pool_begin_stop(AljPool *pool, GError **error)
{
    ALJ_LOCK(&pool->mutex);
    if (!check_phase(pool, error))
        return false;
    if (!pool->state->is_active)
        return alj_pool_fail_inactive(pool, error);
    if (pool->n_volume_jobs > 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "pool '%s' has asynchronous jobs running.", pool->name);
    pool->phase = ALJ_PHASE_STOPPING;
    return true;
}

void
alj_pool_end_phase(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool); /* who redefines the pool sees phase and definition change in one step */
    bool has_waited = !next->is_active && next->pending;
    if (has_waited)
        alj_pool_state_set_inactive(next);
    pthread_mutex_lock(&pool->mutex);
    pool->phase = ALJ_PHASE_IDLE;
    pthread_mutex_unlock(&pool->mutex);
    if (has_waited)
        (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    else
        alj_pool_drop(pool, next);
}

bool
alj_pool_is_starting(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return pool->phase == ALJ_PHASE_STARTING;
}
