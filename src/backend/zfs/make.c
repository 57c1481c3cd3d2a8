/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New volumes. Each carries a mark from its first moment until it is complete (draft.h). The copy of a volume of the same zpool
 * is a clone: there at once, whatever its size. Any other source is read, and its holes stay holes. Runs on a pool's workers.
 */
#include "backend/blocks/blocks.h"
#include "backend/files/vet.h"
#include "backend/zfs/draft.h"
#include "backend/zfs/medium.h"
#include "backend/zfs/vol.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/files.h"

#include <fcntl.h>
#include <string.h>

/* Nothing guests write into a volume makes the host look for partitions in it. */
#define NO_PARTITIONS "volmode=dev"

static bool
is_full(const AljVolDef *request)
{
    return request->allocation_bytes >= request->capacity_bytes;
}

bool
alj_zfs_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    if (vol->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "storage pool does not support encrypted volumes");
    if (vol->capacity_bytes == 0)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "volume capacity required for this storage pool");
    g_autofree char *dataset = g_strconcat(pool->source_name, "/", vol->name, NULL);
    if (!alj_zfs_is_name(vol->name) || !alj_zfs_is_dataset(dataset))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' cannot be the name of a zfs volume", vol->name);
    g_free(vol->path);
    g_free(vol->key);
    vol->type = ALJ_VOL_BLOCK;
    vol->path = g_strconcat(pool->target_path, "/", vol->name, NULL);
    vol->key = g_steal_pointer(&dataset);
    return true;
}

/* ---- the ways to make one ---- */

/* Thin if less was to be allocated than the guest is to see; then as much is set aside as was to be allocated. */
static bool
make_empty(const AljZfsDraft *draft, const AljVolDef *request, GError **error)
{
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, request->capacity_bytes);
    g_autofree char *reserved = g_strdup_printf("refreservation=%" G_GUINT64_FORMAT, request->allocation_bytes);
    if (is_full(request))
        return alj_zfs_change(draft->call, ALJ_ZFS_ARGV("zfs", "create", "-o", NO_PARTITIONS, "-o", draft->option, "-V", size,
                                                        draft->dataset), error);
    return alj_zfs_change(draft->call, ALJ_ZFS_ARGV("zfs", "create", "-o", NO_PARTITIONS, "-o", draft->option, "-s", "-o", reserved,
                                                    "-V", size, draft->dataset), error);
}

static bool
make_clone(AljZfsDraft *draft, const AljVolDef *request, const AljVolDef *from, GError **error)
{
    AljCall *call = draft->call;
    g_autoptr(AljZfsDataset) clone = NULL;
    alj_autofd fd = alj_zfs_vol_hold(call, from, O_RDONLY, NULL, error);
    /* What programs of this host have written to @from and is not in zfs yet belongs to the copy. */
    if (fd < 0 || !alj_file_sync(call->host, fd, from->path, error) || !alj_zfs_draft_snapshot(draft, from->key, error)
        || !alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "clone", "-o", NO_PARTITIONS, "-o", draft->option, draft->snapshot,
                                              draft->dataset), error)
        || !alj_zfs_look(call, draft->dataset, &clone, error))
        return false;
    if (!clone)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "zfs made no clone '%s'", draft->dataset);
    uint64_t bytes = MAX(request->capacity_bytes, clone->volume_bytes);
    return (bytes == clone->volume_bytes && !is_full(request)) || alj_zfs_vol_fit(call, clone, bytes, is_full(request), error);
}

static bool
fill(AljCall *call, const AljVolDef *made, const AljVolDef *from, GError **error)
{
    alj_autofd fd = alj_zfs_vol_hold(call, made, O_RDWR, NULL, error);
    return fd >= 0 && alj_block_vol_fill(call, made, fd, from, true, error);
}

/* The volume as it has become, with a node that can be opened. */
static AljVolDef *
read_made(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    g_autoptr(AljVolDef) made = alj_zfs_vol_probe(call, pool, request->name, error);
    alj_autofd fd = made ? alj_zfs_vol_node(call, made, O_RDONLY, error) : -1;
    return fd < 0 ? NULL : g_steal_pointer(&made);
}

/* @from: (nullable) what it is to hold */
static AljVolDef *
make(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from, bool by_clone, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!alj_zfs_check_state(call, pool->source_name, error))
        return NULL;
    AljZfsDraft *draft = alj_zfs_draft_new(call, pool, request->name);
    alj_undo_push(&undo, alj_zfs_draft_undo, draft, alj_zfs_draft_free);
    if (!(by_clone ? make_clone(draft, request, from, error) : make_empty(draft, request, error)))
        return NULL;
    g_autoptr(AljVolDef) made = read_made(call, pool, request, error);
    if (!made || (from && !by_clone && !fill(call, made, from, error)) || !alj_zfs_draft_finish(draft, error))
        return NULL;
    alj_undo_commit(&undo);
    return from ? alj_zfs_vol_probe(call, pool, request->name, error) : g_steal_pointer(&made);
}

AljVolDef *
alj_zfs_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    if (request->backing) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "a volume of a zfs pool has a backing store only as a clone, which vol-clone makes");
        return NULL;
    }
    return make(call, pool, request, NULL, false, error);
}

AljVolDef *
alj_zfs_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                 AljPoolType from_pool, unsigned flags, GError **error)
{
    bool by_clone = from_pool == ALJ_POOL_ZFS && alj_zfs_same_pool(from->key, pool->source_name);
    if ((flags & ALJ_VOL_CREATE_REFLINK) && !by_clone) {
        alj_fail(error, ALJ_ERROR_UNSUPPORTED, "volume '%s' is in another zfs pool, and cannot share its blocks", from->name);
        return NULL;
    }
    return by_clone || alj_vet_check_encryption(from, error) ? make(call, pool, request, from, by_clone, error) : NULL;
}
