/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-destroy and pool-delete. On the pool's lane; a stop also on the replacement of a stuck one. */
#include "core/op_rows.h"

#include "base/log.h"
#include "base/undo.h"
#include "core/core_private.h"

/* What the step back needs. Lives on the stack of the operation. */
typedef struct Stop {
    AljJob *job;
    AljPool *pool;
    AljPoolDef *def;
    const AljBackend *backend;
} Stop;

static void
publish_inactive(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool);
    alj_pool_state_set_inactive(next);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
}

/* The pool is to be as before: up. Where it cannot be, it is at least told as it is. */
static void
undo_backend_stop(void *data)
{
    Stop *stop = data;
    g_autoptr(GError) error = NULL;
    AljTask task;
    g_auto(AljCall) call = { 0 };
    alj_call_init_own(&call, stop->job->core, stop->pool, &task);
    if (!stop->backend->pool_start || stop->backend->pool_start(&call, stop->def, &error))
        return;
    AljLogFields about = { .pool = stop->pool->name, .error = error->message, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_WARNING, &about, "cannot be started again after its stop failed");
    publish_inactive(stop->pool);
}

/*
 * The file that says "active" goes when the pool is down, not before: a stop that fails leaves an active pool (D-13). A stop that was
 * given up and succeeds after all has happened, whatever its client was told.
 */
static bool
bring_down(AljJob *job, AljPool *pool, GError **error)
{
    g_autoptr(AljPoolDef) def = alj_pool_live_def(pool);
    Stop stop = { job, pool, def, alj_core_backend(job->core, def->type) };
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (stop.backend->pool_stop && !stop.backend->pool_stop(&job->call, def, error))
        return false;
    alj_undo_push(&undo, undo_backend_stop, &stop, NULL);
    if (!alj_store_remove_state(job->core->store, pool->name, error))
        return false;
    alj_undo_commit(&undo);
    publish_inactive(pool);
    return true;
}

bool
alj_op_pool_stop(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    if (!alj_pool_begin_stop(pool, error))
        return false;
    bool is_down = bring_down(job, pool, error);
    alj_op_release_pool(pool); /* a transient pool goes */
    if (is_down)
        alj_events_send(job->core->events, ALJ_EVENT_STOPPED, pool);
    return is_down;
}

bool
alj_op_pool_delete(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    if (!alj_pool_begin_delete(pool, error))
        return false;
    g_autoptr(AljPoolDef) def = alj_pool_live_def(pool);
    const AljBackend *backend = alj_core_backend(job->core, def->type);
    bool is_deleted = backend->pool_delete
                          ? backend->pool_delete(&job->call, def, job->op->flags, error)
                          : alj_fail(error, ALJ_ERROR_NO_SUPPORT, "pool does not support pool deletion");
    alj_op_release_pool(pool);
    if (is_deleted)
        alj_events_send(job->core->events, ALJ_EVENT_DELETED, pool);
    return is_deleted;
}
