/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type scsi: the disks behind a SCSI host adapter, or behind a fibre channel port that is made for the pool. Volumes are
 * luns/; the adapter is adapter.c, ports are port.c. Runs on a pool's workers.
 */
#include "backend/blocks/blocks.h"
#include "backend/scsi/adapter.h"
#include "host/fc.h"
#include "host/scsi.h"

#include <string.h>

static const AljTool tools[] = { ALJ_BLOCK_TOOLS, { 0 } };

/* ---- start, stop ---- */

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    return !alj_adapter_is_port(pool) || alj_port_make(call, pool, error);
}

static bool
pool_stop(AljCall *call, const AljPoolDef *pool, GError **error)
{
    return !alj_adapter_is_port(pool) || alj_port_remove(call, pool, error);
}

/* ---- scan ---- */

/* Behind a port without link there are no disks; that is worth a word. */
static void
add_port_state(AljCall *call, const AljLunHost *lun_host, AljInventory *inventory)
{
    g_autofree char *state = lun_host->is_virtual ? alj_fc_port_state(call->host, lun_host->number) : NULL;
    if (state && g_ascii_strcasecmp(state, "Online") != 0)
        g_ptr_array_add(inventory->problems, g_strdup_printf("fibre channel port host%u is not online: %s", lun_host->number, state));
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    AljLunHost lun_host;
    if (!alj_adapter_find(call, pool, &lun_host, error) || !alj_scsi_rescan(call->host, lun_host.number, call->task, error))
        return NULL;
    AljInventory *inventory = alj_luns_scan(call, pool, &lun_host, error);
    if (inventory)
        add_port_state(call, &lun_host, inventory);
    return inventory;
}

/* ---- volumes ---- */

static AljVolDef *
vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    AljLunHost lun_host;
    return alj_adapter_find(call, pool, &lun_host, error) ? alj_luns_vol_probe(call, pool, &lun_host, name, error) : NULL;
}

static bool
vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    AljLunHost lun_host;
    return alj_adapter_find(call, pool, &lun_host, error) && alj_luns_vol_stat(call, &lun_host, vol, ret, error);
}

static AljMedium *
vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    AljLunHost lun_host;
    return alj_adapter_find(call, pool, &lun_host, error) ? alj_luns_vol_open(call, &lun_host, vol, open_flags, error) : NULL;
}

static AljVolDef *
vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    AljLunHost lun_host;
    return alj_adapter_find(call, pool, &lun_host, error) ? alj_luns_vol_wipe(call, pool, &lun_host, vol, how, error) : NULL;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_SCSI, .summary = "the disks behind a SCSI or fibre channel adapter",
                   .traits = ALJ_TRAIT_REMOTE | ALJ_TRAIT_SHARED, .tools = tools, .scan = scan,
                   .pool_probe = alj_adapter_is_there, .pool_start = pool_start, .pool_stop = pool_stop, .vol_probe = vol_probe,
                   .vol_stat = vol_stat, .vol_open = vol_open, .vol_wipe = vol_wipe);
