/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type mpath: all maps of device-mapper that join the paths to one disk, whoever made them. What there is the kernel tells in
 * sysfs: no tool is needed, and no device is asked that may have lost all its paths. Runs on a pool's workers.
 */
#include "backend/blocks/blocks.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "host/scsi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define BLOCK_DIR   "/sys/block"
#define NODE_DIR    "/dev/mapper/"
#define NAME_PREFIX "dm-"
#define UUID_PREFIX "mpath-" /* those of partitions of maps begin with "partN-" */
#define SYS_UNIT    512      /* of `size` in sysfs, whatever the sectors are */

static const AljTool tools[] = { ALJ_BLOCK_TOOLS, { 0 } };

/** Map: one of the kernel's. */
typedef struct Map {
    char *node;           /* /dev/mapper/NAME */
    char *uuid;           /* "mpath-" and what the disk says it is */
    uint64_t size_bytes;
} Map;

static void
clear_map(Map *map)
{
    g_clear_pointer(&map->node, g_free);
    g_clear_pointer(&map->uuid, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Map, clear_map)

/* ---- what the kernel has ---- */

/* Reads directory @dir of sysfs. Returns: false if that is no map of paths, or not any more. */
static bool
read_map(AljHost *host, const char *dir, Map *ret)
{
    g_autofree char *about = g_build_filename(dir, "dm", NULL);
    g_autofree char *uuid = alj_sys_attr(host, about, "uuid"), *name = alj_sys_attr(host, about, "name");
    g_autofree char *size = alj_sys_attr(host, dir, "size");
    const char *digits = size ? size : "";
    uint64_t units;
    if (!uuid || !g_str_has_prefix(uuid, UUID_PREFIX) || !name || !*name || strchr(name, '/')
        || !alj_sys_number(&digits, '\0', &units) || units > INT64_MAX / SYS_UNIT)
        return false;
    *ret = (Map){ g_strconcat(NODE_DIR, name, NULL), g_steal_pointer(&uuid), units * SYS_UNIT };
    return true;
}

static bool
find_map(AljHost *host, const char *name, Map *ret)
{
    g_autofree char *dir = g_build_filename(BLOCK_DIR, name, NULL);
    return g_str_has_prefix(name, NAME_PREFIX) && !strchr(name, '/') && read_map(host, dir, ret);
}

static AljVolDef *
new_vol(AljCall *call, const char *name, const Map *map, GError **error)
{
    g_autofree char *node = alj_host_path(call->host, map->node);
    g_autoptr(AljVolDef) vol = alj_vol_def_new(name);
    vol->type = ALJ_VOL_BLOCK;
    vol->format = ALJ_FORMAT_RAW;
    vol->path = g_strdup(map->node);
    vol->key = g_strdup(map->node);
    vol->identity = alj_vol_identity(map->uuid);
    vol->capacity_bytes = vol->allocation_bytes = vol->physical_bytes = map->size_bytes;
    return alj_block_vol_stat(call, node, &vol->permissions, &vol->times, error) ? g_steal_pointer(&vol) : NULL;
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    g_auto(GStrv) names = alj_sys_names(call->host, BLOCK_DIR);
    for (unsigned i = 0; names[i]; i++) {
        g_auto(Map) map = { 0 };
        g_autoptr(GError) failure = NULL;
        if (!find_map(call->host, names[i], &map))
            continue;
        AljVolDef *vol = new_vol(call, names[i], &map, &failure);
        if (!vol) { /* udev is late, or there is none */
            g_ptr_array_add(inventory->problems, g_strdup_printf("%s: %s", names[i], failure->message));
            continue;
        }
        g_ptr_array_add(inventory->vols, vol);
        inventory->live.capacity_bytes += vol->capacity_bytes;
        inventory->live.allocation_bytes += vol->allocation_bytes;
    }
    inventory->is_local = true;
    return g_steal_pointer(&inventory);
}

/* ---- volumes ---- */

static bool
fail_no_vol(const char *name, GError **error)
{
    return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
}

static AljVolDef *
vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    g_auto(Map) map = { 0 };
    if (find_map(call->host, name, &map))
        return new_vol(call, name, &map, error);
    fail_no_vol(name, error);
    return NULL;
}

