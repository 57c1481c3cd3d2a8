/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One pool: its snapshot, its workers, and what else can be told of it at once. Holds `mutex` for a few instructions only; `publishing`
 * orders the writers among themselves and is never taken by readers (docs/internals/threads.md).
 */
#include "core/pool_private.h"

#include "base/guard.h"
#include "core/connection.h"
#include "core/core_private.h"

#include <string.h>

#define MAX_QUEUE   64
#define MAX_BESIDE  4
#define MAX_STREAMS 256

/* No thread is started before there is work. */
static void
open_workers(AljPool *pool)
{
    pool->lane = alj_workers_new(pool->name, 1, MAX_QUEUE);
    pool->beside = alj_workers_new(pool->name, MAX_BESIDE, MAX_QUEUE);
    pool->streams = alj_workers_new(pool->name, MAX_STREAMS, MAX_QUEUE);
    pool->looks = alj_workers_new(pool->name, 1, MAX_QUEUE);
}

static void
close_workers(AljPool *pool)
{
    alj_workers_free(pool->lane);
    alj_workers_free(pool->beside);
    alj_workers_free(pool->streams);
    alj_workers_free(pool->looks);
}

AljPool *
alj_pool_new(AljCore *core, AljPoolState *take_state)
{
    AljPool *pool = g_new0(AljPool, 1);
    alj_refs_init(&pool->refs);
    pool->core = core;
    pool->name = g_strdup(take_state->def->name);
    pool->uuid = take_state->def->uuid;
    pthread_mutex_init(&pool->publishing, NULL);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->connected, NULL);
    pool->state = take_state;
    pool->temporaries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    open_workers(pool);
    return pool;
}

AljPool *
alj_pool_ref(AljPool *pool)
{
    alj_refs_inc(&pool->refs);
    return pool;
}

void
alj_pool_unref(AljPool *pool)
{
    if (!pool || !alj_refs_dec(&pool->refs))
        return;
    close_workers(pool);
    alj_connection_drop(pool);
    alj_pool_state_unref(pool->state);
    g_hash_table_unref(pool->temporaries);
    g_clear_pointer(&pool->journal, g_ptr_array_unref);
    pthread_cond_destroy(&pool->connected);
    pthread_mutex_destroy(&pool->mutex);
    pthread_mutex_destroy(&pool->publishing);
    g_free(pool->name);
    g_free(pool);
}

const char *
alj_pool_name(const AljPool *pool)
{
    return pool->name;
}

const AljUuid *
alj_pool_uuid(const AljPool *pool)
{
    return &pool->uuid;
}

const AljBackend *
alj_pool_backend(const AljPool *pool, const AljPoolState *state)
{
    return alj_core_backend(pool->core, state->def->type);
}

AljPoolState *
alj_pool_state(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return alj_pool_state_ref(pool->state);
}

bool
alj_pool_is_active(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return pool->state->is_active;
}

bool
alj_pool_is_persistent(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return pool->state->is_persistent;
}

bool
alj_pool_is_autostart(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return pool->state->is_autostart;
}

AljPoolType
alj_pool_type(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return pool->state->def->type;
}

AljPoolDef *
alj_pool_live_def(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return alj_pool_def_ref(pool->state->def);
}

AljPoolState *
alj_pool_edit(AljPool *pool)
{
    pthread_mutex_lock(&pool->publishing);
    return alj_pool_state_copy(pool->state); /* only changed by who holds `publishing` */
}

void
alj_pool_drop(AljPool *pool, AljPoolState *take_next)
{
    pthread_mutex_unlock(&pool->publishing);
    alj_pool_state_unref(take_next);
}

bool
alj_pool_fail_gone(const AljPool *pool, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    return alj_fail(error, ALJ_ERROR_NO_POOL, "no storage pool with matching uuid '%s' (%s)",
                    alj_uuid_format(&pool->uuid, text), pool->name);
}

bool
alj_pool_fail_inactive(const AljPool *pool, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is not active", pool->name);
}

bool
alj_pool_fail_no_vol(const char *name, GError **error)
{
    return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
}

bool
alj_pool_need_volumes(const AljPool *pool, const AljPoolState *state, GError **error)
{
    if (!state->is_active)
        return alj_pool_fail_inactive(pool, error);
    /* "No such volume" would be taken for "this name is free": a pool that was not read yet must not say it. */
    if (!state->is_scanned)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "the volumes of storage pool '%s' are not known yet: %s", pool->name,
                        state->reason ? state->reason : "it is being read");
    return true;
}
