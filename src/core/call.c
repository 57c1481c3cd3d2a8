/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a backend is given for one piece of work: ways to ask for what only the core knows. They run on the thread of that work and lead
 * to tables of the core, none of which is locked while storage is waited for.
 */
#include "core/call.h"

#include "base/guard.h"
#include "core/connection.h"
#include "core/core_private.h"

static AljVolDef *
find_vol_by_path(AljCall *call, const char *path, AljPoolType *ret_pool_type)
{
    AljPool *pool = call->core_data;
    g_auto(AljVolRef) found = { 0 };
    if (!pool || !alj_locations_find(pool->core->locations, ALJ_LOCATION_PATH, path, &found))
        return NULL;
    if (ret_pool_type)
        *ret_pool_type = alj_pool_type(found.pool);
    return g_steal_pointer(&found.vol);
}

static bool
is_owned_name(AljCall *call, const char *name)
{
    AljPool *pool = call->core_data;
    ALJ_LOCK(&pool->mutex);
    return g_hash_table_contains(pool->temporaries, name);
}

static void
own_name(AljCall *call, const char *name, bool add)
{
    AljPool *pool = call->core_data;
    ALJ_LOCK(&pool->mutex);
    if (add)
        g_hash_table_add(pool->temporaries, g_strdup(name));
    else
        g_hash_table_remove(pool->temporaries, name);
}

static GBytes *
get_secret(AljCall *call, const AljEncryption *encryption, GError **error)
{
    AljPool *pool = call->core_data;
    return alj_secrets_of_volume(pool->core->secrets, encryption, call->task, error);
}

static GBytes *
get_auth_secret(AljCall *call, const AljPoolAuth *auth, GError **error)
{
    AljPool *pool = call->core_data;
    return alj_secrets_of_login(pool->core->secrets, auth, call->task, error);
}

static void *
get_connection(AljCall *call, const AljPoolDef *def, GError **error)
{
    return alj_connection_get(call->core_data, call, def, error);
}

static AljRoot
get_root(AljCall *call)
{
    g_autoptr(AljPoolState) state = alj_pool_state(call->core_data);
    return state->root;
}

static void
forget_vol(AljCall *call, const char *name)
{
    alj_pool_unset_vol(call->core_data, NULL, name, 0);
}

void
alj_call_init(AljCall *call, AljCore *core, AljPool *pool, AljTask *task)
{
    *call = (AljCall){ .host = core->host, .task = task, .state_dir = core->state_dir,
                       .record_dir = core->record_dir, .core_data = pool,
                       .find_vol_by_path = find_vol_by_path, .is_owned_name = is_owned_name, .own_name = own_name,
                       .get_secret = get_secret, .get_root = get_root,
                       .get_auth_secret = get_auth_secret, .get_connection = get_connection, .forget_vol = forget_vol };
}

void
alj_call_clear(AljCall *call)
{
    alj_connection_unref(g_steal_pointer(&call->connection));
}

void
alj_call_init_own(AljCall *call, AljCore *core, AljPool *pool, AljTask *task)
{
    *task = (AljTask){ 0 };
    atomic_store(&task->deadline_usec, g_get_monotonic_time() + core->limits.pool_usec);
    alj_call_init(call, core, pool, task);
}