static bool
vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_auto(Map) map = { 0 };
    g_autofree char *node = alj_host_path(call->host, vol->path);
    if (!find_map(call->host, vol->name, &map) || strcmp(map.node, vol->path) != 0)
        return fail_no_vol(vol->name, error);
    *ret = (AljVolStat){ .capacity_bytes = map.size_bytes, .allocation_bytes = map.size_bytes, .physical_bytes = map.size_bytes };
    return alj_block_vol_stat(call, node, &ret->permissions, &ret->times, error);
}

/* Numbers and names of maps are given again when one goes: what was opened must be the map of that number, that name and that disk. */
static bool
is_map(const Map *map, const AljVolDef *vol)
{
    return strcmp(map->node, vol->path) == 0 && alj_vol_identity(map->uuid) == vol->identity;
}

/* That the kernel knows of a path to the map that works, disk by disk. Where the map queues what it cannot send, a transfer without one would
 * wait for ever; disks that stay away are removed in the end, and leave a map without any. */
static bool
check_paths(AljCall *call, const char *dir, const AljVolDef *vol, GError **error)
{
    g_autofree char *slaves = g_build_filename(dir, "slaves", NULL);
    g_auto(GStrv) disks = alj_sys_names(call->host, slaves);
    g_autoptr(GString) states = g_string_new(NULL);
    for (unsigned i = 0; disks[i]; i++) {
        g_autofree char *device = g_build_filename(slaves, disks[i], "device", NULL);
        g_autofree char *state = alj_sys_attr(call->host, device, "state");
        if (!state || strcmp(state, "running") == 0)
            return true;
        g_string_append_printf(states, "%s%s is %s", states->len > 0 ? ", " : "", disks[i], state);
    }
    return alj_fail_errno(error, EIO, "no path leads to '%s' at the moment (%s)", vol->path,
                          states->len > 0 ? states->str : "it has no disks");
}

static int
open_map(AljCall *call, const AljVolDef *vol, int flags, const char *complaint, GError **error)
{
    struct stat st;
    g_auto(Map) map = { 0 };
    alj_autofd fd = alj_block_vol_node(call, vol, flags, complaint, &st, error);
    if (fd < 0)
        return -1;
    g_autofree char *dir = g_strdup_printf("/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
    g_autofree char *real = alj_sys_resolve(call->host, dir);
    g_autofree char *name = real ? g_path_get_basename(real) : NULL;
    if (name && strcmp(name, vol->name) == 0 && find_map(call->host, name, &map) && is_map(&map, vol)) {
        bool to_write = (flags & O_ACCMODE) != O_RDONLY;
        bool is_usable = check_paths(call, real, vol, error) && alj_scsi_check_free(call->host, fd, vol->path, to_write, error);
        return is_usable ? alj_steal_fd(&fd) : -1;
    }
    alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is not the map '%s' any more; refresh the pool", vol->path, vol->name);
    return -1;
}

static AljMedium *
vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    int fd = open_map(call, vol, open_flags, ALJ_BLOCK_NO_STREAM, error);
    return fd < 0 ? NULL : alj_medium_new_fd(call->host, fd, vol->path);
}

static AljVolDef *
vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    if (!alj_wipe_check(how, error))
        return NULL;
    alj_autofd fd = open_map(call, vol, O_RDWR, ALJ_BLOCK_NO_WIPE, error);
    if (fd < 0 || !alj_wipe_bytes(call, fd, vol->path, how, error))
        return NULL;
    return vol_probe(call, pool, vol->name, error);
}

ALJ_BACKEND_DEFINE(ALJ_POOL_MPATH, .summary = "all multipath devices of the host", .traits = ALJ_TRAIT_SHARED, .tools = tools, .scan = scan,
                   .vol_probe = vol_probe, .vol_stat = vol_stat, .vol_wipe = vol_wipe, .vol_open = vol_open);
