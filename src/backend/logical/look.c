/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logical volumes as the core knows volumes. All sizes come from LVM's report; of a node only its inode is looked at, so that a
 * volume whose device does not answer is listed like the others. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "backend/blocks/blocks.h"

#include <string.h>

#define WHOLE 10000 /* hundredths of a percent */

static uint64_t
share_of(uint64_t bytes, unsigned percent)
{
    unsigned __int128 share = (unsigned __int128) bytes * (percent == ALJ_LVM_NO_PERCENT ? 0 : percent);
    return (uint64_t) (share / WHOLE);
}

/* "DEVICE(EXTENT)" at @at; *ret_next is where the next one begins, or the end. Returns: false if it is not like that. */
static bool
parse_place(const char *at, char **ret_device, uint64_t *ret_extent, const char **ret_next)
{
    const char *end = strstr(at, "),");
    size_t length = end ? (size_t) (end - at) : strlen(at) - (g_str_has_suffix(at, ")") ? 1 : 0);
    g_autofree char *place = g_strndup(at, length);
    char *open = strrchr(place, '(');
    guint64 extent;
    if (!open || open == place || !g_ascii_string_to_unsigned(open + 1, 10, 0, G_MAXUINT32, &extent, NULL))
        return false;
    *open = '\0';
    *ret_device = g_steal_pointer(&place);
    *ret_extent = extent;
    *ret_next = end ? end + 2 : at + strlen(at);
    return true;
}

static void
add_extents(const AljLvmGroup *group, const AljLvmSegment *segment, AljVolDef *vol)
{
    uint64_t extent, start, end;
    for (const char *at = segment->devices; *at;) {
        g_autofree char *device = NULL;
        if (!parse_place(at, &device, &extent, &at) || __builtin_mul_overflow(extent, group->extent_bytes, &start)
            || __builtin_add_overflow(start, segment->bytes, &end))
            return;
        alj_vol_def_add_extent(vol, device, start, end);
    }
}

/*
 * What it stands on, with the facts of that node. A thin volume needs its origin only if that is in no thin pool, or in another one
 * ("external"), which its own row does not say: that one is not shown.
 */
static void
add_origin(AljCall *call, const AljPoolDef *pool, const AljLvmVolume *volume, AljVolDef *vol)
{
    if (!volume->origin || *volume->origin == '[' || volume->pool) /* the second has no node that anybody should use */
        return;
    g_autofree char *path = g_build_filename(pool->target_path, volume->origin, NULL);
    vol->backing = alj_backing_new(path);
    (void) alj_block_vol_stat(call, path, &vol->backing->permissions, &vol->backing->times, NULL);
}

static uint64_t
allocation_of(AljCall *call, const AljLvmVolume *volume, const char *path)
{
    AljDmThin thin;
    if (!volume->pool)
        return volume->bytes;
    return alj_lvm_thin_status(call, path, volume->uuid, &thin) ? thin.mapped_bytes : share_of(volume->bytes, volume->data_percent);
}

AljVolDef *
alj_lvm_vol_def(AljCall *call, const AljPoolDef *pool, const AljLvmGroup *group, const AljLvmVolume *volume)
{
    GError *failure = NULL;
    AljVolDef *vol = alj_vol_def_new(volume->name);
    vol->type = ALJ_VOL_BLOCK;
    vol->key = g_strdup(volume->uuid);
    vol->path = g_build_filename(pool->target_path, volume->name, NULL);
    vol->has_capacity = vol->has_allocation = true;
    vol->capacity_bytes = vol->physical_bytes = alj_lvm_is_snapshot(volume) ? volume->origin_bytes : volume->bytes;
    vol->allocation_bytes = allocation_of(call, volume, vol->path);
    add_origin(call, pool, volume, vol);
    for (guint i = 0; i < volume->segments->len; i++)
        add_extents(group, g_ptr_array_index(volume->segments, i), vol);
    if (!alj_block_vol_stat(call, vol->path, &vol->permissions, &vol->times, &failure)) {
        vol->problem = g_strdup(failure->message);
        g_error_free(failure);
    } else if (alj_lvm_is_suspended(volume)) {
        vol->problem = g_strdup("its device is suspended");
    }
    return vol;
}

const AljLvmVolume *
alj_lvm_thin_pool(const AljLvmSource *source, const AljLvmGroup *group)
{
    const AljLvmVolume *found = source->thin_pool ? alj_lvm_group_find(group, source->thin_pool) : NULL;
    return found && alj_lvm_is_thin_pool(found) ? found : NULL;
}

/* Of a thin pool that is not active nothing more is known than its size. */
void
alj_lvm_live(const AljLvmSource *source, const AljLvmGroup *group, AljPoolLive *ret)
{
    const AljLvmVolume *thin_pool = alj_lvm_thin_pool(source, group);
    ret->capacity_bytes = thin_pool ? thin_pool->bytes : group->bytes;
    ret->allocation_bytes = thin_pool ? share_of(thin_pool->bytes, thin_pool->data_percent) : group->bytes - group->free_bytes;
    ret->available_bytes = ret->capacity_bytes - ret->allocation_bytes;
}

static const AljLvmVolume *
find_listed(const AljLvmSource *source, const AljLvmGroup *group, const char *name, GError **error)
{
    const AljLvmVolume *volume = alj_lvm_group_find(group, name);
    if (volume && alj_lvm_has_volume(source, volume) && alj_lvm_is_active(volume))
        return volume;
    alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}

AljVolDef *
alj_lvm_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    AljLvmSource source;
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, error) ? alj_lvm_read_volume(call, source.group, name, NULL, error)
                                                                        : NULL;
    const AljLvmVolume *volume = group ? find_listed(&source, group, name, error) : NULL;
    return volume ? alj_lvm_vol_def(call, pool, group, volume) : NULL;
}

/* Only what is in a thin pool grows by being written to. */
bool
alj_lvm_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    *ret = (AljVolStat){ .capacity_bytes = vol->capacity_bytes, .allocation_bytes = vol->allocation_bytes,
                         .physical_bytes = vol->physical_bytes };
    if (!alj_block_vol_stat(call, vol->path, &ret->permissions, &ret->times, error))
        return false;
    if (vol->extents)
        return true;
    AljDmThin thin;
    if (alj_lvm_thin_status(call, vol->path, vol->key, &thin)) {
        ret->capacity_bytes = ret->physical_bytes = thin.bytes;
        ret->allocation_bytes = thin.mapped_bytes;
        return true;
    }
    g_autoptr(AljVolDef) now = alj_lvm_vol_probe(call, pool, vol->name, error);
    if (now) {
        ret->capacity_bytes = ret->physical_bytes = now->capacity_bytes;
        ret->allocation_bytes = now->allocation_bytes;
    }
    return now != NULL;
}
