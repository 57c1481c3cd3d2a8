/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type rbd: one pool of a Ceph cluster, or a namespace in it; its images are the volumes. The life of the pool and its scan;
 * volumes are vol.c, make.c and delete.c. Runs on a pool's workers.
 */
#include "backend/rbd/cluster.h"
#include "backend/rbd/record.h"
#include "backend/rbd/scan.h"
#include "backend/rbd/vol.h"

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    return alj_rbd_get(call, pool, error) != NULL;
}

/* Nothing on this host can have gone: a pool that was up is up, and whether its cluster answers is seen when it is read. */
static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    *ret_active = true;
    return true;
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    AljRbd *rbd = alj_rbd_get(call, pool, error);
    if (!rbd || !alj_rbd_live(call, pool, &inventory->live, error))
        return NULL;
    alj_rbd_recover(call, rbd, pool, inventory->problems);
    return alj_rbd_scan(call, rbd, pool, old, inventory, error) ? g_steal_pointer(&inventory) : NULL;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_RBD, .summary = "images of a Ceph cluster", .traits = ALJ_TRAIT_REMOTE | ALJ_TRAIT_SHARED,
                   .connect = alj_rbd_connect, .disconnect = alj_rbd_disconnect, .scan = scan, .pool_probe = pool_probe,
                   .pool_start = pool_start, .pool_live = alj_rbd_live, .vol_probe = alj_rbd_vol_probe,
                   .vol_stat = alj_rbd_vol_stat, .vol_plan = alj_rbd_vol_plan, .vol_create = alj_rbd_vol_create,
                   .vol_copy = alj_rbd_vol_copy, .vol_resize = alj_rbd_vol_resize, .vol_delete = alj_rbd_vol_delete,
                   .vol_wipe = alj_rbd_vol_wipe, .vol_open = alj_rbd_vol_open);
