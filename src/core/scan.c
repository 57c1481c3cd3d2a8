/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a whole pool while its volumes keep changing. The scan builds a list aside; the names that were published as
 * new, changed or gone since it began are in the pool's journal, and for those the published state is newer than what
 * the scan saw. So is a volume that is being made. Runs on the pool's lane, so there is one scan at a time, except when
 * the first is stuck: then its result is dropped.
 */
#include "core/core_private.h"
#include "core/claims.h"
#include "core/job.h"
#include "core/locations.h"

#include "base/guard.h"
#include "base/log.h"

#define PROBLEMS_TOLD 10 /* of one scan */

static void
begin_journal(AljPool *pool)
{
    ALJ_LOCK(&pool->publishing);
    g_clear_pointer(&pool->journal, g_ptr_array_unref);
    pool->journal = g_ptr_array_new_with_free_func(g_free);
}

/* @take_found with everything that is newer in @now: what the journal names, and volumes being made. Ends the journal. */
static AljVolTree *
replay(AljPool *pool, AljVolTree *take_found, const AljPoolState *now)
{
    AljVolTree *tree = take_found;
    g_autoptr(GPtrArray) names = g_steal_pointer(&pool->journal);
    alj_claims_add_built(pool, names);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        AljVolDef *vol = alj_vol_tree_find(now->vols, name);
        AljVolTree *next = vol ? alj_vol_tree_with(tree, vol) : alj_vol_tree_without(tree, name);
        alj_vol_tree_unref(tree);
        tree = next;
    }
    return tree;
}

static bool
publish_found(AljPool *pool, AljJob *job, const AljInventory *found, bool activates, GError **error)
{
    AljLocations *locations = pool->core->locations;
    AljVolTree *tree = alj_vol_tree_from(found->vols); /* the long part, before anyone waits */
    AljPoolState *next = alj_pool_edit(pool);
    g_autoptr(AljPoolState) old = alj_pool_state_ref(pool->state);
    if (!pool->journal || next->is_gone || (!next->is_active && !activates)) { /* stopped meanwhile, by another worker */
        alj_vol_tree_unref(tree);
        alj_pool_drop(pool, next);
        return alj_pool_fail_inactive(pool, error);
    }
    tree = replay(pool, tree, next);
    g_autoptr(GPtrArray) before = alj_vol_tree_list(old->vols), now = alj_vol_tree_list(tree);
    alj_pool_state_set_scanned(next, found, tree);
    next->is_active = true;
    alj_locations_add_all(locations, pool, now, before);
    bool is_done = alj_pool_publish(pool, job, next, error);
    if (is_done)
        alj_locations_remove_all(locations, pool, before, now);
    else
        alj_locations_remove_all(locations, pool, now, before);
    return is_done;
}

/* The inventory stays as it was; who asks is told that it is old. */
static void
publish_failed(AljPool *pool, AljJob *job, const GError *failure)
{
    AljPoolState *next = alj_pool_edit(pool);
    g_clear_pointer(&pool->journal, g_ptr_array_unref);
    if (!next->is_active) {
        alj_pool_drop(pool, next);
        return;
    }
    g_autofree char *reason = alj_error_text(failure);
    alj_pool_state_set_failed(next, reason);
    (void) alj_pool_publish(pool, job, next, NULL); /* the caller reports the failure itself */
}

/* What a scan could not read or left out is told when it is new, and only here: lists do not show it. */
static void
tell_problems(const AljPool *pool, const AljPoolState *before, const AljInventory *found)
{
    AljLogFields about = { .pool = pool->name, .client_uid = -1 };
    for (guint i = 0; found->problems && i < MIN(found->problems->len, PROBLEMS_TOLD); i++) {
        const char *problem = g_ptr_array_index(found->problems, i);
        if (!before->problems || !g_ptr_array_find_with_equal_func(before->problems, problem, g_str_equal, NULL))
            alj_log(G_LOG_LEVEL_MESSAGE, &about, "%s", problem);
    }
    if (found->n_skipped != before->n_skipped)
        alj_log(G_LOG_LEVEL_MESSAGE, &about, "entries left out, being no volumes: %u", found->n_skipped);
}

bool
alj_pool_scan(AljPool *pool, AljJob *job, const AljPoolDef *def, bool activates, GError **error)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    g_autoptr(AljInventory) old = state->is_scanned ? alj_pool_state_inventory(state) : NULL;
    const AljBackend *backend = alj_pool_backend(pool, state);
    GError *failure = NULL;
    begin_journal(pool);
    g_autoptr(AljInventory) found = backend->scan(&job->call, def, old, &failure);
    if (found) {
        tell_problems(pool, state, found);
        return publish_found(pool, job, found, activates, error);
    }
    publish_failed(pool, job, failure);
    g_propagate_error(error, failure);
    return false;
}

void
alj_pool_renew_totals(AljPool *pool, AljJob *job)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    const AljBackend *backend = alj_pool_backend(pool, state);
    AljPoolLive live = { 0 };
    g_autoptr(GError) error = NULL;
    if (!backend->pool_live)
        return;
    if (backend->pool_live(&job->call, state->def, &live, &error)) {
        AljPoolState *next = alj_pool_edit(pool);
        if (next->is_active)
            alj_pool_state_take_live(next, &live);
        (void) alj_pool_publish(pool, job, next, NULL); /* fails only for jobs that were given up */
    } else {
        AljLogFields about = { .pool = pool->name, .error = error->message, .client_uid = -1 };
        alj_log(G_LOG_LEVEL_WARNING, &about, "the totals are those before the last change");
    }
    alj_permissions_clear(&live.permissions);
    g_clear_pointer(&live.free_extents, g_array_unref);
}
