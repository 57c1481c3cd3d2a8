/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that exist: looked at, opened, resized, wiped. Sizes are asked of zfs, bytes go through the node, which is checked to
 * be the volume's. Runs on a pool's workers.
 */
#include "backend/zfs/vol.h"

#include "backend/blocks/blocks.h"
#include "backend/zfs/medium.h"
#include "backend/zfs/tool.h"
#include "base/guard.h"
#include "base/task.h"
#include "host/blocks.h"
#include "host/files.h"
#include "host/zvols.h"

#include <string.h>

#define NODE_USEC (10 * G_USEC_PER_SEC) /* until udev has made the link to a new volume */
#define LINKS     "/dev/zvol/"

/* ---- looking ---- */

AljVolDef *
alj_zfs_vol(const AljPoolDef *pool, const AljZfsDataset *dataset)
{
    AljVolDef *vol = alj_vol_def_new(alj_zfs_child(pool->source_name, dataset->name));
    vol->type = ALJ_VOL_BLOCK;
    vol->key = g_strdup(dataset->name);
    vol->identity = dataset->guid;
    vol->path = g_strconcat(pool->target_path, "/", vol->name, NULL);
    vol->capacity_bytes = dataset->volume_bytes;
    /* The reservation of a full volume has room for what zfs needs besides: that is nothing the volume holds. */
    vol->allocation_bytes = MIN(dataset->taken_bytes, dataset->volume_bytes);
    if (dataset->origin) {
        g_autofree char *origin = g_strconcat(LINKS, dataset->origin, NULL);
        vol->backing = alj_backing_new(origin);
    }
    return vol;
}

/* The dataset of volume @name, whichever that is now. */
static AljZfsDataset *
look(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = NULL;
    g_autofree char *path = g_strconcat(pool->source_name, "/", name, NULL);
    if (!alj_zfs_look(call, path, &dataset, error))
        return NULL;
    if (dataset && dataset->is_volume)
        return g_steal_pointer(&dataset);
    alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}

AljVolDef *
alj_zfs_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = look(call, pool, name, error);
    return dataset ? alj_zfs_vol(pool, dataset) : NULL;
}

bool
alj_zfs_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_autoptr(AljVolDef) now = alj_zfs_vol_probe(call, pool, vol->name, error);
    if (now)
        *ret = (AljVolStat){ .capacity_bytes = now->capacity_bytes, .allocation_bytes = now->allocation_bytes, .has_backing = true,
                             .backing = g_steal_pointer(&now->backing) }; /* deleting the origin changes it */
    return now != NULL;
}

bool
alj_zfs_fail_other(const char *name, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is another one than when the pool was read; refresh the pool", name);
}

AljZfsDataset *
alj_zfs_vol_same(AljCall *call, const AljVolDef *vol, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = NULL;
    if (!alj_zfs_look(call, vol->key, &dataset, error))
        return NULL;
    if (dataset && dataset->is_volume && dataset->guid == vol->identity)
        return g_steal_pointer(&dataset);
    if (dataset && dataset->is_volume)
        alj_zfs_fail_other(vol->name, error);
    else
        alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", vol->name);
    return NULL;
}

/* ---- bytes ---- */

int
alj_zfs_vol_node(AljCall *call, const AljVolDef *vol, int flags, GError **error)
{
    return alj_zvol_open(call->host, vol->key, vol->path, flags, NODE_USEC, call->task, error);
}

/* Once it is open it is not destroyed. So the name leads to what is open, and to the one that is wanted, or it was given on meanwhile. */
int
alj_zfs_vol_hold(AljCall *call, const AljVolDef *vol, int flags, AljZfsDataset **ret_dataset, GError **error)
{
    if (!alj_zfs_check_state(call, vol->key, error))
        return -1;
    alj_autofd fd = alj_zfs_vol_node(call, vol, flags, error);
    g_autoptr(AljZfsDataset) dataset = fd < 0 ? NULL : alj_zfs_vol_same(call, vol, error);
    if (!dataset)
        return -1;
    if (!alj_zvol_is(call->host, fd, vol->key)) {
        alj_zfs_fail_other(vol->name, error);
        return -1;
    }
    if (ret_dataset)
        *ret_dataset = g_steal_pointer(&dataset);
    return alj_steal_fd(&fd);
}

