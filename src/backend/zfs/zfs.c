/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type zfs: a zpool, or a dataset of one, whose volumes (zvols) are block devices. This is the life of the pool: made
 * of devices that are empty, found, read, destroyed. Whether a zpool is imported is the host's business, and other things may
 * live in it: nothing here imports or exports, and a pool is destroyed only if there is nothing in it but volumes. Runs on a pool's
 * workers.
 */
#include "backend/zfs/draft.h"
#include "backend/zfs/tool.h"
#include "backend/zfs/vol.h"
#include "base/guard.h"
#include "host/blocks.h"
#include "host/udev.h"

#include <string.h>

static const AljTool tools[] = {
    { "zfs", "zfsutils-linux", "everything with volumes" },
    { "zpool", "zfsutils-linux", "building, finding and deleting pools" },
    { "qemu-img", "qemu-utils", "volumes made from images" },
    { 0 },
};

static bool
is_whole_zpool(const AljPoolDef *pool)
{
    return !strchr(pool->source_name, '/');
}

static bool
check_name(const AljPoolDef *pool, GError **error)
{
    return alj_zfs_is_dataset(pool->source_name)
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of a zfs dataset", pool->source_name);
}

/* ---- start ---- */

/* The dataset of @pool. *@ret_missing (nullable) tells a dataset that is surely not there from one of which nothing is known. */
static AljZfsDataset *
find(AljCall *call, const AljPoolDef *pool, bool *ret_missing, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = NULL;
    if (!check_name(pool, error) || !alj_zfs_look(call, pool->source_name, &dataset, error))
        return NULL;
    if (dataset && !dataset->is_volume)
        return g_steal_pointer(&dataset);
    if (ret_missing)
        *ret_missing = true;
    if (dataset)
        alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is a volume, which has none in it", pool->source_name);
    else if (is_whole_zpool(pool))
        alj_fail(error, ALJ_ERROR_BAD_STATE, "there is no zfs pool '%s'; one that was exported comes back with 'zpool import %s', a "
                 "new one is made by pool-build", pool->source_name, pool->source_name);
    else
        alj_fail(error, ALJ_ERROR_BAD_STATE, "there is no zfs dataset '%s'; pool-build makes it", pool->source_name);
    return NULL;
}

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = find(call, pool, NULL, error);
    return dataset != NULL;
}

static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    bool is_missing = false;
    GError *failure = NULL;
    g_autoptr(AljZfsDataset) dataset = find(call, pool, &is_missing, &failure);
    *ret_active = dataset != NULL;
    if (dataset || is_missing) {
        g_clear_error(&failure);
        return true;
    }
    g_propagate_error(error, failure);
    return false;
}

/* ---- build ---- */

/* Whether @device may become part of a zpool, as far as @flags do not say that its content does not matter. */
static bool
check_device(AljCall *call, const char *device, unsigned flags, GError **error)
{
    g_auto(AljContent) content = { 0 };
    if (*device != '/') /* zpool would take it for a word of its own */
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "source device '%s' is not an absolute path", device);
    alj_autofd fd = alj_block_open(call->host, device, O_RDONLY, NULL, error);
    if (fd < 0 || !alj_block_probe(call->host, fd, device, &content, error))
        return false;
    if (content.kind != ALJ_CONTENT_NONE && !(flags & ALJ_BUILD_OVERWRITE)) {
        g_autofree char *names = alj_content_text(&content);
        return alj_fail(error, ALJ_ERROR_POOL_BUILT, "Device '%s' holds %s, forced overwrite is necessary", device, names);
    }
    return alj_block_check_free(call->host, device, error);
}

/* Several devices are one after the other, as libvirt has it: zpool itself makes mirrors. -f only where content was to be lost. */
static bool
make_zpool(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    static const char *const begin[] = { "zpool", "create", "-m", "none" };
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    if (pool->devices->len == 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "missing source devices");
    for (guint i = 0; i < pool->devices->len; i++)
        if (!check_device(call, ((const AljPoolDevice *) g_ptr_array_index(pool->devices, i))->path, flags, error))
            return false;
    for (size_t i = 0; i < G_N_ELEMENTS(begin); i++)
        g_ptr_array_add(argv, (char *) begin[i]);
    if (flags & ALJ_BUILD_OVERWRITE)
        g_ptr_array_add(argv, (char *) "-f");
    g_ptr_array_add(argv, pool->source_name);
    for (guint i = 0; i < pool->devices->len; i++)
        g_ptr_array_add(argv, ((const AljPoolDevice *) g_ptr_array_index(pool->devices, i))->path);
    g_ptr_array_add(argv, NULL);
    (void) alj_udev_settle(call->host, ALJ_ZFS_SETTLE_USEC, call->task, NULL); /* zpool partitions disks, and waits for their nodes */
    g_autofree char *output = alj_zfs_run(call, (const char *const *) argv->pdata, ALJ_ZFS_BUILD_USEC, error);
    return output != NULL;
}

