/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A partition table as a pool of volumes: names, paths, sizes. Changes nothing. Runs on a pool's workers. */
#include "backend/disk/disk.h"
#include "backend/blocks/blocks.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/udev.h"

#include <errno.h>
#include <string.h>

#define SETTLE_USEC       (10 * G_USEC_PER_SEC)
#define EXTENDED_PHYSICAL 1024 /* what the kernel shows of an extended partition */

const char *
alj_diskpool_format(const AljPoolDef *pool)
{
    return !pool->format || strcmp(pool->format, "unknown") == 0 ? "dos" : pool->format;
}

const char *
alj_diskpool_device(const AljPoolDef *pool)
{
    const AljPoolDevice *device = g_ptr_array_index(pool->devices, 0); /* a definition without is refused */
    return device->path;
}

AljPartTable *
alj_diskpool_read(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, GError **error)
{
    const char *format = alj_diskpool_format(pool);
    g_autoptr(AljPartTable) table = alj_partitions_read(call->host, disk->fd, disk->path, error);
    if (!table)
        return NULL;
    if (g_strcmp0(table->label, format) == 0)
        return g_steal_pointer(&table);
    if (strcmp(format, "mac") == 0 || strcmp(format, "pc98") == 0 || strcmp(format, "lvm2") == 0)
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "partition tables of format '%s' cannot be read", format);
    else
        alj_fail(error, ALJ_ERROR_BAD_STATE, "Format of device '%s' does not match the expected format '%s'", disk->path,
                 format);
    return NULL;
}

/* ---- names ---- */

char *
alj_diskpool_part_name(const AljDisk *disk, unsigned number)
{
    g_autofree char *path = alj_disk_part_path(disk, number);
    return g_path_get_basename(path);
}

const AljPart *
alj_diskpool_find(const AljDisk *disk, const AljPartTable *table, const char *name)
{
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        g_autofree char *part_name = alj_diskpool_part_name(disk, part->number);
        if (strcmp(part_name, name) == 0)
            return part;
    }
    return NULL;
}

typedef struct Search {
    const char *dir;
    dev_t device;
    char *found;
} Search;

static bool
take_link(const char *name, uint64_t inode, unsigned char type, void *data)
{
    Search *search = data;
    struct stat st;
    g_autofree char *path = g_build_filename(search->dir, name, NULL);
    if ((type != DT_LNK && type != DT_UNKNOWN) || stat(path, &st) < 0 || !S_ISBLK(st.st_mode) || st.st_rdev != search->device)
        return true;
    search->found = g_steal_pointer(&path);
    return false;
}

/* A target such as /dev/disk/by-id gives names that stay: the link there that leads to @node. Else it is @node itself. */
static char *
stable_path(AljCall *call, const char *target, const char *node)
{
    struct stat st;
    if (!g_str_has_prefix(target, "/dev/") || stat(node, &st) < 0 || !S_ISBLK(st.st_mode))
        return g_strdup(node);
    Search search = { .dir = target, .device = st.st_rdev };
    alj_autofd fd = alj_dir_open(call->host, target, NULL);
    if (fd >= 0)
        (void) alj_dir_each(call->host, fd, take_link, &search, NULL); /* what cannot be read has no links */
    return search.found ? search.found : g_strdup(node);
}

void
alj_diskpool_settle(AljCall *call)
{
    (void) alj_udev_settle(call->host, SETTLE_USEC, call->task, NULL); /* who looks then sees what is there */
}

/* ---- volumes ---- */

uint64_t
alj_diskpool_sum_logical(const AljPartTable *table)
{
    uint64_t bytes = 0;
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        if (part->kind == ALJ_PART_LOGICAL)
            bytes += part->end_bytes - part->start_bytes;
    }
    return bytes;
}

AljVolDef *
alj_diskpool_vol(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, const AljPartTable *table, const AljPart *part)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *node = alj_disk_part_path(disk, part->number);
    g_autofree char *name = g_path_get_basename(node);
    AljVolDef *vol = alj_vol_def_new(name);
    bool is_extended = part->kind == ALJ_PART_EXTENDED;
    vol->type = ALJ_VOL_BLOCK;
    vol->path = stable_path(call, pool->target_path, node);
    vol->key = g_strdup(vol->path);
    vol->capacity_bytes = part->end_bytes - part->start_bytes;
    vol->allocation_bytes = is_extended ? alj_diskpool_sum_logical(table) : vol->capacity_bytes;
    vol->physical_bytes = is_extended ? EXTENDED_PHYSICAL : vol->capacity_bytes;
    alj_vol_def_add_extent(vol, disk->path, part->start_bytes, part->end_bytes);
    if (!alj_disk_knows(disk, part))
        vol->problem = g_strdup_printf("the kernel does not have this partition of '%s' as the table has it", disk->path);
    else if (!alj_block_vol_stat(call, vol->path, &vol->permissions, &vol->times, &error))
        vol->problem = g_strdup(error->message);
    return vol;
}

/* ---- totals ---- */

void
alj_diskpool_live(const AljPoolDef *pool, const AljPartTable *table, AljPoolLive *ret)
{
    ret->format = alj_diskpool_format(pool);
    ret->free_extents = g_array_new(FALSE, FALSE, sizeof(AljFreeExtent));
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        if (part->kind != ALJ_PART_EXTENDED)
            ret->allocation_bytes += part->end_bytes - part->start_bytes;
        ret->capacity_bytes = MAX(ret->capacity_bytes, part->end_bytes);
    }
    for (guint i = 0; i < table->spaces->len; i++) {
        const AljPartSpace *space = &g_array_index(table->spaces, AljPartSpace, i);
        AljFreeExtent extent = { space->start_bytes, space->end_bytes };
        g_array_append_val(ret->free_extents, extent);
        ret->available_bytes += extent.end_bytes - extent.start_bytes;
        ret->capacity_bytes = MAX(ret->capacity_bytes, extent.end_bytes);
    }
}