AljMedium *
alj_zfs_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    int claim = (open_flags & O_ACCMODE) == O_RDONLY ? 0 : O_EXCL;
    int fd = alj_zfs_vol_hold(call, vol, open_flags | claim, NULL, error);
    return fd < 0 ? NULL : alj_zfs_medium_new(call->host, fd, vol->path);
}

/* Whether the bytes of @dataset are its own alone: what snapshots and clones hold no wipe reaches. */
static bool
check_alone(AljCall *call, const AljVolDef *vol, const AljZfsDataset *dataset, GError **error)
{
    if (dataset->origin)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is a clone of '%s', which keeps the old bytes they share: no wipe "
                        "reaches them; vol-delete gives back what is the clone's own", vol->name, dataset->origin);
    g_autoptr(GPtrArray) snapshots = alj_zfs_snapshots(call, vol->key, 1, error);
    if (!snapshots || snapshots->len == 0)
        return snapshots != NULL;
    const AljZfsSnapshot *first = g_ptr_array_index(snapshots, 0);
    return *first->clones ? alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has clones ('%s'), which keep its old bytes: no wipe "
                                     "reaches them before they are deleted", vol->name, *first->clones)
                          : alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has snapshots ('%s'), which keep its old bytes: no wipe "
                                     "reaches them before they are deleted ('zfs destroy %s')", vol->name, first->name, first->name);
}

/*
 * What is overwritten goes to new blocks, and the old ones are merely free: patterns, however many, would never meet the
 * bytes they are to destroy. Giving the blocks back does all that can be done, at once and without taking room.
 */
AljVolDef *
alj_zfs_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    uint64_t bytes;
    if (how != ALJ_WIPE_ZERO && how != ALJ_WIPE_TRIM) {
        alj_fail(error, ALJ_ERROR_ARGUMENT_UNSUPPORTED, "zfs never writes over the old bytes of volume '%s': only the algorithms "
                 "'zero' and 'trim' have an effect", vol->name);
        return NULL;
    }
    g_autoptr(AljZfsDataset) dataset = NULL;
    alj_autofd fd = alj_zfs_vol_hold(call, vol, O_RDWR | O_EXCL, &dataset, error);
    if (fd < 0 || !check_alone(call, vol, dataset, error) || !alj_file_size(call->host, fd, vol->path, &bytes, error)
        || !alj_zvol_discard(call->host, fd, vol->path, bytes, call->task, error)
        || !alj_file_sync(call->host, fd, vol->path, error)
        || !check_alone(call, vol, dataset, error)) /* a snapshot of these minutes has the old bytes, too */
        return NULL;
    return alj_zfs_vol_probe(call, pool, vol->name, error);
}

/* ---- size ---- */

bool
alj_zfs_vol_fit(AljCall *call, const AljZfsDataset *dataset, uint64_t bytes, bool reserve, GError **error)
{
    uint64_t block = MAX(dataset->block_bytes, 1), end;
    if (__builtin_add_overflow(bytes, block - 1, &end) || end > INT64_MAX)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "volume '%s' cannot have %" G_GUINT64_FORMAT " bytes", dataset->name, bytes);
    g_autofree char *size = g_strdup_printf("volsize=%" G_GUINT64_FORMAT, end / block * block);
    if (reserve)
        return alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "set", size, "refreservation=auto", dataset->name), error);
    return alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "set", size, dataset->name), error);
}

AljVolDef *
alj_zfs_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = alj_zfs_vol_same(call, vol, error);
    if (!dataset)
        return NULL;
    alj_autofd claim = -1; /* what somebody has mounted, or mounts now, is not cut off */
    if (bytes < dataset->volume_bytes) {
        claim = alj_zfs_vol_hold(call, vol, O_RDWR | O_EXCL, NULL, error);
        if (claim < 0 || !alj_block_vol_check_cut(call, claim, vol, "zfs set volsize", error))
            return NULL;
    }
    if (!alj_zfs_vol_fit(call, dataset, bytes, flags & ALJ_VOL_RESIZE_ALLOCATE, error))
        return NULL;
    g_autoptr(AljVolDef) now = alj_zfs_vol_probe(call, pool, vol->name, error);
    if (!now)
        return NULL;
    if (now->capacity_bytes < bytes) {
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "zfs gave volume '%s' %" G_GUINT64_FORMAT " bytes instead of %"
                 G_GUINT64_FORMAT, vol->name, now->capacity_bytes, bytes);
        return NULL;
    }
    return g_steal_pointer(&now);
}
