/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partitions that exist: looked at, opened, wiped, deleted. Before bytes are written or a partition goes, the table is read
 * again and has to agree with what the caller knows and with what the kernel has: the node must lead where the table
 * says. Runs on a pool's workers.
 */
#include "backend/disk/vol.h"

#include "backend/blocks/blocks.h"
#include "backend/disk/record.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/blocks.h"

#include <string.h>

/* ---- looking ---- */

/* Opens the disk and finds @name in its table. */
static AljPartTable *
find(AljCall *call, const AljPoolDef *pool, const char *name, int flags, AljDisk *disk, const AljPart **ret_part, GError **error)
{
    if (!alj_disk_open(call->host, alj_diskpool_device(pool), flags, disk, error))
        return NULL;
    if ((flags & O_ACCMODE) != O_RDONLY && !alj_disk_lock(call->host, disk, call->task, error))
        return NULL;
    g_autoptr(AljPartTable) table = alj_diskpool_read(call, pool, disk, error);
    if (!table)
        return NULL;
    *ret_part = alj_diskpool_find(disk, table, name);
    if (*ret_part)
        return g_steal_pointer(&table);
    alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}

AljVolDef *
alj_disk_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    const AljPart *part;
    g_autoptr(AljPartTable) table = find(call, pool, name, O_RDONLY, &disk, &part, error);
    return table ? alj_diskpool_vol(call, pool, &disk, table, part) : NULL;
}

/* Only an extended partition changes by what happens to others: its allocation is that of the logical ones. */
bool
alj_disk_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    *ret = (AljVolStat){ .capacity_bytes = vol->capacity_bytes, .allocation_bytes = vol->allocation_bytes,
                         .physical_bytes = vol->physical_bytes };
    if (!alj_block_vol_stat(call, vol->path, &ret->permissions, &ret->times, error))
        return false;
    if (vol->physical_bytes >= vol->capacity_bytes)
        return true;
    g_autoptr(AljVolDef) now = alj_disk_vol_probe(call, pool, vol->name, error);
    if (now)
        ret->allocation_bytes = now->allocation_bytes;
    return now != NULL;
}

/* @part, but where @vol was when the pool was read: what a plan insists on. */
static AljPart
known_part(const AljVolDef *vol, const AljPart *part)
{
    const AljExtent *known = vol->extents ? &g_array_index(vol->extents, AljExtent, 0) : NULL;
    return (AljPart){ part->number, part->kind, known ? known->start_bytes : 0, known ? known->end_bytes : 0 };
}

/* ---- bytes ---- */

/* Opens the disk of @vol, finds it there, and makes sure that table, kernel and pool agree on its place. */
static bool
find_same(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljDisk *disk, AljPart *ret_part, GError **error)
{
    const AljPart *part;
    g_autoptr(AljPartTable) table = find(call, pool, vol->name, O_RDONLY, disk, &part, error);
    if (!table)
        return false;
    const AljExtent *known = vol->extents ? &g_array_index(vol->extents, AljExtent, 0) : NULL;
    if (!known || known->start_bytes != part->start_bytes || known->end_bytes != part->end_bytes)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "partition '%s' is not where it was when the pool was read", vol->path);
    if (!alj_disk_knows(disk, part))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "the kernel does not have partition '%s' as the table of '%s' has it",
                        vol->path, disk->path);
    *ret_part = *part;
    return true;
}

int
alj_disk_vol_node(AljCall *call, const AljDisk *disk, const AljVolDef *vol, const AljPart *part, int open_flags, const char *complaint,
                  GError **error)
{
    struct stat st;
    alj_autofd fd = alj_block_vol_node(call, vol, open_flags, complaint, &st, error);
    if (fd < 0 || alj_disk_is_part(disk, part, st.st_rdev))
        return alj_steal_fd(&fd);
    alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' leads to another device than partition %u of '%s'", vol->path, part->number, disk->path);
    return -1;
}

AljMedium *
alj_disk_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    AljPart part;
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    if (!find_same(call, pool, vol, &disk, &part, error))
        return NULL;
    if (part.kind == ALJ_PART_EXTENDED && (open_flags & O_ACCMODE) != O_RDONLY) { /* its first sector describes the logical ones */
        alj_fail(error, ALJ_ERROR_NO_SUPPORT, "cannot write to extended partition '%s'", vol->path);
        return NULL;
    }
    int fd = alj_disk_vol_node(call, &disk, vol, &part, open_flags, ALJ_BLOCK_NO_STREAM, error);
    return fd < 0 ? NULL : alj_medium_new_fd(call->host, fd, vol->path);
}

