/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-destroy and pool-delete. On the pool's lane; a stop also on the replacement of a stuck one. */
#include "core/op_rows.h"

#include "core/core_private.h"

/* The file that says "active" goes when the pool is down, not before: a stop that fails leaves an active pool (D-13). */
static bool
bring_down(AljJob *job, AljPool *pool, GError **error)
{
    g_autoptr(AljPoolDef) def = alj_pool_live_def(pool);
    const AljBackend *backend = alj_core_backend(job->core, def->type);
    if (backend->pool_stop && !backend->pool_stop(&job->call, def, error))
        return false;
    if (!alj_store_remove_state(job->core->store, pool->name, error))
        return false;
    AljPoolState *next = alj_pool_edit(pool);
    alj_pool_state_set_inactive(next);
    return alj_pool_publish(pool, job, next, error);
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
