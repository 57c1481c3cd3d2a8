/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a core: it reads what is stored, brings pools back, waits for its work and ends. Construction blocks on
 * the local disk; no storage is touched on the caller's thread.
 */
#include "core/core_private.h"

#include "core/connection.h"
#include "core/definitions.h"

#include "base/guard.h"
#include "base/log.h"
#include "model/source.h"

#include <string.h>

#define MAX_FINDERS   8
#define MAX_SEARCHES  64
#define MAX_DEFINITIONS 1024
#define END_WAIT_USEC (3 * G_USEC_PER_SEC)

static AljCoreLimits
with_defaults(AljCoreLimits limits)
{
    static const AljCoreLimits defaults = {
        .pool_usec = 60 * G_USEC_PER_SEC, .vol_usec = 300 * G_USEC_PER_SEC, .build_usec = G_TIME_SPAN_HOUR,
        .define_usec = 10 * G_USEC_PER_SEC, .progress_usec = 300 * G_USEC_PER_SEC, .grace_usec = 5 * G_USEC_PER_SEC,
        .look_usec = G_USEC_PER_SEC,
    };
    limits.pool_usec = limits.pool_usec ? limits.pool_usec : defaults.pool_usec;
    limits.vol_usec = limits.vol_usec ? limits.vol_usec : defaults.vol_usec;
    limits.build_usec = limits.build_usec ? limits.build_usec : defaults.build_usec;
    limits.define_usec = limits.define_usec ? limits.define_usec : defaults.define_usec;
    limits.progress_usec = limits.progress_usec ? limits.progress_usec : defaults.progress_usec;
    limits.grace_usec = limits.grace_usec ? limits.grace_usec : defaults.grace_usec;
    limits.look_usec = limits.look_usec ? limits.look_usec : defaults.look_usec;
    return limits;
}

/* Frees everything; no thread uses it any more. */
static void
free_parts(AljCore *core)
{
    alj_watch_free(core->watch);
    alj_workers_free(core->finders);
    alj_workers_free(core->definers);
    alj_registry_free(core->registry);
    alj_workers_free(core->closers); /* whatever pools were connected is ended by threads that are left to themselves */
    alj_locations_free(core->locations);
    alj_events_free(core->events);
    alj_jobs_free(core->jobs);
    alj_modules_free(core->modules);
    alj_secrets_free(core->secrets);
    alj_intents_free(core->intents);
    alj_store_free(core->store);
    pthread_cond_destroy(&core->defined);
    pthread_mutex_destroy(&core->definitions);
    g_free(core->schema_dir);
    g_free(core->state_dir);
    g_free(core->record_dir);
    g_free(core);
}

static AljSecrets *
open_secrets(const AljCoreConfig *config, GError **error)
{
    g_autofree char *inside = g_build_filename(config->config_dir, "secrets", NULL);
    return alj_secrets_new(config->secret_dir ? config->secret_dir : inside, config->secret_driver,
                           config->credential_dir, error);
}

AljCore *
alj_core_new(const AljCoreConfig *config, GError **error)
{
    AljCore *core = g_new0(AljCore, 1);
    pthread_mutex_init(&core->definitions, NULL);
    pthread_cond_init(&core->defined, NULL);
    core->host = config->host;
    core->limits = with_defaults(config->limits);
    core->state_dir = g_strdup(config->state_dir);
    core->record_dir = g_strdup(config->record_dir ? config->record_dir : config->state_dir);
    core->schema_dir = g_strdup(config->schema_dir);
    core->store = alj_store_new(config->config_dir, config->state_dir, error);
    core->intents = core->store ? alj_intents_new(config->state_dir, error) : NULL;
    core->secrets = core->intents ? open_secrets(config, error) : NULL;
    if (!core->secrets) {
        free_parts(core);
        return NULL;
    }
    core->modules = alj_modules_new(config->module_dir, config->extra_backends);
    core->registry = alj_registry_new();
    core->locations = alj_locations_new();
    core->events = alj_events_new();
    core->watch = alj_watch_new();
    core->jobs = alj_jobs_new();
    core->rows = alj_op_rows;
    core->finders = alj_workers_new("finder", MAX_FINDERS, MAX_SEARCHES);
    core->closers = alj_workers_new("closer", MAX_FINDERS, 0);
    core->definers = alj_workers_new("definitions", 1, MAX_DEFINITIONS);
    alj_definitions_load(core);
    return core;
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
        alj_definitions_autostart(core);
}

bool
alj_core_settle(AljCore *core, gint64 usec)
{
    return alj_jobs_wait(core->jobs, usec);
}

/* Somebody may hold on to a pool for longer than to the core. */
static void
drop_connections(AljCore *core)
{
    g_autoptr(GPtrArray) pools = alj_registry_list(core->registry);
    for (unsigned i = 0; i < pools->len; i++)
        alj_connection_drop(g_ptr_array_index(pools, i));
}

bool
alj_core_free(AljCore *core)
{
    if (!core)
        return true;
    alj_jobs_close(core->jobs);
    if (!alj_jobs_wait(core->jobs, END_WAIT_USEC)) {
        /* A thread in an uninterruptible call still has pointers into it; the process ends soon. */
        alj_warn("ending although storage does not answer");
        return false;
    }
    drop_connections(core);
    free_parts(core);
    (void) alj_workers_drain(END_WAIT_USEC); /* they have no work any more, but may not have noticed */
    return true;
}

AljEvents *
alj_core_events(AljCore *core)
{
    return core->events;
}

AljSecrets *
alj_core_secrets(AljCore *core)
{
    return core->secrets;
}

char *
alj_core_pool_capabilities(AljCore *core)
{
    bool supported[ALJ_N_POOL_TYPES];
    for (int type = 0; type < ALJ_N_POOL_TYPES; type++)
        supported[type] = alj_core_has_backend(core, (AljPoolType) type);
    return alj_pool_capabilities_format(supported);
}
