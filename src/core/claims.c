/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Claims on volumes. They are kept in the pool, under its mutex, and made in the same step that looks the volume up,
 * so nothing can happen between the check and the claim. A pool has a few dozen at most (four volume jobs and the
 * streams), so a list is enough. Any thread.
 */
#include "core/claims.h"

#include "base/guard.h"

#include <string.h>

struct AljClaim {
    AljPool *pool; /* (owned) */
    char *vol_name;
    AljClaimKind kind;
    bool is_stream;
    AljTask *task;
};

static bool
check_free(const AljPool *pool, const char *name, AljClaimKind kind, GError **error)
{
    bool is_built = false, is_exclusive = false, is_used = false;
    for (GSList *item = pool->claims; item; item = item->next) {
        const AljClaim *other = item->data;
        if (strcmp(other->vol_name, name) != 0)
            continue;
        is_built |= other->kind == ALJ_CLAIM_BUILD;
        is_exclusive |= other->kind == ALJ_CLAIM_EXCLUSIVE;
        is_used = true;
    }
    if (kind == ALJ_CLAIM_BUILD)
        return !is_used || alj_fail(error, ALJ_ERROR_VOL_EXISTS, "'%s'", name);
    if (is_built)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is still being allocated.", name);
    if (is_exclusive || (is_used && kind == ALJ_CLAIM_EXCLUSIVE))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is still in use.", name);
    return true;
}

AljClaim *
alj_claim_new(AljPool *pool, const char *vol_name, AljClaimKind kind, bool is_stream, AljTask *task,
              AljVolDef **ret_vol, GError **error)
{
    ALJ_LOCK(&pool->mutex);
    const AljPoolState *state = pool->state;
    if (state->is_gone) {
        alj_pool_fail_gone(pool, error);
        return NULL;
    }
    if (!alj_pool_need_volumes(pool, state, error))
        return NULL;
    if (pool->phase == ALJ_PHASE_STOPPING) {
        alj_pool_fail_inactive(pool, error);
        return NULL;
    }
    AljVolDef *vol = alj_vol_tree_find(state->vols, vol_name);
    if (kind == ALJ_CLAIM_BUILD && vol) {
        alj_fail(error, ALJ_ERROR_VOL_EXISTS, "'%s'", vol_name);
        return NULL;
    }
    if (kind != ALJ_CLAIM_BUILD && !vol) {
        alj_pool_fail_no_vol(vol_name, error);
        return NULL;
    }
    if (!check_free(pool, vol_name, kind, error))
        return NULL;
    AljClaim *claim = g_new(AljClaim, 1);
    *claim = (AljClaim){ alj_pool_ref(pool), g_strdup(vol_name), kind, is_stream, task };
    pool->claims = g_slist_prepend(pool->claims, claim);
    pool->n_volume_jobs += !is_stream;
    if (ret_vol)
        *ret_vol = alj_vol_def_ref(vol);
    return claim;
}

void
alj_claim_free(AljClaim *claim)
{
    if (!claim)
        return;
    pthread_mutex_lock(&claim->pool->mutex);
    claim->pool->claims = g_slist_remove(claim->pool->claims, claim);
    claim->pool->n_volume_jobs -= !claim->is_stream;
    pthread_mutex_unlock(&claim->pool->mutex);
    alj_pool_unref(claim->pool);
    g_free(claim->vol_name);
    g_free(claim);
}

static const AljClaim *
find_build(const AljPool *pool, const char *vol_name)
{
    for (GSList *item = pool->claims; item; item = item->next) {
        const AljClaim *claim = item->data;
        if (claim->kind == ALJ_CLAIM_BUILD && strcmp(claim->vol_name, vol_name) == 0)
            return claim;
    }
    return NULL;
}

bool
alj_claim_progress(AljPool *pool, const char *vol_name, uint64_t *ret_bytes)
{
    ALJ_LOCK(&pool->mutex);
    const AljClaim *claim = find_build(pool, vol_name);
    if (!claim)
        return false;
    *ret_bytes = atomic_load(&claim->task->done_bytes);
    return true;
}

void
alj_claims_add_built(AljPool *pool, GPtrArray *names)
{
    ALJ_LOCK(&pool->mutex);
    for (GSList *item = pool->claims; item; item = item->next) {
        const AljClaim *claim = item->data;
        if (claim->kind == ALJ_CLAIM_BUILD)
            g_ptr_array_add(names, g_strdup(claim->vol_name));
    }
}
