/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a core: it reads what is stored, brings pools back, waits for its work and ends. Construction and reload block on
 * the local disk; no storage is touched on the caller's thread.
 */
#include "core/core_private.h"

#include "core/absent.h"

#include "base/guard.h"
#include "base/log.h"
#include "core/op_rows.h"
#include "model/source.h"

#include <string.h>

#define MAX_FINDERS   8
#define MAX_SEARCHES  64
#define END_WAIT_USEC (3 * G_USEC_PER_SEC)

static AljCoreLimits
with_defaults(AljCoreLimits limits)
{
    static const AljCoreLimits defaults = {
        .pool_usec = 60 * G_USEC_PER_SEC, .vol_usec = 300 * G_USEC_PER_SEC, .build_usec = G_TIME_SPAN_HOUR,
        .progress_usec = 300 * G_USEC_PER_SEC, .grace_usec = 5 * G_USEC_PER_SEC, .look_usec = G_USEC_PER_SEC,
    };
    limits.pool_usec = limits.pool_usec ? limits.pool_usec : defaults.pool_usec;
    limits.vol_usec = limits.vol_usec ? limits.vol_usec : defaults.vol_usec;
    limits.build_usec = limits.build_usec ? limits.build_usec : defaults.build_usec;
    limits.progress_usec = limits.progress_usec ? limits.progress_usec : defaults.progress_usec;
    limits.grace_usec = limits.grace_usec ? limits.grace_usec : defaults.grace_usec;
    limits.look_usec = limits.look_usec ? limits.look_usec : defaults.look_usec;
    return limits;
}

static void
say_left_out(const AljPoolDef *def, const char *reason)
{
    AljLogFields about = { .pool = def->name, .error = reason, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_WARNING, &about, "stored definition is left out");
}

/* Enters one stored pool, or tells an active one what its stored definition is. */
static void
take_stored(AljCore *core, const AljStored *stored, bool was_active)
{
    g_autoptr(AljPool) pool = NULL;
    g_autoptr(GError) error = NULL;
    AljPoolState *state;
    if (!alj_registry_check(core->registry, stored->def, &pool, &error)) {
        say_left_out(stored->def, error->message);
        return;
    }
    if (!pool) {
        state = alj_pool_state_new(stored->def);
        state->is_active = was_active;
        state->is_persistent = !was_active;
        state->is_autostart = stored->is_autostart;
        pool = alj_op_enter_pool(core, state);
        return;
    }
    state = alj_pool_edit(pool);
    state->is_persistent = true;
    state->is_autostart = stored->is_autostart;
    if (!state->is_active && !alj_pool_is_starting(pool))
        alj_pool_state_set_def(state, stored->def);
    else
        alj_pool_state_set_pending(state, alj_pool_def_equal(state->def, stored->def) ? NULL : stored->def);
    (void) alj_pool_publish(pool, NULL, state, NULL); /* fails only for jobs that were given up */
}

static void
load_all(AljCore *core)
{
    g_autoptr(GPtrArray) states = alj_store_load_states(core->store);
    g_autoptr(GPtrArray) defs = alj_store_load_defs(core->store);
    ALJ_LOCK(&core->definitions);
    for (unsigned i = 0; i < states->len; i++)
        take_stored(core, g_ptr_array_index(states, i), true);
    for (unsigned i = 0; i < defs->len; i++)
        take_stored(core, g_ptr_array_index(defs, i), false);
}

/* Frees everything; no thread uses it any more. */
static void
free_parts(AljCore *core)
{
    alj_watch_free(core->watch);
    alj_workers_free(core->finders);
    alj_registry_free(core->registry);
    alj_locations_free(core->locations);
    alj_events_free(core->events);
    alj_jobs_free(core->jobs);
    alj_modules_free(core->modules);
    alj_intents_free(core->intents);
    alj_store_free(core->store);
    pthread_mutex_destroy(&core->definitions);
    g_free(core->schema_dir);
    g_free(core->state_dir);
    g_free(core);
}

