/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type disk: a disk with a partition table, its partitions the volumes. The life of the pool and its scan; tables
 * are host/partitions.h, volumes vol.c and make.c. What is on a disk is only overwritten when that was asked for in so
 * many words. Runs on a pool's workers.
 */
#include "backend/disk/disk.h"

#include "backend/blocks/blocks.h"
#include "backend/disk/record.h"
#include "backend/disk/vol.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/blocks.h"

#include <errno.h>
#include <string.h>

static const AljTool tools[] = { ALJ_BLOCK_TOOLS, { 0 } };

/* ---- start, stop ---- */

static bool
is_missing(const GError *error)
{
    return alj_error_errno(error) == ENOENT;
}

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    GError *failure = NULL;
    if (!alj_disk_open(call->host, alj_diskpool_device(pool), O_RDONLY, &disk, &failure)) {
        if (!is_missing(failure)) {
            g_propagate_error(error, failure);
            return false;
        }
        g_error_free(failure);
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "device path '%s' doesn't exist", alj_diskpool_device(pool));
    }
    g_autoptr(GPtrArray) unread = g_ptr_array_new_with_free_func(g_free); /* the scan tells them */
    alj_disk_recover(call, pool, unread);
    return alj_diskpool_check_start(call, &disk, alj_diskpool_format(pool), error);
}

static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    GError *failure = NULL;
    *ret_active = pool_start(call, pool, &failure);
    if (*ret_active)
        return true;
    if (alj_error_is(failure, ALJ_ERROR_SYSTEM)) { /* nothing is known: that is not the same as "it is gone" */
        g_propagate_error(error, failure);
        return false;
    }
    g_error_free(failure);
    return true;
}

/* ---- build, delete ---- */

static bool
open_whole(AljCall *call, const AljPoolDef *pool, int flags, const char *if_missing, AljDisk *ret, GError **error)
{
    GError *failure = NULL;
    const char *path = alj_diskpool_device(pool);
    if (alj_disk_open(call->host, path, flags, ret, &failure))
        return true;
    if (is_missing(failure) && if_missing)
        alj_fail(error, ALJ_ERROR_PROBE_FAILED, "%s %s", if_missing, path);
    else if (is_missing(failure))
        alj_fail_errno(error, ENOENT, "Failed to open storage volume with path '%s'", path);
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    g_clear_error(&failure);
    return false;
}

/* The kernel forgets all partitions first: it refuses while anybody has one open, and then nothing is written. */
static bool
forget_partitions(AljCall *call, const AljDisk *disk, GError **error)
{
    g_autoptr(GArray) numbers = alj_disk_known(disk);
    for (guint i = 0; i < numbers->len; i++)
        if (!alj_disk_remove(call->host, disk, g_array_index(numbers, unsigned, i), error))
            return false;
    return true;
}

/* @label: NULL: only what is there goes */
static bool
replace_table(AljCall *call, const AljPoolDef *pool, const char *label, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    g_auto(AljDisk) disk = ALJ_DISK_INIT; /* closes the disk, and so unlocks it, before a step back locks it again */
    AljHost *host = call->host;
    if (!open_whole(call, pool, O_RDWR | O_EXCL, NULL, &disk, error) || !alj_disk_lock(host, &disk, call->task, error))
        return false;
    g_autoptr(AljTableChange) change = label ? alj_partitions_plan_label(host, disk.fd, disk.path, label, error)
                                             : alj_partitions_plan_clear(host, disk.fd, disk.path, error);
    AljDiskRecord *record = change ? alj_disk_record_new(call, pool, &disk, ALJ_DISK_REPLACES, NULL, change, error) : NULL;
    if (!record)
        return false;
    alj_undo_push(&undo, alj_disk_record_undo, record, NULL);
    if (!forget_partitions(call, &disk, error) || !alj_table_change_apply(change, host, disk.fd, disk.path, error)
        || !alj_disk_record_drop(record, error))
        return false;
    alj_undo_commit(&undo);
    return true;
}

static bool
check_empty(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    return open_whole(call, pool, O_RDONLY, "Failed to create filesystem probe for device", &disk, error)
        && alj_diskpool_check_build(call, &disk, alj_diskpool_format(pool), error);
}

static bool
pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    unsigned unknown = flags & ~(unsigned) (ALJ_BUILD_OVERWRITE | ALJ_BUILD_NO_OVERWRITE);
    if (unknown)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendDiskBuildPool", unknown);
    if (!(flags & ALJ_BUILD_OVERWRITE) && !check_empty(call, pool, error))
        return false;
    return replace_table(call, pool, alj_diskpool_format(pool), error);
}

static bool
pool_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendDiskDeletePool", flags);
    return replace_table(call, pool, NULL, error);
}

/* ---- scan ---- */

static bool
pool_live(AljCall *call, const AljPoolDef *pool, AljPoolLive *ret, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    if (!alj_disk_open(call->host, alj_diskpool_device(pool), O_RDONLY, &disk, error))
        return false;
    g_autoptr(AljPartTable) table = alj_diskpool_read(call, pool, &disk, error);
    if (table)
        alj_diskpool_live(pool, table, ret);
    return table != NULL;
}

static void
add_problems(const AljDisk *disk, const AljPartTable *table, AljInventory *inventory)
{
    if (table->problem)
        g_ptr_array_add(inventory->problems, g_strdup_printf("no partition of '%s' can be made or deleted before its table is "
                                                             "repaired: %s", disk->path, table->problem));
    if (alj_block_is_whole_disk(disk->path))
        g_ptr_array_add(inventory->problems, g_strdup_printf("guests must be given partitions of '%s', never the disk itself: who "
                                                             "writes to the disk can change all of them", disk->path));
    for (guint i = 0; i < inventory->vols->len; i++) {
        const AljVolDef *vol = g_ptr_array_index(inventory->vols, i);
        if (vol->problem)
            g_ptr_array_add(inventory->problems, g_strdup_printf("%s: %s", vol->name, vol->problem));
    }
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    alj_disk_recover(call, pool, inventory->problems);
    alj_diskpool_settle(call);
    if (!alj_disk_open(call->host, alj_diskpool_device(pool), O_RDONLY, &disk, error))
        return NULL;
    g_autoptr(AljPartTable) table = alj_diskpool_read(call, pool, &disk, error);
    if (!table)
        return NULL;
    for (guint i = 0; i < table->parts->len; i++)
        g_ptr_array_add(inventory->vols, alj_diskpool_vol(call, pool, &disk, table, &g_array_index(table->parts, AljPart, i)));
    alj_diskpool_live(pool, table, &inventory->live);
    add_problems(&disk, table, inventory);
    return g_steal_pointer(&inventory);
}

ALJ_BACKEND_DEFINE(ALJ_POOL_DISK, .summary = "a disk with a partition table", .tools = tools, .scan = scan,
                   .pool_probe = pool_probe, .pool_build = pool_build, .pool_start = pool_start, .pool_delete = pool_delete,
                   .pool_live = pool_live, .vol_probe = alj_disk_vol_probe, .vol_stat = alj_disk_vol_stat,
                   .vol_plan = alj_disk_vol_plan, .vol_create = alj_disk_vol_create, .vol_copy = alj_disk_vol_copy,
                   .vol_resize = alj_disk_vol_resize,
                   .vol_delete = alj_disk_vol_delete, .vol_wipe = alj_disk_vol_wipe, .vol_open = alj_disk_vol_open);
