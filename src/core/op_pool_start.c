/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool-create, pool-start and pool-build: from a definition to a running pool. On the pool's lane. The file that says "active" is
 * written before the backend begins, so that a crash in between leaves nothing running that nobody knows of: at
 * the next start the pool is probed and either taken as it is or forgotten.
 */
#include "core/op_rows.h"

#include "base/guard.h"
#include "base/log.h"
#include "base/undo.h"
#include "core/core_private.h"
#include "core/definitions.h"
#include "core/lane.h"

#define START_BUILD        1u
#define START_OVERWRITE    2u
#define START_NO_OVERWRITE 4u

/* What the steps back need. Lives on the stack of the operation. */
typedef struct Start {
    AljJob *job;
    AljPool *pool;
    AljPoolDef *def;
    const AljBackend *backend;
} Start;

static bool
build(Start *start, unsigned flags, GError **error)
{
    return !start->backend->pool_build || start->backend->pool_build(&start->job->call, start->def, flags, error);
}

static unsigned
build_flags(unsigned start_flags)
{
    if (start_flags & START_OVERWRITE) /* wins over the other */
        return ALJ_BUILD_OVERWRITE;
    return start_flags & START_NO_OVERWRITE ? ALJ_BUILD_NO_OVERWRITE : 0;
}

static void
undo_state_file(void *data)
{
    Start *start = data;
    g_autoptr(GError) error = NULL;
    if (!alj_store_remove_state(start->job->core->store, start->pool->name, &error))
        alj_warn("%s", error->message);
}

static void
undo_backend_start(void *data)
{
    Start *start = data;
    g_autoptr(GError) error = NULL;
    AljTask task;
    g_auto(AljCall) call = { 0 };
    alj_call_init_own(&call, start->job->core, start->pool, &task);
    if (start->backend->pool_stop && !start->backend->pool_stop(&call, start->def, &error)) {
        AljLogFields about = { .pool = start->pool->name, .error = error->message, .client_uid = -1 };
        alj_log(G_LOG_LEVEL_WARNING, &about, "cannot be stopped again after its start failed");
    }
}

/* Builds if asked for, starts and reads the pool. It is active if this returns true, and as before if not. */
static bool
bring_up(Start *start, GError **error)
{
    AljJob *job = start->job;
    unsigned flags = job->op->flags;
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (flags & (START_BUILD | START_OVERWRITE | START_NO_OVERWRITE) && !build(start, build_flags(flags), error))
        return false;
    if (!alj_store_save_state(job->core->store, start->def, error))
        return false;
    alj_undo_push(&undo, undo_state_file, start, NULL);
    if (start->backend->pool_start && !start->backend->pool_start(&job->call, start->def, error))
        return false;
    alj_undo_push(&undo, undo_backend_start, start, NULL);
    if (!alj_pool_scan(start->pool, job, start->def, true, error))
        return false;
    alj_undo_commit(&undo);
    alj_intents_settle(job, start->pool);
    return true;
}

bool
alj_op_pool_start(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    if (!alj_pool_begin_start(pool, error))
        return false;
    g_autoptr(AljPoolDef) def = alj_pool_live_def(pool);
    Start start = { job, pool, def, alj_core_backend(job->core, def->type) };
    bool is_up = bring_up(&start, error);
    alj_op_release_pool(pool);
    if (is_up)
        alj_events_send(job->core->events, ALJ_EVENT_STARTED, pool);
    return is_up;
}

bool
alj_op_pool_build(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    unsigned flags = job->op->flags;
    if (!alj_pool_begin_start(pool, error))
        return false;
    g_autoptr(AljPoolDef) def = alj_pool_live_def(pool);
    Start start = { job, pool, def, alj_core_backend(job->core, def->type) };
    bool is_built;
    if ((flags & ALJ_BUILD_OVERWRITE) && (flags & ALJ_BUILD_NO_OVERWRITE))
        is_built = alj_fail(error, ALJ_ERROR_FLAGS, "Flags 'VIR_STORAGE_POOL_BUILD_OVERWRITE' and "
                            "'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE' are mutually exclusive");
    else
        is_built = build(&start, flags, error);
    alj_op_release_pool(pool);
    if (is_built)
        alj_events_send(job->core->events, ALJ_EVENT_CREATED, pool);
    return is_built;
}

/* ---- create ---- */

bool
alj_op_pool_admit_create(AljJob *job, GError **error)
{
    job->def = alj_op_parse_pool(job, false, error);
    if (!job->def)
        return false;
    AljPool *pool = alj_registry_find_uuid(job->core->registry, &job->def->uuid);
    if (!alj_lane_admit(job->core, ALJ_OP_POOL_CREATE, pool, error)) {
        alj_pool_unref(pool);
        return false;
    }
    job->op->pool = pool ? pool : alj_pool_new(job->core, alj_pool_state_new(job->def)); /* listed once it may exist */
    return true;
}

/*
 * Makes job->def the live definition of its pool, a new one or an inactive one whose own definition waits meanwhile.
 * Called with the definitions' mutex held.
 */
static bool
enter_live(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    g_autoptr(AljPool) same = NULL;
    alj_definitions_wait(job->core, job->def);
    if (!alj_registry_check(job->core->registry, job->def, &same, error))
        return false;
    if (same && alj_pool_is_active(same))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "pool is already active as '%s'", same->name);
    if (same && (same != pool || alj_pool_is_starting(same)))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "pool '%s' is starting up", same->name);
    if (!alj_pool_begin_start(pool, error))
        return false;
    if (!same) {
        alj_registry_add(job->core->registry, pool, job->def);
        return true;
    }
    AljPoolState *next = alj_pool_edit(pool);
    alj_pool_state_set_pending(next, next->def);
    alj_pool_state_set_def(next, job->def);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    return true;
}

bool
alj_op_pool_create(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    AljPool *pool = job->op->pool;
    pthread_mutex_lock(&core->definitions);
    bool is_entered = enter_live(job, error);
    pthread_mutex_unlock(&core->definitions);
    if (!is_entered)
        return false;
    Start start = { job, pool, job->def, alj_core_backend(core, job->def->type) };
    bool is_up = bring_up(&start, error);
    alj_op_release_pool(pool); /* stays if it is up, or was defined meanwhile */
    if (!is_up)
        return false;
    alj_events_send(core->events, ALJ_EVENT_STARTED, pool);
    job->ret_pool = alj_pool_ref(pool);
    return true;
}