AljCore *
alj_core_new(const AljCoreConfig *config, GError **error)
{
    AljCore *core = g_new0(AljCore, 1);
    pthread_mutex_init(&core->definitions, NULL);
    core->host = config->host;
    core->limits = with_defaults(config->limits);
    core->state_dir = g_strdup(config->state_dir);
    core->schema_dir = g_strdup(config->schema_dir);
    core->store = alj_store_new(config->config_dir, config->state_dir, error);
    core->intents = core->store ? alj_intents_new(config->state_dir, error) : NULL;
    if (!core->intents) {
        free_parts(core);
        return NULL;
    }
    core->modules = alj_modules_new(config->module_dir, config->extra_backends);
    core->registry = alj_registry_new();
    core->locations = alj_locations_new();
    core->events = alj_events_new();
    core->watch = alj_watch_new();
    core->jobs = alj_jobs_new();
    core->finders = alj_workers_new("finder", MAX_FINDERS, MAX_SEARCHES);
    load_all(core);
    return core;
}

/* Starts the inactive pools that are to start by themselves. */
static void
autostart(AljCore *core)
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
alj_core_run(AljCore *core)
{
    g_autoptr(GPtrArray) pools = alj_registry_list(core->registry);
    for (unsigned i = 0; i < pools->len; i++) {
        if (alj_pool_is_active(g_ptr_array_index(pools, i)))
            alj_op_submit(alj_op_new(core, ALJ_OP_POOL_RESTORE, g_ptr_array_index(pools, i)));
    }
    if (alj_store_mark_boot(core->store))
        autostart(core);
}

bool
alj_core_settle(AljCore *core, gint64 usec)
{
    return alj_jobs_wait(core->jobs, usec);
}

/* The stored definition of @pool is gone: without it an inactive pool is gone too, and an active one lasts until it stops. */
static void
forget_definition(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool);
    bool is_kept = !next->is_persistent || next->is_active || alj_pool_is_starting(pool);
    if (!next->is_persistent) {
        alj_pool_drop(pool, next);
        return;
    }
    next->is_persistent = next->is_autostart = false;
    alj_pool_state_set_pending(next, NULL);
    (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    if (!is_kept)
        alj_op_leave_pool(pool);
}

void
alj_core_reload(AljCore *core)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) defs = alj_store_load_defs(core->store);
    pthread_mutex_lock(&core->definitions);
    for (unsigned i = 0; i < defs->len; i++) {
        const AljStored *stored = g_ptr_array_index(defs, i);
        g_hash_table_add(names, stored->def->name);
        take_stored(core, stored, false);
    }
    g_autoptr(GPtrArray) pools = alj_registry_list(core->registry);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        if (!g_hash_table_contains(names, pool->name))
            forget_definition(pool);
    }
    pthread_mutex_unlock(&core->definitions);
    autostart(core);
}

void
alj_core_free(AljCore *core)
{
    if (!core)
        return;
    alj_jobs_close(core->jobs);
    if (!alj_jobs_wait(core->jobs, END_WAIT_USEC)) {
        /* A thread in an uninterruptible call still has pointers into it; the process ends soon. */
        alj_warn("ending although storage does not answer");
        return;
    }
    free_parts(core);
    (void) alj_workers_drain(END_WAIT_USEC); /* they have no work any more, but may not have noticed */
}

AljEvents *
alj_core_events(AljCore *core)
{
    return core->events;
}

const AljBackend *
alj_core_backend(AljCore *core, AljPoolType type)
{
    const AljBackend *backend = alj_modules_find(core->modules, type);
    return backend ? backend : alj_backend_absent(type);
}

bool
alj_core_has_backend(AljCore *core, AljPoolType type)
{
    return alj_modules_find(core->modules, type) != NULL;
}

char *
alj_core_pool_capabilities(AljCore *core)
{
    bool supported[ALJ_N_POOL_TYPES];
    for (int type = 0; type < ALJ_N_POOL_TYPES; type++)
        supported[type] = alj_core_has_backend(core, (AljPoolType) type);
    return alj_pool_capabilities_format(supported);
}
