/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type dir: a directory of the host, its files the volumes. The smallest backend: all but the life of the pool
 * itself is in files/. Runs on a pool's workers.
 */
#include "backend/files/files.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/mounts.h"
#include "host/subvol.h"

static const AljTool tools[] = { ALJ_FILES_TOOLS, { 0 } };

/* Whether volumes can be what the definition wants them to be. */
static bool
check_layout(const AljPoolDef *pool, int fd, GError **error)
{
    return !pool->has_subvolumes || alj_subvol_is_possible(fd)
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volumes of pool '%s' are to be sub-volumes, but '%s' is not on btrfs", pool->name,
                    pool->target_path);
}

/* The directory of the pool, unless it is on a file system that is to be mounted and is not. Returns: descriptor or -1. */
static int
open_target(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autofree char *missing = alj_mount_find_missing(call->host, pool->target_path);
    alj_autofd fd = missing ? -1 : alj_dir_open(call->host, pool->target_path, error);
    if (!missing)
        return fd >= 0 && check_layout(pool, fd, error) ? alj_steal_fd(&fd) : -1;
    alj_fail(error, ALJ_ERROR_BAD_STATE, "nothing is mounted on '%s', which is a mount point in /etc/fstab: volumes of pool '%s' "
             "would be written below it", missing, pool->name);
    return -1;
}

static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    g_autoptr(GError) absent = NULL;
    alj_autofd fd = open_target(call, pool, &absent);
    *ret_active = fd >= 0;
    return true;
}

/* A refresh takes the directory that is there now, and says so if it is another one. */
static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    AljRoot before = call->get_root(call);
    alj_autofd fd = open_target(call, pool, error);
    g_autoptr(AljInventory) inventory = fd < 0 ? NULL : alj_files_scan(call, pool, old, error);
    if (!inventory)
        return NULL;
    bool is_same = inventory->root.device == before.device && inventory->root.inode == before.inode;
    if (before.device != 0 && !is_same)
        g_ptr_array_add(inventory->problems, g_strdup_printf("'%s' is another directory than before: something was unmounted or "
                                                             "mounted there, or it was replaced", pool->target_path));
    return g_steal_pointer(&inventory);
}

static bool
pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!alj_files_check_build(flags, error))
        return false;
    if (flags) /* a directory has no device; said before anything is made */
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "No source device specified when formatting pool '%s'", pool->name);
    if (!alj_files_make_target(call, pool, &undo, error))
        return false;
    alj_autofd fd = alj_dir_open(call->host, pool->target_path, error);
    if (fd < 0 || !check_layout(pool, fd, error))
        return false;
    alj_undo_commit(&undo);
    return true;
}

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    alj_autofd fd = open_target(call, pool, error);
    return fd >= 0;
}

static bool
pool_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    return alj_dir_remove(call->host, pool->target_path, error);
}

ALJ_BACKEND_DEFINE(ALJ_POOL_DIR, .summary = "a directory of the host", .traits = ALJ_TRAIT_KEEPS_TOTALS, .tools = tools,
                   .pool_probe = pool_probe, .pool_build = pool_build, .pool_start = pool_start,
                   .pool_delete = pool_delete, .scan = scan, ALJ_FILES_VOLUMES);
