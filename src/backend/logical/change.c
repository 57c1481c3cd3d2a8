/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that exist: opened, wiped, resized, deleted. Before anything is written or goes, LVM is asked again: the volume must be
 * the one that the caller knows, by its UUID, and what hangs on it must not be lost with it. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "backend/blocks/blocks.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/blocks.h"
#include "host/data.h"

#include <string.h>

/* ---- looking ---- */

static const AljLvmVolume *
find_same(const AljLvmGroup *group, const AljVolDef *vol, GError **error)
{
    const AljLvmVolume *volume = alj_lvm_group_find(group, vol->name);
    if (volume && strcmp(volume->uuid, vol->key) == 0)
        return volume;
    if (volume)
        alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is another one than when the pool was read; refresh the pool", vol->name);
    else
        alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", vol->name);
    return NULL;
}

/* Reads @vol alone, or with all that is beside it. */
static AljLvmGroup *
read_same(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, bool is_whole, AljLvmSource *ret_source,
          const AljLvmVolume **ret_volume, GError **error)
{
    if (!alj_lvm_source(pool, ret_source, error))
        return NULL;
    g_autoptr(AljLvmGroup) group = is_whole ? alj_lvm_read(call, ret_source->group, error)
                                            : alj_lvm_read_volume(call, ret_source->group, vol->name, NULL, error);
    *ret_volume = group ? find_same(group, vol, error) : NULL;
    return *ret_volume ? g_steal_pointer(&group) : NULL;
}

static bool
has_snapshots(const AljLvmVolume *volume)
{
    return volume->attr[0] == 'o' || volume->attr[0] == 'O';
}

/* ---- bytes ---- */

AljMedium *
alj_lvm_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    AljLvmSource source;
    const AljLvmVolume *volume;
    g_autoptr(AljLvmGroup) group = read_same(call, pool, vol, false, &source, &volume, error);
    int fd = group ? alj_lvm_open_node(call, group, volume, vol, open_flags, ALJ_BLOCK_NO_STREAM, error) : -1;
    return fd < 0 ? NULL : alj_medium_new_fd(call->host, fd, vol->path);
}

/* What would not only change this volume, or would fill the room that others need. */
static bool
check_wipe(AljCall *call, const AljLvmSource *source, const AljLvmVolume *volume, const AljVolDef *vol, AljWipe how, GError **error)
{
    if (alj_lvm_is_snapshot(volume))
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "logical volume '%s' is sparse, volume wipe not supported", vol->path);
    if (has_snapshots(volume))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has snapshots, which would run full and be lost", vol->name);
    if (!volume->pool || how == ALJ_WIPE_ZERO)
        return true;
    AljLvmSource in = { source->group, volume->pool };
    return alj_lvm_read_room(call, &in, vol->capacity_bytes - MIN(vol->allocation_bytes, vol->capacity_bytes), error);
}

AljVolDef *
alj_lvm_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    AljLvmSource source;
    const AljLvmVolume *volume;
    g_autoptr(AljLvmGroup) group = read_same(call, pool, vol, false, &source, &volume, error);
    if (!group || !alj_wipe_check(how, error) || !check_wipe(call, &source, volume, vol, how, error))
        return NULL;
    alj_autofd fd = alj_lvm_open_node(call, group, volume, vol, O_RDWR, ALJ_BLOCK_NO_WIPE, error);
    if (fd < 0)
        return NULL;
    bool is_wiped = volume->pool ? alj_block_vol_wipe_thin(call, vol, fd, how, error)
                                 : alj_wipe_bytes(call, fd, vol->path, how, error);
    return is_wiped ? alj_lvm_vol_probe(call, pool, vol->name, error) : NULL;
}

/* ---- size ---- */