AljVolDef *
alj_disk_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    AljPart part;
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    if (!find_same(call, pool, vol, &disk, &part, error))
        return NULL;
    if (part.kind == ALJ_PART_EXTENDED) {
        alj_fail(error, ALJ_ERROR_NO_SUPPORT, "cannot wipe extended partition '%s'", vol->path);
        return NULL;
    }
    alj_autofd fd = alj_wipe_check(how, error) ? alj_disk_vol_node(call, &disk, vol, &part, O_RDWR, ALJ_BLOCK_NO_WIPE, error) : -1;
    if (fd < 0 || !alj_wipe_bytes(call, fd, vol->path, how, error))
        return NULL;
    AljVolDef *now = alj_disk_vol_probe(call, pool, vol->name, error);
    if (now)
        now->format = vol->format; /* says what the partition is for, not what is in it */
    return now;
}

/* ---- resizing ---- */

/* Where @part would end with @bytes, if there is room for them right behind it. */
static bool
find_end(const AljPartTable *table, const AljPart *part, uint64_t bytes, const char *path, uint64_t *ret_end, GError **error)
{
    uint64_t room_bytes = 0, end;
    for (guint i = 0; i < table->spaces->len; i++) {
        const AljPartSpace *space = &g_array_index(table->spaces, AljPartSpace, i);
        if (space->start_bytes == part->end_bytes && space->is_logical == (part->kind == ALJ_PART_LOGICAL))
            room_bytes = space->end_bytes - space->start_bytes;
    }
    bool is_far = __builtin_add_overflow(part->start_bytes, bytes, &end)
        || __builtin_add_overflow(end, table->sector_bytes - 1, &end);
    end -= end % table->sector_bytes;
    if (is_far || (end > part->end_bytes && end - part->end_bytes > room_bytes))
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "partition '%s' has no room to grow: %" G_GUINT64_FORMAT " bytes are "
                        "free behind it", path, room_bytes);
    *ret_end = end;
    return true;
}

/* Returns: the node, claimed, so that nobody else has it open or mounts it until it is closed; or -1. */
static int
claim_for_cut(AljCall *call, const AljDisk *disk, const AljVolDef *vol, const AljPart *part, GError **error)
{
    alj_autofd fd = alj_disk_vol_node(call, disk, vol, part, O_RDWR, ALJ_BLOCK_NO_WIPE, error);
    return fd >= 0 && alj_block_vol_check_cut(call, fd, vol, "parted", error) ? alj_steal_fd(&fd) : -1;
}

/* A partition that gets longer may be in use, one that gets shorter not. @ret_claim: keeps others from it, or stays as it is */
static AljTableChange *
plan_resize(AljCall *call, const AljDisk *disk, const AljVolDef *vol, const AljPart *part, uint64_t end_bytes, int *ret_claim,
            GError **error)
{
    AljPart wanted = known_part(vol, part);
    if (end_bytes < part->end_bytes && (*ret_claim = claim_for_cut(call, disk, vol, part, error)) < 0)
        return NULL;
    return alj_partitions_plan_resize(call->host, disk->fd, disk->path, &wanted, end_bytes, error);
}

/*
 * The kernel is told while both places agree: before the table of one that gets shorter, so that nobody writes where the partition no
 * longer is, and after that of one that gets longer.
 */
static bool
carry_out_resize(AljCall *call, const AljDisk *disk, const AljPart *old, const AljPart *made, const AljTableChange *change,
                 GError **error)
{
    bool is_shorter = made->end_bytes < old->end_bytes;
    if (is_shorter && !alj_disk_resize(call->host, disk, made, error))
        return false;
    return alj_table_change_apply(change, call->host, disk->fd, disk->path, error)
        && (is_shorter || alj_disk_resize(call->host, disk, made, error));
}

