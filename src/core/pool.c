/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One pool: its snapshot, the change of it, and what part of its life it is in. Holds `mutex` for a few instructions only;
 * `publishing` orders the writers among themselves and is never taken by readers (docs/internals/threads.md).
 */
#include "core/pool_private.h"

#include "base/guard.h"
#include "core/connection.h"
#include "core/core_private.h"
#include "core/job.h"
#include "core/lane.h"

#include <string.h>

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
    alj_lane_open(pool);
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
    alj_lane_close(pool);
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

/* Puts @take_next in place unless the job was given up. Returns: the state to free: the old one or, refused, the new. */
static AljPoolState *
swap(AljPool *pool, const AljJob *job, AljPoolState *take_next, bool *ret_done)
{
    ALJ_LOCK(&pool->mutex);
    *ret_done = !job || !alj_job_is_given_up(job);
    if (!*ret_done)
        return take_next;
    AljPoolState *old = pool->state;
    pool->state = take_next;
    return old;
}

bool
alj_pool_publish(AljPool *pool, const AljJob *job, AljPoolState *take_next, GError **error)
{
    bool is_done;
    const bool is_emptied = !take_next->vols;
    alj_pool_state_ref(take_next);
    g_autoptr(AljPoolState) next = take_next;
    g_autoptr(AljPoolState) old = swap(pool, job, take_next, &is_done);
    if (is_done && old->def != next->def)
        alj_registry_move(pool->core->registry, pool, old->def, next->def);
    if (is_done && is_emptied && old->vols) {
        g_autoptr(GPtrArray) gone = alj_vol_tree_list(old->vols), none = g_ptr_array_new();
        alj_locations_remove_all(pool->core->locations, pool, gone, none);
    }
    pthread_mutex_unlock(&pool->publishing);
    return is_done || alj_fail(error, ALJ_ERROR_TIMEOUT, "storage pool '%s' answered after its job was given up", pool->name);
}

/* Notes for the scan that runs, if any, that @name changed. Called with `publishing` held. */
static void
write_journal(AljPool *pool, const char *name)
{
    if (pool->journal)
        g_ptr_array_add(pool->journal, g_strdup(name));
}

static bool
keeps_totals(const AljPool *pool, const AljPoolState *state)
{
    const AljBackend *backend = alj_pool_backend(pool, state);
    return backend && (backend->traits & ALJ_TRAIT_KEEPS_TOTALS);
}

/* Publishes @next, in which volume @old became @vol (either may be NULL). Takes @next; ends the edit. */
static void
publish_vol(AljPool *pool, const AljJob *job, AljPoolState *take_next, AljVolDef *old, AljVolDef *vol)
{
    AljLocations *locations = pool->core->locations;
    bool is_done;
    if (vol)
        alj_locations_add(locations, pool, vol);
    g_autoptr(AljPoolState) gone = swap(pool, job, take_next, &is_done);
    if (is_done && old)
        alj_locations_remove(locations, pool, old);
    if (!is_done && vol)
        alj_locations_remove(locations, pool, vol);
    if (is_done)
        write_journal(pool, vol ? vol->name : old->name);
    pthread_mutex_unlock(&pool->publishing);
}

void
alj_pool_set_vol(AljPool *pool, const AljJob *job, AljVolDef *vol, gint64 grown_bytes)
{
    AljPoolState *next = alj_pool_edit(pool);
    if (!next->is_active) {
        alj_pool_drop(pool, next);
        return;
    }
    AljVolDef *found = alj_vol_tree_find(next->vols, vol->name);
    g_autoptr(AljVolDef) old = found ? alj_vol_def_ref(found) : NULL;
    AljVolTree *vols = alj_vol_tree_with(next->vols, vol);
    alj_vol_tree_unref(next->vols);
    next->vols = vols;
    if (keeps_totals(pool, next))
        alj_pool_state_add_allocation(next, grown_bytes);
    publish_vol(pool, job, next, old, vol);
}

void
alj_pool_unset_vol(AljPool *pool, const AljJob *job, const char *name, gint64 grown_bytes)
{
    AljPoolState *next = alj_pool_edit(pool);
    AljVolDef *found = alj_vol_tree_find(next->vols, name);
    if (!found) {
        alj_pool_drop(pool, next);
        return;
    }
    g_autoptr(AljVolDef) old = alj_vol_def_ref(found);
    AljVolTree *vols = alj_vol_tree_without(next->vols, name);
    alj_vol_tree_unref(next->vols);
    next->vols = vols;
    if (keeps_totals(pool, next))
        alj_pool_state_add_allocation(next, grown_bytes);
    publish_vol(pool, job, next, old, NULL);
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

/* Errors common to all beginnings. Called with the mutex held. */
static bool
check_phase(const AljPool *pool, GError **error)
{
    if (pool->state->is_gone)
        return alj_pool_fail_gone(pool, error);
    switch (pool->phase) {
    case ALJ_PHASE_STARTING:
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is starting up", pool->name);
    case ALJ_PHASE_STOPPING:
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is being stopped", pool->name);
    case ALJ_PHASE_IDLE:
        break;
    }
    return true;
}

static bool
begin_inactive(AljPool *pool, const char *else_text, GError **error)
{
    ALJ_LOCK(&pool->mutex);
    if (!check_phase(pool, error))
        return false;
    if (pool->state->is_active)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "storage pool '%s' is %s active", pool->name, else_text);
    pool->phase = ALJ_PHASE_STARTING;
    return true;
}

bool
alj_pool_begin_start(AljPool *pool, GError **error)
{
    return begin_inactive(pool, "already", error);
}

bool
alj_pool_begin_delete(AljPool *pool, GError **error)
{
    return begin_inactive(pool, "still", error);
}

bool
alj_pool_begin_stop(AljPool *pool, GError **error)
{
    ALJ_LOCK(&pool->mutex);
    if (!check_phase(pool, error))
        return false;
    if (!pool->state->is_active)
        return alj_pool_fail_inactive(pool, error);
    if (pool->n_volume_jobs > 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "pool '%s' has asynchronous jobs running.", pool->name);
    pool->phase = ALJ_PHASE_STOPPING;
    return true;
}

void
alj_pool_end_phase(AljPool *pool)
{
    AljPoolState *next = alj_pool_edit(pool); /* who redefines the pool sees phase and definition change in one step */
    bool has_waited = !next->is_active && next->pending;
    if (has_waited)
        alj_pool_state_set_inactive(next);
    pthread_mutex_lock(&pool->mutex);
    pool->phase = ALJ_PHASE_IDLE;
    pthread_mutex_unlock(&pool->mutex);
    if (has_waited)
        (void) alj_pool_publish(pool, NULL, next, NULL); /* fails only for jobs that were given up */
    else
        alj_pool_drop(pool, next);
}

bool
alj_pool_is_starting(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    return pool->phase == ALJ_PHASE_STARTING;
}