static bool
check_resize(const AljLvmGroup *group, const AljLvmVolume *volume, unsigned flags, GError **error)
{
    if (alj_lvm_is_snapshot(volume))
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "volume '%s' is a snapshot, as large as its origin", volume->name);
    if (has_snapshots(volume))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has snapshots; its size cannot be changed while they are there",
                        volume->name);
    if (volume->pool && (flags & ALJ_VOL_RESIZE_ALLOCATE))
        return alj_fail(error, ALJ_ERROR_ARGUMENT_UNSUPPORTED, "a thin volume gets its blocks when they are written");
    return alj_lvm_check_whole(group, error);
}

/* @is_test: only says whether it would work. */
static bool
run_resize(AljCall *call, const AljLvmSource *source, const AljVolDef *vol, const char *program, bool is_test,
           uint64_t bytes, GError **error)
{
    g_autofree char *path = alj_lvm_path(source, vol->name);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "b", bytes);
    const char *argv[] = { program, "--yes", "--size", size, path, is_test ? "--test" : NULL, NULL };
    return alj_lvm_change(call, argv, error);
}

static bool
grow(AljCall *call, const AljLvmSource *source, const AljVolDef *vol, uint64_t bytes, GError **error)
{
    return alj_lvm_read_room(call, source, 0, error) && run_resize(call, source, vol, "lvextend", false, bytes, error);
}

/*
 * Of a thin volume LVM would keep the blocks behind the new end, and show them when it grows again. They go before, because nobody
 * reaches them afterwards; but not before LVM has said that it would cut.
 */
static bool
cut(AljCall *call, const AljLvmSource *source, const AljLvmGroup *group, const AljLvmVolume *volume, const AljVolDef *vol,
    uint64_t bytes, GError **error)
{
    alj_autofd claim = alj_lvm_open_node(call, group, volume, vol, O_RDWR, ALJ_BLOCK_NO_WIPE, error);
    return claim >= 0 && alj_block_vol_check_cut(call, claim, vol, "lvreduce", error)
        && (!volume->pool
            || (run_resize(call, source, vol, "lvreduce", true, bytes, error)
                && alj_data_discard(call->host, claim, vol->path, bytes, volume->bytes, call->task, error)))
        && run_resize(call, source, vol, "lvreduce", false, bytes, error);
}

AljVolDef *
alj_lvm_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags, GError **error)
{
    AljLvmSource source;
    const AljLvmVolume *volume;
    g_autoptr(AljLvmGroup) group = read_same(call, pool, vol, false, &source, &volume, error);
    if (!group || !check_resize(group, volume, flags, error))
        return NULL;
    uint64_t extent = group->extent_bytes;
    uint64_t whole = (bytes / extent + (bytes % extent != 0)) * extent; /* @bytes is at most INT64_MAX: no overflow */
    bool is_done = whole == volume->bytes || (whole > volume->bytes ? grow(call, &source, vol, whole, error)
                                                                    : cut(call, &source, group, volume, vol, whole, error));
    return is_done ? alj_lvm_vol_probe(call, pool, vol->name, error) : NULL;
}

/* ---- deleting ---- */

static bool
check_alone(const AljLvmGroup *group, const AljLvmVolume *volume, GError **error)
{
    g_autofree char *names = alj_lvm_list_standing(group, volume);
    return *names == '\0'
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has snapshots that would be lost with it: %s", volume->name, names);
}

static bool
check_delete(AljCall *call, const AljLvmGroup *group, const AljLvmVolume *volume, const AljVolDef *vol, unsigned flags, GError **error)
{
    if (!(flags & ALJ_VOL_DELETE_WITH_SNAPSHOTS) && !check_alone(group, volume, error))
        return false;
    if (alj_lvm_is_open(volume))
        return alj_block_check_free(call->host, vol->path, error)
            && alj_fail(error, ALJ_ERROR_BUSY, "volume '%s' is in use", vol->name);
    return alj_lvm_check_whole(group, error);
}

/** Leaving: a volume that is being deleted. */
typedef struct Leaving {
    AljCall *call;
    const AljPoolDef *pool;
    AljLvmSource source;
    const AljLvmGroup *group;   /* as it was … */
    const AljLvmVolume *volume; /* … with the volume */
    bool takes_snapshots;
    char *mark, *path;          /* (owned) */
} Leaving;

