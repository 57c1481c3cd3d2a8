/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the state of a pool is exchanged for the next one, and a volume in it for another: the index of keys and paths is written before and
 * cleaned after, so it may know too much and never too little. Memory work only, with `publishing` held from edit to publish.
 */
#include "core/pool_private.h"

#include "base/guard.h"
#include "core/core_private.h"
#include "core/job.h"

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