/* The volume as it has become: where that cannot be told there is no result, and all is taken back. */
static AljVolDef *
read_resized(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, GError **error)
{
    g_autoptr(AljVolDef) now = alj_disk_vol_probe(call, pool, vol->name, error);
    if (!now)
        return NULL;
    if (now->problem) {
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "%s: %s", now->path, now->problem);
        return NULL;
    }
    now->format = vol->format; /* says what the partition is for, not what is in it */
    return g_steal_pointer(&now);
}

static bool
check_place(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, GError **error)
{
    AljPart part;
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    return find_same(call, pool, vol, &disk, &part, error);
}

static AljVolDef *
resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    g_auto(AljDisk) disk = ALJ_DISK_INIT; /* closes the disk, and so unlocks it, before a step back locks it again */
    alj_autofd claim = -1;
    const AljPart *part;
    uint64_t end_bytes;
    if (!check_place(call, pool, vol, error))
        return NULL;
    g_autoptr(AljPartTable) table = find(call, pool, vol->name, O_RDWR, &disk, &part, error);
    if (!table || !find_end(table, part, bytes, vol->path, &end_bytes, error))
        return NULL;
    if (end_bytes == part->end_bytes)
        return read_resized(call, pool, vol, error);
    AljPart made = *part;
    made.end_bytes = end_bytes;
    g_autoptr(AljTableChange) change = plan_resize(call, &disk, vol, part, end_bytes, &claim, error);
    AljDiskRecord *record = change ? alj_disk_record_new(call, pool, &disk, ALJ_DISK_RESIZES, &made, change, error) : NULL;
    if (!record)
        return NULL;
    alj_undo_push(&undo, alj_disk_record_undo, record, NULL);
    g_autoptr(AljVolDef) now = carry_out_resize(call, &disk, part, &made, change, error)
                                   ? read_resized(call, pool, vol, error) : NULL;
    if (!now || !alj_disk_record_drop(record, error))
        return NULL;
    alj_undo_commit(&undo);
    return g_steal_pointer(&now);
}

AljVolDef *
alj_disk_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags, GError **error)
{
    if (bytes == 0) {
        alj_fail(error, ALJ_ERROR_INVALID_ARG, "a partition cannot be empty");
        return NULL;
    }
    AljVolDef *now = resize(call, pool, vol, bytes, error);
    alj_diskpool_settle(call);
    return now;
}

/* ---- deleting ---- */

/* The kernel goes first: it refuses while anybody has the partition open, and then nothing has happened. */
static bool
remove_part(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, const AljPart *part, const AljTableChange *change,
            AljDiskRecord **ret_record, GError **error)
{
    AljDiskRecord *record = alj_disk_record_new(call, pool, disk, ALJ_DISK_REMOVES, part, change, error);
    *ret_record = record;
    return record && alj_disk_remove(call->host, disk, part->number, error)
        && alj_table_change_apply(change, call->host, disk->fd, disk->path, error);
}

static AljTableChange *
plan_delete(AljCall *call, const AljDisk *disk, const AljVolDef *vol, const AljPart *part, GError **error)
{
    AljPart wanted = known_part(vol, part);
    g_autofree char *node = alj_disk_part_path(disk, part->number);
    g_autoptr(AljTableChange) change = alj_partitions_plan_delete(call->host, disk->fd, disk->path, &wanted, error);
    if (!change || (alj_disk_knows(disk, part) && !alj_block_check_free(call->host, node, error)))
        return NULL;
    return g_steal_pointer(&change);
}

static bool
delete_part(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    g_auto(AljDisk) disk = ALJ_DISK_INIT; /* closes the disk, and so unlocks it, before a step back locks it again */
    const AljPart *part;
    AljDiskRecord *record = NULL;
    g_autoptr(AljPartTable) table = find(call, pool, vol->name, O_RDWR, &disk, &part, error);
    g_autoptr(AljTableChange) change = table ? plan_delete(call, &disk, vol, part, error) : NULL;
    if (!change)
        return false;
    bool is_removed = remove_part(call, pool, &disk, part, change, &record, error);
    if (record)
        alj_undo_push(&undo, alj_disk_record_undo, record, NULL);
    if (!is_removed)
        return false;
    alj_undo_commit(&undo);
    alj_disk_record_finish(record);
    return true;
}

bool
alj_disk_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendDiskDeleteVol", flags);
    bool is_deleted = delete_part(call, pool, vol, error);
    alj_diskpool_settle(call);
    return is_deleted;
}
