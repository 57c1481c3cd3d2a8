/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-define and pool-undefine: which pools are stored. On the submitter's thread: our own small files and memory. */
#include "core/op_rows.h"

#include "base/guard.h"
#include "core/core_private.h"

#define DEFINE_VALIDATE 1u

bool
alj_op_check_type(AljPoolType type, GError **error)
{
    const AljPoolTypeInfo *info = alj_pool_type_info(type);
    return !info->is_retired ||
           alj_fail(error, ALJ_ERROR_INTERNAL, "missing backend for pool type %d (%s)", (int) type, info->name);
}

AljPoolDef *
alj_op_parse_pool(AljJob *job, bool validates, GError **error)
{
    AljCore *core = job->core;
    if (validates && !alj_pool_def_validate(job->op->xml, core->schema_dir, error))
        return NULL;
    g_autoptr(AljPoolDef) def = alj_pool_def_parse(job->op->xml, -1, error);
    return def && alj_op_check_type(def->type, error) ? g_steal_pointer(&def) : NULL;
}

AljPool *
alj_op_enter_pool(AljCore *core, AljPoolState *take_state)
{
    AljPool *pool = alj_pool_new(core, take_state);
    alj_registry_add(core->registry, pool, take_state->def);
    return pool;
}

void
alj_op_leave_pool(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool);
    g_autoptr(AljPoolDef) def = alj_pool_def_ref(next->def);
    next->is_gone = true;
    next->is_persistent = next->is_autostart = false;
    alj_pool_state_set_inactive(next);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    alj_registry_remove(pool->core->registry, pool, def);
}

void
alj_op_release_pool(AljPool *pool)
{
    ALJ_LOCK(&pool->core->definitions);
    alj_pool_end_phase(pool);
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (!state->is_active && !state->is_persistent && !state->is_gone)
        alj_op_leave_pool(pool);
}

/* The known pool gets @def: at once, or, while it runs or starts, for the time after. */
static void
redefine(AljPool *pool, AljPoolDef *def)
{
    AljPoolState *next = alj_pool_edit(pool);
    next->is_persistent = true;
    if (next->is_active || alj_pool_is_starting(pool))
        alj_pool_state_set_pending(next, def);
    else
        alj_pool_state_set_def(next, def);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
}

bool
alj_op_pool_define(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    g_autoptr(AljPoolDef) def = alj_op_parse_pool(job, job->op->flags & DEFINE_VALIDATE, error);
    g_autoptr(AljPool) pool = NULL;
    if (!def)
        return false;
    pthread_mutex_lock(&core->definitions);
    bool is_stored = alj_registry_check(core->registry, def, &pool, error) && alj_store_save_def(core->store, def, error);
    if (is_stored && pool) {
        redefine(pool, def);
    } else if (is_stored) {
        AljPoolState *state = alj_pool_state_new(def);
        state->is_persistent = true;
        pool = alj_op_enter_pool(core, state);
    }
    pthread_mutex_unlock(&core->definitions);
    if (!is_stored)
        return false;
    alj_events_send(core->events, ALJ_EVENT_DEFINED, pool);
    job->ret_pool = g_steal_pointer(&pool);
    return true;
}

static bool
undefine(AljCore *core, AljPool *pool, GError **error)
{
    if (!alj_pool_is_persistent(pool))
        return alj_fail(error, ALJ_ERROR_INTERNAL, "no config file for %s", pool->name);
    if (!alj_store_remove_def(core->store, pool->name, error))
        return false;
    alj_op_leave_pool(pool);
    return true;
}

bool
alj_op_pool_undefine(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    AljPool *pool = job->op->pool;
    if (!alj_pool_begin_delete(pool, error)) /* so that it cannot start meanwhile */
        return false;
    pthread_mutex_lock(&core->definitions);
    bool is_gone = undefine(core, pool, error);
    pthread_mutex_unlock(&core->definitions);
    alj_op_release_pool(pool);
    if (is_gone)
        alj_events_send(core->events, ALJ_EVENT_UNDEFINED, pool);
    return is_gone;
}
