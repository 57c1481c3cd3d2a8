/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pools are stored, in memory and on disk: at the start, on SIGHUP, and around each change. Files are written on one worker
 * of the whole core, so their order is that of the requests; the mutex guards memory only. Whoever enters a pool from
 * elsewhere (a creation) asks alj_definitions_wait() first.
 */
#include "core/definitions.h"

#include "base/guard.h"
#include "base/log.h"
#include "core/core_private.h"
#include "core/op_rows.h"

#include <string.h>

/* A pool becomes known: published and listed. With the mutex held. (transfer full) */
static AljPool *
enter(AljCore *core, AljPoolState *take_state)
{
    AljPool *pool = alj_pool_new(core, take_state);
    alj_registry_add(core->registry, pool, take_state->def);
    return pool;
}

void
alj_definitions_leave(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool);
    g_autoptr(AljPoolDef) def = alj_pool_def_ref(next->def);
    next->is_gone = true;
    next->is_persistent = next->is_autostart = false;
    alj_pool_state_set_inactive(next);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    alj_registry_remove(pool->core->registry, pool, def);
}

/*
 * @stored becomes known: as a new pool, or as what a known one of this name and uuid is stored as; while that runs or starts, the definition
 * waits. @was_active: it comes from the file of a running pool. With the mutex held. Returns: the pool (transfer full), or NULL if it may
 * not exist beside the others.
 */
static AljPool *
take(AljCore *core, const AljStored *stored, bool was_active, GError **error)
{
    g_autoptr(AljPool) pool = NULL;
    if (!alj_registry_check(core->registry, stored->def, &pool, error))
        return NULL;
    if (!pool) {
        AljPoolState *first = alj_pool_state_new(stored->def);
        first->is_active = was_active;
        first->is_persistent = !was_active;
        first->is_autostart = stored->is_autostart;
        return enter(core, first);
    }
    AljPoolState *state = alj_pool_edit(pool);
    state->is_persistent = true;
    state->is_autostart = stored->is_autostart;
    if (!state->is_active && !alj_pool_is_starting(pool))
        alj_pool_state_set_def(state, stored->def);
    else
        alj_pool_state_set_pending(state, alj_pool_def_equal(state->def, stored->def) ? NULL : stored->def);
    (void) alj_pool_publish(pool, NULL, state, NULL); /* fails only for jobs that were given up */
    return g_steal_pointer(&pool);
}

/* Takes all; what cannot exist beside the others is logged and left alone. With the mutex held. */
static void
take_all(AljCore *core, const GPtrArray *stored, bool were_active)
{
    for (unsigned i = 0; i < stored->len; i++) {
        const AljStored *one = g_ptr_array_index(stored, i);
        g_autoptr(GError) error = NULL;
        AljPool *pool = take(core, one, were_active, &error);
        if (!pool) {
            AljLogFields about = { .pool = one->def->name, .error = error->message, .client_uid = -1 };
            alj_log(G_LOG_LEVEL_WARNING, &about, "stored definition is left out");
        }
        alj_pool_unref(pool);
    }
}

void
alj_definitions_load(AljCore *core)
{
    g_autoptr(GPtrArray) states = alj_store_load_states(core->store);
    g_autoptr(GPtrArray) defs = alj_store_load_defs(core->store);
    ALJ_LOCK(&core->definitions);
    take_all(core, states, true);
    take_all(core, defs, false);
}

void
alj_definitions_autostart(AljCore *core)
{
    g_autoptr(GPtrArray) pools = alj_registry_list(core->registry);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        g_autoptr(AljPoolState) state = alj_pool_state(pool);
        if (state->is_autostart && !state->is_active)
            alj_op_submit(alj_op_new(core, ALJ_OP_POOL_START, pool));
    }
}

void
alj_definitions_forget(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool);
    bool is_kept = next->is_active || alj_pool_is_starting(pool);
    next->is_persistent = next->is_autostart = false;
    alj_pool_state_set_pending(next, NULL);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    if (!is_kept)
        alj_definitions_leave(pool);
}

/* The persistent pools whose file is not there any more. A file that cannot be read now is no reason to forget a pool. (transfer full) */
static GPtrArray *
find_vanished(AljCore *core)
{
    GPtrArray *pools = alj_registry_list(core->registry);
    for (unsigned i = pools->len; i-- > 0;) {
        AljPool *pool = g_ptr_array_index(pools, i);
        if (!alj_pool_is_persistent(pool) || alj_store_has_def(core->store, pool->name))
            g_ptr_array_remove_index(pools, i);
    }
    return pools;
}

bool
alj_op_reload(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    g_autoptr(GPtrArray) defs = alj_store_load_defs(core->store), vanished = find_vanished(core);
    alj_secrets_reload(core->secrets);
    pthread_mutex_lock(&core->definitions);
    for (unsigned i = 0; i < vanished->len; i++) /* first: a definition may have come back by another name */
        alj_definitions_forget(g_ptr_array_index(vanished, i));
    take_all(core, defs, false);
    pthread_mutex_unlock(&core->definitions);
    alj_definitions_autostart(core);
    return true;
}

/* ---- one definition ---- */

bool
alj_definitions_announce(AljCore *core, const AljPoolDef *def, GError **error)
{
    g_autoptr(AljPool) same = NULL;
    ALJ_LOCK(&core->definitions);
    if (!alj_registry_check(core->registry, def, &same, error))
        return false;
    core->defining = def;
    return true;
}

AljPool *
alj_definitions_conclude(AljCore *core, AljPoolDef *def, bool is_saved, GError **error)
{
    AljStored stored = { def, is_saved && alj_store_is_autostart(core->store, def->name) };
    ALJ_LOCK(&core->definitions);
    core->defining = NULL;
    pthread_cond_broadcast(&core->defined);
    return is_saved ? take(core, &stored, false, error) : NULL;
}

static bool
exclude_each_other(const AljPoolDef *a, const AljPoolDef *b)
{
    return alj_uuid_equal(&a->uuid, &b->uuid) || strcmp(a->name, b->name) == 0 || alj_pool_def_conflicts(a, b) ||
           alj_pool_def_conflicts(b, a);
}

void
alj_definitions_wait(AljCore *core, const AljPoolDef *def)
{
    while (core->defining && exclude_each_other(core->defining, def))
        pthread_cond_wait(&core->defined, &core->definitions);
}
