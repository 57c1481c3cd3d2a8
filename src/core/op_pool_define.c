/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-define and pool-undefine: which pools are stored. On the definitions' worker: our own small files and memory. */
#include "core/op_rows.h"

#include "base/guard.h"
#include "core/connection.h"
#include "core/core_private.h"
#include "core/definitions.h"

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

void
alj_op_release_pool(AljPool *pool)
{
    ALJ_LOCK(&pool->core->definitions);
    alj_pool_end_phase(pool);
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (!state->is_active)
        alj_connection_drop(pool);
    if (!state->is_active && !state->is_persistent && !state->is_gone)
        alj_definitions_leave(pool);
}

bool
alj_op_pool_define(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    g_autoptr(AljPoolDef) def = alj_op_parse_pool(job, job->op->flags & DEFINE_VALIDATE, error);
    if (!def || !alj_definitions_announce(core, def, error))
        return false;
    bool is_saved = alj_store_save_def(core->store, def, error);
    AljPool *pool = alj_definitions_conclude(core, def, is_saved, error);
    if (!pool)
        return false;
    alj_events_send(core->events, ALJ_EVENT_DEFINED, pool);
    job->ret_pool = pool;
    return true;
}

bool
alj_op_pool_undefine(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    AljPool *pool = job->op->pool;
    if (!alj_pool_begin_delete(pool, error)) /* so that it cannot start meanwhile */
        return false;
    bool is_gone = alj_pool_is_persistent(pool)
                       ? alj_store_remove_def(core->store, pool->name, error)
                       : alj_fail(error, ALJ_ERROR_INTERNAL, "no config file for %s", pool->name);
    if (is_gone)
        alj_definitions_forget(pool);
    alj_op_release_pool(pool);
    if (is_gone)
        alj_events_send(core->events, ALJ_EVENT_UNDEFINED, pool);
    return is_gone;
}
