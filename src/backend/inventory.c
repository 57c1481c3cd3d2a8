/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The result of a scan as an object: made empty, filled by one backend on one worker, given to the core, immutable from then
 * on. Owns its lists. And what a look at one volume owns.
 */
#include "backend/backend.h"

AljInventory *
alj_inventory_new(void)
{
    AljInventory *inventory = g_new0(AljInventory, 1);
    inventory->vols = g_ptr_array_new_with_free_func((GDestroyNotify) alj_vol_def_unref);
    inventory->problems = g_ptr_array_new_with_free_func(g_free);
    return inventory;
}

void
alj_inventory_free(AljInventory *inventory)
{
    if (!inventory)
        return;
    g_ptr_array_unref(inventory->vols);
    g_ptr_array_unref(inventory->problems);
    g_clear_pointer(&inventory->stamps, g_hash_table_unref);
    alj_permissions_clear(&inventory->live.permissions);
    g_clear_pointer(&inventory->live.free_extents, g_array_unref);
    g_free(inventory);
}

void
alj_vol_stat_clear(AljVolStat *stat)
{
    alj_permissions_clear(&stat->permissions);
    alj_backing_free(stat->backing);
    *stat = (AljVolStat){ 0 };
}