static bool
pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    g_autoptr(AljZfsDataset) there = NULL;
    unsigned unknown = flags & ~(unsigned) (ALJ_BUILD_OVERWRITE | ALJ_BUILD_NO_OVERWRITE);
    if (unknown)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendZFSBuildPool", unknown);
    if (!check_name(pool, error) || !alj_zfs_look(call, pool->source_name, &there, error))
        return false;
    if (there) /* whatever the flags: a pool is never lost by building another */
        return alj_fail(error, ALJ_ERROR_POOL_BUILT, "zfs %s '%s' already exists", is_whole_zpool(pool) ? "pool" : "dataset",
                        pool->source_name);
    if (is_whole_zpool(pool))
        return make_zpool(call, pool, flags, error);
    return alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "create", "-o", "mountpoint=none", pool->source_name), error);
}

/* ---- delete ---- */

static bool
pool_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendZFSDeletePool", flags);
    g_autoptr(AljZfsDataset) dataset = find(call, pool, NULL, error);
    if (!dataset || !alj_zfs_check_only_volumes(call, pool, error))
        return false;
    (void) alj_udev_settle(call->host, ALJ_ZFS_SETTLE_USEC, call->task, NULL); /* it opens what was just written to */
    return is_whole_zpool(pool) ? alj_zfs_change(call, ALJ_ZFS_ARGV("zpool", "destroy", pool->source_name), error)
                                : alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "destroy", "-r", pool->source_name), error);
}

/* ---- scan ---- */

/* What volumes can have, not what the devices have: parity, reservations and the room zfs keeps for itself are no one's. */
static void
set_totals(const AljZfsDataset *dataset, AljPoolLive *live)
{
    live->allocation_bytes = dataset->used_bytes;
    live->available_bytes = dataset->available_bytes;
    if (__builtin_add_overflow(dataset->used_bytes, dataset->available_bytes, &live->capacity_bytes))
        live->capacity_bytes = G_MAXUINT64;
}

static bool
pool_live(AljCall *call, const AljPoolDef *pool, AljPoolLive *ret, GError **error)
{
    g_autoptr(AljZfsDataset) dataset = find(call, pool, NULL, error);
    if (dataset)
        set_totals(dataset, ret);
    return dataset != NULL;
}

/* Volumes with names that we do not use are left out and counted; file systems are none. */
static void
add_volume(AljCall *call, const AljPoolDef *pool, const AljZfsDataset *dataset, AljInventory *inventory)
{
    g_autofree char *problem = NULL;
    const char *name = alj_zfs_child(pool->source_name, dataset->name);
    if (!name) {
        inventory->n_skipped++;
        return;
    }
    if (dataset->mark && !alj_zfs_draft_sweep(call, pool, name, dataset, &problem))
        return;
    AljVolDef *vol = alj_zfs_vol(pool, dataset);
    if (problem)
        g_ptr_array_add(inventory->problems, g_strdup_printf("%s: %s", name, problem));
    vol->problem = g_steal_pointer(&problem);
    g_ptr_array_add(inventory->vols, vol);
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    g_autoptr(AljZfsDataset) parent = find(call, pool, NULL, error);
    g_autoptr(GPtrArray) datasets = parent ? alj_zfs_list(call, pool->source_name, &inventory->n_skipped, error) : NULL;
    if (!datasets)
        return NULL;
    set_totals(parent, &inventory->live);
    for (guint i = 0; i < datasets->len; i++) {
        const AljZfsDataset *dataset = g_ptr_array_index(datasets, i);
        if (dataset->is_volume)
            add_volume(call, pool, dataset, inventory);
    }
    g_autoptr(GError) failure = NULL;
    if (!old && !alj_zfs_draft_sweep_snapshots(call, pool, &failure)) /* those of this process are not left over */
        g_ptr_array_add(inventory->problems, g_strdup_printf("snapshots of clones that were not completed may be left: %s",
                                                             failure->message));
    return g_steal_pointer(&inventory);
}

/* ---- discovery ---- */

static GPtrArray *
sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    g_auto(GStrv) names = alj_zfs_pools(call, error);
    if (!names)
        return NULL;
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    for (char **name = names; *name; name++) {
        if (!alj_zfs_is_dataset(*name))
            continue;
        AljPoolDef *def = alj_pool_def_new(ALJ_POOL_ZFS);
        def->source_name = g_strdup(*name);
        g_ptr_array_add(found, def);
    }
    return found;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_ZFS, .summary = "volumes of OpenZFS", .tools = tools, .scan = scan, .pool_probe = pool_probe,
                   .pool_build = pool_build, .pool_start = pool_start, .pool_delete = pool_delete, .pool_live = pool_live,
                   .sources = sources, .vol_probe = alj_zfs_vol_probe, .vol_stat = alj_zfs_vol_stat, .vol_plan = alj_zfs_vol_plan,
                   .vol_create = alj_zfs_vol_create, .vol_copy = alj_zfs_vol_copy, .vol_resize = alj_zfs_vol_resize,
                   .vol_delete = alj_zfs_vol_delete, .vol_wipe = alj_zfs_vol_wipe, .vol_open = alj_zfs_vol_open);
