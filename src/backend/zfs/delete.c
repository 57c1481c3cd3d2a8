/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vol-delete. A volume that others were cloned from can go as well as any: one of the clones takes over the blocks they share
 * ("promote"), and nobody loses a byte. Snapshots that somebody took of the volume go with it only if that was asked for; as
 * zfs destroys them before it finds the volume open, those of a volume that is seen to be in use stay. And what would be lost with
 * a whole pool besides its volumes. Runs on a pool's workers.
 */
#include "backend/zfs/destroy.h"
#include "backend/zfs/tool.h"
#include "backend/zfs/vol.h"
#include "base/guard.h"
#include "host/files.h"

#include <fcntl.h>

/* The snapshots somebody wants to keep: the others were made for clones, and go by themselves. */
static bool
check_snapshots(const AljVolDef *vol, const GPtrArray *snapshots, GError **error)
{
    for (guint i = 0; i < snapshots->len; i++) {
        const AljZfsSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        if (!snapshot->is_deferred)
            return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has snapshots ('%s'), which would be lost; "
                            "vol-delete --delete-snapshots deletes them, too", vol->name, snapshot->name);
    }
    return true;
}

/* A volume without a node is open nowhere. */
static bool
check_free(AljCall *call, const AljVolDef *vol, GError **error)
{
    GError *failure = NULL;
    alj_autofd fd = alj_zfs_vol_hold(call, vol, O_RDONLY | O_EXCL, NULL, &failure);
    if (fd >= 0)
        return !alj_file_has_writer(fd)
            || alj_fail(error, ALJ_ERROR_BUSY, "'%s' is in use: a running guest writes to it", vol->path);
    if (alj_error_is(failure, ALJ_ERROR_TIMEOUT)) {
        g_error_free(failure);
        return true;
    }
    g_propagate_error(error, failure);
    return false;
}

/* @of: what it is a clone of */
static bool
fail_dependent(const char *clone, const char *of, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s', which is not in this pool, is a clone of '%s'; 'zfs promote %s' makes it "
                    "independent", clone, of, clone);
}

/*
 * Lets a clone take over the newest snapshot that has clones, and with it all older ones. After that nothing stands on @vol.
 * A clone outside the pool is not ours to change.
 */
static bool
promote_clone(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, const GPtrArray *snapshots, GError **error)
{
    for (guint i = snapshots->len; i > 0; i--) {
        char **clones = ((const AljZfsSnapshot *) g_ptr_array_index(snapshots, i - 1))->clones;
        for (char **clone = clones; *clone; clone++)
            if (alj_zfs_child(pool->source_name, *clone))
                return alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "promote", *clone), error);
        if (*clones)
            return fail_dependent(*clones, vol->name, error);
    }
    return true;
}

bool
alj_zfs_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    bool with_snapshots = flags & ALJ_VOL_DELETE_WITH_SNAPSHOTS;
    unsigned unknown = flags & ~(unsigned) ALJ_VOL_DELETE_WITH_SNAPSHOTS;
    if (unknown)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendZFSDeleteVol", unknown);
    g_autoptr(AljZfsDataset) now = alj_zfs_vol_same(call, vol, error);
    g_autoptr(GPtrArray) snapshots = now ? alj_zfs_snapshots(call, vol->key, 1, error) : NULL;
    return snapshots && (with_snapshots ? check_free(call, vol, error) : check_snapshots(vol, snapshots, error))
        && promote_clone(call, pool, vol, snapshots, error)
        && alj_zfs_destroy_volume(call, vol->key, vol->identity, with_snapshots, error);
}

/* ---- pool-delete ---- */

static bool
fail_lost(const char *name, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is no volume of this pool and would be lost with it", name);
}

/* Volumes with names that we do not use are none of the pool: no listing has ever shown them. */
static bool
check_datasets(AljCall *call, const AljPoolDef *pool, GError **error)
{
    unsigned n_unknown = 0;
    g_autoptr(GPtrArray) datasets = alj_zfs_list(call, pool->source_name, &n_unknown, error);
    for (guint i = 0; datasets && i < datasets->len; i++) {
        const AljZfsDataset *dataset = g_ptr_array_index(datasets, i);
        bool is_volume = dataset->is_volume && alj_zfs_child(pool->source_name, dataset->name);
        if (!is_volume && strcmp(dataset->name, pool->source_name) != 0)
            return fail_lost(dataset->name, error);
    }
    return datasets
        && (n_unknown == 0 || alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' holds %u datasets that cannot be told apart and would be lost "
                                       "with it", pool->source_name, n_unknown));
}

/* Those of its volumes, too: vol-delete does not take them along either unless that was asked for. */
static bool
check_pool_snapshots(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GPtrArray) snapshots = alj_zfs_snapshots(call, pool->source_name, 2, error);
    for (guint i = 0; snapshots && i < snapshots->len; i++) {
        const AljZfsSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        if (!snapshot->is_deferred)
            return fail_lost(snapshot->name, error);
        for (char **clone = snapshot->clones; *clone; clone++)
            if (!alj_zfs_child(pool->source_name, *clone))
                return fail_dependent(*clone, snapshot->name, error);
    }
    return snapshots != NULL;
}

/* A dataset is a file system as well, whether somebody has mounted it or not, and has at least its root directory. */
static bool
check_files(AljCall *call, const AljPoolDef *pool, GError **error)
{
    uint64_t objects;
    return alj_zfs_objects(call, pool->source_name, &objects, error)
        && (objects <= 1 || alj_fail(error, ALJ_ERROR_BAD_STATE, "there are files in '%s', which would be lost with it ('zfs mount' "
                                     "shows where)", pool->source_name));
}

bool
alj_zfs_check_only_volumes(AljCall *call, const AljPoolDef *pool, GError **error)
{
    return check_datasets(call, pool, error) && check_pool_snapshots(call, pool, error) && check_files(call, pool, error);
}
