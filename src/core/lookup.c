/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is only read: pools and volumes by their names, and the facts of one pool. All of it comes out of memory
 * at once. Any thread; the loop thread above all.
 */
#include "core/core_private.h"

#include "base/guard.h"
#include "base/text.h"
#include "core/lane.h"

#include <string.h>

/* The state numbers of the protocol; the others stand for moments that our snapshots do not have. */
#define STATE_INACTIVE 0
#define STATE_RUNNING  2

/* The list filter's bits besides those of the types; libvirt's numbers. */
#define LIST_INACTIVE     0x1u
#define LIST_ACTIVE       0x2u
#define LIST_PERSISTENT   0x4u
#define LIST_TRANSIENT    0x8u
#define LIST_AUTOSTART    0x10u
#define LIST_NO_AUTOSTART 0x20u
#define LIST_TYPES        0xfffc0u

AljPool *
alj_core_pool_by_name(AljCore *core, const char *name, GError **error)
{
    AljPool *pool = alj_registry_find_name(core->registry, name);
    if (!pool)
        alj_fail(error, ALJ_ERROR_NO_POOL, "no storage pool with matching name '%s'", name);
    return pool;
}

AljPool *
alj_core_pool_by_uuid(AljCore *core, const AljUuid *uuid, const char *name_hint, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    AljPool *pool = alj_registry_find_uuid(core->registry, uuid);
    if (!pool && name_hint)
        alj_fail(error, ALJ_ERROR_NO_POOL, "no storage pool with matching uuid '%s' (%s)", alj_uuid_format(uuid, text),
                 name_hint);
    else if (!pool)
        alj_fail(error, ALJ_ERROR_NO_POOL, "no storage pool with matching uuid '%s'", alj_uuid_format(uuid, text));
    return pool;
}

/* Always false. The text as the client gave it, and what it was compared as if that is another. */
static bool
fail_no_path(AljError code, const char *what, const char *path, const char *clean, GError **error)
{
    if (strcmp(path, clean) == 0)
        return alj_fail(error, code, "no storage %s path '%s'", what, path);
    return alj_fail(error, code, "no storage %s path '%s' (%s)", what, path, clean);
}

AljPool *
alj_core_pool_by_target(AljCore *core, const char *path, GError **error)
{
    g_autofree char *clean = alj_text_clean_path(path);
    AljPool *pool = alj_registry_find_active_target(core->registry, clean);
    if (!pool)
        fail_no_path(ALJ_ERROR_NO_POOL, "pool with matching target", path, clean, error);
    return pool;
}

/* Whether a fact passes the group of two bits: no bit set means "both". */
static bool
passes(unsigned flags, unsigned if_true, unsigned if_false, bool fact)
{
    return !(flags & (if_true | if_false)) || (flags & (fact ? if_true : if_false));
}

GPtrArray *
alj_core_pools(AljCore *core, unsigned list_flags)
{
    GPtrArray *pools = alj_registry_list(core->registry);
    if (list_flags == 0)
        return pools;
    GPtrArray *chosen = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_unref);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        g_autoptr(AljPoolState) state = alj_pool_state(pool);
        unsigned type_bit = alj_pool_type_info(state->def->type)->list_flag;
        if (passes(list_flags, LIST_ACTIVE, LIST_INACTIVE, state->is_active) &&
            passes(list_flags, LIST_PERSISTENT, LIST_TRANSIENT, state->is_persistent) &&
            passes(list_flags, LIST_AUTOSTART, LIST_NO_AUTOSTART, state->is_autostart) &&
            (!(list_flags & LIST_TYPES) || (list_flags & type_bit)))
            g_ptr_array_add(chosen, alj_pool_ref(pool));
    }
    g_ptr_array_unref(pools);
    return chosen;
}

/* ---- one pool ---- */

void
alj_pool_info(AljPool *pool, AljPoolInfo *ret)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    *ret = (AljPoolInfo){ state->is_active ? STATE_RUNNING : STATE_INACTIVE, state->live.capacity_bytes,
                          state->live.allocation_bytes, state->live.available_bytes };
}

char *
alj_pool_xml(AljPool *pool, bool inactive)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (inactive)
        return alj_pool_def_format(state->pending ? state->pending : state->def, NULL, 0);
    return alj_pool_def_format(state->def, state->is_active ? &state->live : NULL, 0);
}

void
alj_pool_health(AljPool *pool, AljPoolHealth *ret)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    *ret = (AljPoolHealth){ .n_jobs = alj_jobs_count(pool->core->jobs, pool), .n_skipped = state->n_skipped,
                            .is_stale = state->is_stale, .reason = g_strdup(state->reason) };
    ret->is_unresponsive = alj_lane_health(pool, &ret->busy_usec);
}

void
alj_pool_health_clear(AljPoolHealth *health)
{
    g_clear_pointer(&health->reason, g_free);
}

/* ---- volumes ---- */

GPtrArray *
alj_pool_vols(AljPool *pool, GError **error)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    return alj_pool_use_volumes(pool, state, error) ? alj_vol_tree_list(state->vols) : NULL;
}

bool
alj_pool_n_vols(AljPool *pool, unsigned *ret, GError **error)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (!alj_pool_use_volumes(pool, state, error))
        return false;
    *ret = alj_vol_tree_size(state->vols);
    return true;
}

bool
alj_pool_vol_by_name(AljPool *pool, const char *name, AljVolRef *ret, GError **error)
{
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (!alj_pool_use_volumes(pool, state, error))
        return false;
    AljVolDef *vol = alj_vol_tree_find(state->vols, name);
    if (!vol)
        return alj_pool_fail_no_vol(name, error);
    *ret = (AljVolRef){ alj_pool_ref(pool), alj_vol_def_ref(vol) };
    return true;
}

bool
alj_core_vol_by_key(AljCore *core, const char *key, AljVolRef *ret, GError **error)
{
    return alj_locations_find(core->locations, ALJ_LOCATION_KEY, key, ret) ||
           alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching key %s", key);
}

bool
alj_core_vol_by_path(AljCore *core, const char *path, AljVolRef *ret, GError **error)
{
    g_autofree char *clean = alj_text_clean_path(path);
    return alj_locations_find(core->locations, ALJ_LOCATION_PATH, clean, ret) ||
           fail_no_path(ALJ_ERROR_NO_VOL, "vol with matching", path, clean, error);
}
