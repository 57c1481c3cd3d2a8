/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who works for a pool: one lane for what changes the pool, four workers beside it for volumes, threads for streams and one for
 * questions. All are the pool's own, so whatever hangs in one pool takes nothing from another. A thread in an
 * uninterruptible system call cannot be ended: the pool is then unresponsive, which is a state like any other, and a
 * stuck worker is replaced at most twice so that the pool can still be stopped.
 */
#include "core/lane.h"

#include "base/guard.h"
#include "base/log.h"
#include "core/core_private.h"

static bool
admit_files(AljCore *core, GError **error)
{
    gint64 busy_usec = alj_workers_busy_usec(core->definers);
    return busy_usec <= core->limits.define_usec + core->limits.grace_usec ||
           alj_fail(error, ALJ_ERROR_TIMEOUT, "the directory of definitions does not answer since %" G_GINT64_FORMAT " s",
                    busy_usec / G_USEC_PER_SEC);
}

bool
alj_lane_admit(AljCore *core, AljOpKind kind, AljPool *pool, GError **error)
{
    if (alj_op_row(core, kind)->place == ALJ_PLACE_FILES)
        return admit_files(core, error);
    if (!pool)
        return true;
    ALJ_LOCK(&pool->mutex);
    if (pool->n_stuck == 0 || kind == ALJ_OP_POOL_STOP)
        return true;
    return alj_fail(error, ALJ_ERROR_TIMEOUT, "storage pool '%s' does not answer since %" G_GINT64_FORMAT " s", pool->name,
                    (g_get_monotonic_time() - pool->stuck_since_usec) / G_USEC_PER_SEC);
}

AljPool *
alj_lane_pool(const AljJob *job)
{
    switch (alj_op_row(job->core, job->op->kind)->place) {
    case ALJ_PLACE_LANE:
    case ALJ_PLACE_BESIDE:
    case ALJ_PLACE_STREAM:
        return job->op->pool;
    case ALJ_PLACE_FILES:
    case ALJ_PLACE_FINDER:
        break;
    }
    return NULL;
}

bool
alj_lane_is_behind(const AljJob *job, const AljJob *stuck)
{
    AljPool *pool = alj_lane_pool(stuck);
    if (pool)
        return alj_lane_pool(job) == pool;
    return alj_op_row(stuck->core, stuck->op->kind)->place == ALJ_PLACE_FILES && alj_op_row(job->core, job->op->kind)->place == ALJ_PLACE_FILES;
}

static AljWorkers *
workers_for(const AljJob *job)
{
    AljPool *pool = job->op->pool;
    switch (alj_op_row(job->core, job->op->kind)->place) {
    case ALJ_PLACE_LANE:
        return pool->lane;
    case ALJ_PLACE_BESIDE: {
        g_autoptr(AljPoolState) state = alj_pool_state(pool);
        const AljBackend *backend = alj_pool_backend(pool, state);
        return backend && (backend->traits & ALJ_TRAIT_SERIAL_VOLS) ? pool->lane : pool->beside;
    }
    case ALJ_PLACE_STREAM:
        return pool->streams;
    case ALJ_PLACE_FINDER:
        return job->core->finders;
    case ALJ_PLACE_FILES:
        return job->core->definers;
    }
    return NULL;
}

bool
alj_lane_push(AljJob *job, AljWorkFunc func, GError **error)
{
    if (alj_workers_push(workers_for(job), func, job))
        return true;
    AljPool *pool = alj_lane_pool(job);
    return alj_fail(error, ALJ_ERROR_BUSY, "too many operations wait for %s already", pool ? pool->name : "their turn");
}

void
alj_lane_give_up(AljJob *job)
{
    AljPool *pool = alj_lane_pool(job);
    if (!pool) {
        atomic_store(&job->is_given_up, true);
        return;
    }
    AljLogFields about = { .pool = pool->name, .op = alj_op_row(job->core, job->op->kind)->name, .job = job->id, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_WARNING, &about, "the storage does not answer; the pool takes no work until it does");
    ALJ_LOCK(&pool->mutex);
    atomic_store(&job->is_given_up, true);
    if (pool->n_stuck++ == 0)
        pool->stuck_since_usec = g_get_monotonic_time();
}

void
alj_lane_replace(AljJob *job)
{
    if (alj_op_row(job->core, job->op->kind)->place != ALJ_PLACE_FILES) /* whose order is part of what they do */
        (void) alj_workers_replace(workers_for(job)); /* when both are used up, work waits until one returns */
}

bool
alj_lane_returned(AljJob *job)
{
    AljPool *pool = alj_lane_pool(job);
    if (!pool)
        return false;
    pthread_mutex_lock(&pool->mutex);
    bool is_well = --pool->n_stuck == 0, is_active = pool->state->is_active;
    pthread_mutex_unlock(&pool->mutex);
    if (!is_well)
        return false;
    AljLogFields about = { .pool = pool->name, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_MESSAGE, &about, "the storage answers again");
    return is_active;
}

bool
alj_lane_health(AljPool *pool, gint64 *ret_busy_usec)
{
    gint64 lane_usec = alj_workers_busy_usec(pool->lane), beside_usec = alj_workers_busy_usec(pool->beside);
    *ret_busy_usec = MAX(lane_usec, beside_usec);
    ALJ_LOCK(&pool->mutex);
    return pool->n_stuck > 0;
}
