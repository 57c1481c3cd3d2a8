/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots of a pool. Plain memory: a writer copies the current one, changes the copy and publishes it; readers hold
 * references and never wait. Any thread; a state that is published is only read.
 */
#include "core/state.h"

#include <string.h>

static void
clear_live(AljPoolLive *live)
{
    alj_permissions_clear(&live->permissions);
    g_clear_pointer(&live->free_extents, g_array_unref);
    *live = (AljPoolLive){ 0 };
}

static void
copy_live(const AljPoolLive *from, AljPoolLive *to)
{
    *to = *from;
    to->permissions = (AljPermissions){ 0 };
    alj_permissions_copy(&from->permissions, &to->permissions);
    if (from->free_extents)
        g_array_ref(from->free_extents);
}

AljPoolState *
alj_pool_state_new(AljPoolDef *def)
{
    AljPoolState *state = g_new0(AljPoolState, 1);
    alj_refs_init(&state->refs);
    state->def = alj_pool_def_ref(def);
    return state;
}

AljPoolState *
alj_pool_state_copy(const AljPoolState *state)
{
    const size_t after_refs = offsetof(AljPoolState, def); /* the counter changes while this reads */
    AljPoolState *copy = g_new(AljPoolState, 1);
    memcpy((char *) copy + after_refs, (const char *) state + after_refs, sizeof *copy - after_refs);
    alj_refs_init(&copy->refs);
    alj_pool_def_ref(copy->def);
    if (copy->pending)
        alj_pool_def_ref(copy->pending);
    alj_vol_tree_ref(copy->vols);
    copy_live(&state->live, &copy->live);
    if (copy->problems)
        g_ptr_array_ref(copy->problems);
    if (copy->stamps)
        g_hash_table_ref(copy->stamps);
    copy->reason = g_strdup(state->reason);
    return copy;
}

AljPoolState *
alj_pool_state_ref(AljPoolState *state)
{
    alj_refs_inc(&state->refs);
    return state;
}

static void
forget_scan(AljPoolState *state)
{
    g_clear_pointer(&state->vols, alj_vol_tree_unref);
    clear_live(&state->live);
    g_clear_pointer(&state->problems, g_ptr_array_unref);
    g_clear_pointer(&state->stamps, g_hash_table_unref);
    g_clear_pointer(&state->reason, g_free);
    state->is_scanned = state->is_local = state->is_stale = false;
    state->n_skipped = 0;
    state->root = (AljRoot){ 0 };
}

void
alj_pool_state_unref(AljPoolState *state)
{
    if (!state || !alj_refs_dec(&state->refs))
        return;
    forget_scan(state);
    alj_pool_def_unref(state->def);
    if (state->pending)
        alj_pool_def_unref(state->pending);
    g_free(state);
}

static void
replace_def(AljPoolDef **at, AljPoolDef *def)
{
    AljPoolDef *old = *at;
    *at = def ? alj_pool_def_ref(def) : NULL;
    if (old)
        alj_pool_def_unref(old);
}

void
alj_pool_state_set_def(AljPoolState *state, AljPoolDef *def)
{
    replace_def(&state->def, def);
}

void
alj_pool_state_set_pending(AljPoolState *state, AljPoolDef *def)
{
    replace_def(&state->pending, def);
}

void
alj_pool_state_set_scanned(AljPoolState *state, const AljInventory *inventory, AljVolTree *take_vols)
{
    forget_scan(state);
    state->vols = take_vols;
    copy_live(&inventory->live, &state->live);
    state->is_local = inventory->is_local;
    state->n_skipped = inventory->n_skipped;
    state->problems = inventory->problems ? g_ptr_array_ref(inventory->problems) : NULL;
    state->stamps = inventory->stamps ? g_hash_table_ref(inventory->stamps) : NULL;
    state->root = inventory->root;
    state->is_scanned = true;
}

void
alj_pool_state_take_live(AljPoolState *state, AljPoolLive *take_live)
{
    AljPermissions permissions = state->live.permissions;
    state->live.permissions = (AljPermissions){ 0 };
    alj_permissions_clear(&take_live->permissions);
    clear_live(&state->live);
    state->live = *take_live;
    state->live.permissions = permissions;
    *take_live = (AljPoolLive){ 0 };
}

void
alj_pool_state_set_failed(AljPoolState *state, const char *reason)
{
    g_free(state->reason);
    state->reason = g_strdup(reason);
    state->is_stale = true;
}

void
alj_pool_state_set_inactive(AljPoolState *state)
{
    forget_scan(state);
    state->is_active = false;
    if (state->pending) {
        replace_def(&state->def, state->pending);
        replace_def(&state->pending, NULL);
    }
}

void
alj_pool_state_add_allocation(AljPoolState *state, gint64 bytes)
{
    AljPoolLive *live = &state->live;
    if (bytes >= 0) {
        uint64_t taken = MIN((uint64_t) bytes, live->available_bytes);
        live->available_bytes -= taken;
        live->allocation_bytes += taken;
    } else {
        uint64_t given = MIN((uint64_t) -bytes, live->allocation_bytes);
        live->allocation_bytes -= given;
        live->available_bytes += given;
    }
}

AljInventory *
alj_pool_state_inventory(const AljPoolState *state)
{
    AljInventory *inventory = alj_inventory_new();
    g_clear_pointer(&inventory->vols, g_ptr_array_unref);
    inventory->vols = alj_vol_tree_list(state->vols);
    copy_live(&state->live, &inventory->live);
    inventory->is_local = state->is_local;
    inventory->stamps = state->stamps ? g_hash_table_ref(state->stamps) : NULL;
    return inventory;
}