static void
leaving_clear(Leaving *leaving)
{
    if (leaving->mark)
        alj_lvm_mark_drop(leaving->call, leaving->mark);
    g_free(leaving->mark);
    g_free(leaving->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Leaving, leaving_clear)

/* Somebody has opened it, or made a snapshot of it, at the last moment: it stays, with its node. If this fails, too, the next scan decides. */
static void
keep(void *data)
{
    const Leaving *leaving = data;
    const char *unmark[] = { "lvchange", "--deltag", leaving->mark, leaving->path, NULL };
    const char *activate[] = { "lvchange", "-aly", leaving->path, NULL };
    if (alj_lvm_take_back(leaving->call, unmark))
        (void) alj_lvm_take_back(leaving->call, activate);
}

static bool
has_uuid(const AljLvmGroup *group, const char *uuid)
{
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (strcmp(volume->uuid, uuid) == 0)
            return true;
    }
    return false;
}

/* That lvremove has found nothing to remove is no failure for LVM. */
static bool
check_gone(const Leaving *leaving, const AljLvmGroup *now, GError **error)
{
    const AljLvmVolume *volume = leaving->volume;
    return !has_uuid(now, volume->uuid)
        || (check_alone(now, volume, error) && alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "volume '%s' was not removed", volume->name));
}

/* What was there before and is not now: the volume, and what stood on it. */
static void
tell_gone(const Leaving *leaving, const AljLvmGroup *now)
{
    AljCall *call = leaving->call;
    for (guint i = 0; i < leaving->group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(leaving->group->volumes, i);
        if (has_uuid(now, volume->uuid))
            continue;
        alj_lvm_record_forget(call, leaving->pool, volume->uuid);
        if (leaving->takes_snapshots && volume != leaving->volume && !alj_lvm_group_find(now, volume->name))
            call->forget_vol(call, volume->name);
    }
}

/* The mark makes it final: whatever happens from here on, the volume goes, now or with the next scan, unless something stands on it. */
static bool
remove_marked(Leaving *leaving, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    g_autofree char *selection = alj_lvm_mark_selection(leaving->mark, leaving->takes_snapshots);
    const char *mark[] = { "lvchange", "--addtag", leaving->mark, leaving->path, NULL };
    const char *remove[] = { "lvremove", "--yes", "--select", selection, leaving->source.group, NULL };
    alj_undo_push(&undo, keep, leaving, NULL);
    if (!alj_lvm_change(leaving->call, mark, error) || !alj_lvm_change(leaving->call, remove, error))
        return false;
    g_autoptr(AljLvmGroup) now = alj_lvm_read(leaving->call, leaving->source.group, error);
    if (!now || !check_gone(leaving, now, error))
        return false;
    alj_undo_commit(&undo);
    tell_gone(leaving, now);
    return true;
}

bool
alj_lvm_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    AljLvmSource source;
    const AljLvmVolume *volume;
    unsigned unknown = flags & ~(unsigned) (ALJ_VOL_DELETE_ZEROED | ALJ_VOL_DELETE_WITH_SNAPSHOTS);
    if (unknown)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendLogicalDeleteVol", unknown);
    g_autoptr(AljLvmGroup) group = read_same(call, pool, vol, true, &source, &volume, error);
    if (!group || !check_delete(call, group, volume, vol, flags, error))
        return false;
    if (flags & ALJ_VOL_DELETE_ZEROED) {
        g_autoptr(AljVolDef) wiped = alj_lvm_vol_wipe(call, pool, vol, ALJ_WIPE_ZERO, error);
        if (!wiped)
            return false;
    }
    g_auto(Leaving) leaving = { .call = call, .pool = pool, .source = source, .group = group, .volume = volume,
                                .takes_snapshots = flags & ALJ_VOL_DELETE_WITH_SNAPSHOTS, .mark = alj_lvm_mark_new(call, pool),
                                .path = alj_lvm_path(&source, vol->name) };
    return remove_marked(&leaving, error);
}
