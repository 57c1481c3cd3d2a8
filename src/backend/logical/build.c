/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A volume group made out of devices, and taken apart. What is on a device is only overwritten when that was asked for in so many
 * words, and a group only goes when nothing is in it. Both ends of each device, where labels and LVM's metadata are, and its partitions
 * are kept in memory until the group stands, so a build that fails leaves every device as it was. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "backend/logical/ends.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/blocks.h"
#include "host/part_nodes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MEMBER         "LVM2_member" /* as libblkid calls a physical volume */
#define THIN_POOL_PART "95%FREE"     /* the rest is for its metadata to grow, and for a spare copy */
#define NAMES_TOLD     5

/* ---- devices ---- */

bool
alj_lvm_is_same_device(const char *a, const char *b)
{
    struct stat at, bt;
    return strcmp(a, b) == 0 || (stat(a, &at) == 0 && stat(b, &bt) == 0 && S_ISBLK(at.st_mode) && at.st_rdev == bt.st_rdev);
}

static const char *
device_path(const AljPoolDef *pool, guint index)
{
    const AljPoolDevice *device = g_ptr_array_index(pool->devices, index);
    return device->path;
}

static const AljLvmDevice *
find_known(const GPtrArray *known, const char *path)
{
    for (guint i = 0; i < known->len; i++) {
        const AljLvmDevice *device = g_ptr_array_index(known, i);
        if (alj_lvm_is_same_device(device->path, path))
            return device;
    }
    return NULL;
}

static bool
is_named(const AljPoolDef *pool, const char *path)
{
    for (guint i = 0; i < pool->devices->len; i++)
        if (alj_lvm_is_same_device(device_path(pool, i), path))
            return true;
    return false;
}

/* ---- may it be built? ---- */

static bool
probe(AljCall *call, const char *path, AljContent *ret, GError **error)
{
    GError *failure = NULL;
    alj_autofd fd = alj_block_open(call->host, path, O_RDONLY, NULL, &failure);
    if (fd >= 0)
        return alj_block_probe(call->host, fd, path, ret, error);
    if (alj_error_errno(failure) == ENOENT)
        alj_fail(error, ALJ_ERROR_PROBE_FAILED, "Failed to create filesystem probe for device %s", path);
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    g_clear_error(&failure);
    return false;
}

/* A physical volume that belongs to no group holds nothing: what a crash, or pvcreate, has left. */
static bool
check_empty(AljCall *call, const char *path, const AljLvmDevice *known, GError **error)
{
    g_auto(AljContent) content = { 0 };
    if (!probe(call, path, &content, error))
        return false;
    if (content.kind == ALJ_CONTENT_NONE)
        return true;
    if (!alj_content_has(&content, MEMBER) || content.kind == ALJ_CONTENT_CONTRADICTS)
        return alj_fail(error, ALJ_ERROR_POOL_BUILT, "Format of device '%s' does not match the expected format '%s', forced overwrite "
                        "is necessary", path, MEMBER);
    return (known && !known->group && !known->is_used)
        || alj_fail(error, ALJ_ERROR_POOL_BUILT, "Device '%s' already formatted using '%s'", path, MEMBER);
}

/* Overwriting one device of a group would tear what lies on its other devices. */
static bool
check_torn(const AljPoolDef *pool, const GPtrArray *known, const char *path, const AljLvmDevice *device, GError **error)
{
    for (guint i = 0; device && device->group_uuid && i < known->len; i++) {
        const AljLvmDevice *other = g_ptr_array_index(known, i);
        if (g_strcmp0(other->group_uuid, device->group_uuid) == 0 && !is_named(pool, other->path))
            return alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is part of volume group '%s', which would lose what lies on '%s', too",
                            path, device->group, other->path);
    }
    return true;
}

static bool
check_devices(AljCall *call, const AljPoolDef *pool, const GPtrArray *known, bool overwrites, GError **error)
{
    for (guint i = 0; i < pool->devices->len; i++) {
        const char *path = device_path(pool, i);
        const AljLvmDevice *device = find_known(known, path);
        if (*path != '/')
            return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "source device '%s' is not an absolute path", path);
        if (!(overwrites ? check_torn(pool, known, path, device, error) : check_empty(call, path, device, error))
            || !alj_block_check_free(call->host, path, error))
            return false;
    }
    return pool->devices->len > 0
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "a volume group cannot be made without source devices");
}

/* ---- an existing group ---- */

static bool
has_group(const GPtrArray *known, const char *name)
{
    for (guint i = 0; i < known->len; i++) {
        const AljLvmDevice *device = g_ptr_array_index(known, i);
        if (g_strcmp0(device->group, name) == 0)
            return true;
    }
    return false;
}

/* A group that is there already is taken as it is, if it is what the definition says. Nothing in it is touched. */
static bool
adopt(const AljPoolDef *pool, const GPtrArray *known, unsigned flags, GError **error)
{
    for (guint i = 0; i < pool->devices->len; i++) {
        const char *path = device_path(pool, i);
        const AljLvmDevice *device = find_known(known, path);
        if (!device || g_strcmp0(device->group, pool->source_name) != 0)
            return alj_fail(error, ALJ_ERROR_POOL_BUILT, "volume group '%s' exists, but not on '%s'; vgextend can add it",
                            pool->source_name, path);
        if (flags & ALJ_BUILD_NO_OVERWRITE)
            return alj_fail(error, ALJ_ERROR_POOL_BUILT, "Device '%s' already formatted using '%s'", path, MEMBER);
    }
    return !(flags & ALJ_BUILD_NO_OVERWRITE)
        || alj_fail(error, ALJ_ERROR_POOL_BUILT, "volume group '%s' exists already", pool->source_name);
}

/* ---- making ---- */

/** Forgotten: partitions that the kernel had of a device. */
typedef struct Forgotten {
    AljHost *host;
    char *path;
    unsigned sector_bytes;
    GArray *parts; /* of AljPart: those of the table that the kernel had, too */
} Forgotten;

static void
forgotten_free(void *data)
{
    Forgotten *forgotten = data;
    g_free(forgotten->path);
    g_array_unref(forgotten->parts);
    g_free(forgotten);
}

static void
restore_parts(void *data)
{
    const Forgotten *forgotten = data;
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    if (!alj_disk_open(forgotten->host, forgotten->path, O_RDONLY, &disk, NULL))
        return; /* the device is gone, and its partitions with it */
    for (guint i = 0; i < forgotten->parts->len; i++)
        alj_disk_restore(&disk, &g_array_index(forgotten->parts, AljPart, i), forgotten->sector_bytes);
}

/* After the ends of the device are back, so are its partitions. */
static bool
keep_parts(AljCall *call, const char *path, AljUndo *undo, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    g_autoptr(AljPartTable) table = alj_disk_open(call->host, path, O_RDONLY, &disk, error)
        ? alj_partitions_read(call->host, disk.fd, path, error) : NULL;
    if (!table)
        return false;
    Forgotten *forgotten = g_new(Forgotten, 1);
    *forgotten = (Forgotten){ call->host, g_strdup(path), table->sector_bytes, g_array_new(FALSE, FALSE, sizeof(AljPart)) };
    for (guint i = 0; i < table->parts->len; i++)
        if (alj_disk_knows(&disk, &g_array_index(table->parts, AljPart, i)))
            g_array_append_val(forgotten->parts, g_array_index(table->parts, AljPart, i));
    alj_undo_push(undo, restore_parts, forgotten, forgotten_free);
    return true;
}

/* The kernel forgets the partitions of what becomes a physical volume as a whole. */
static bool
clear_device(AljCall *call, const char *path, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    if (!alj_disk_open(call->host, path, O_RDWR | O_EXCL, &disk, error))
        return false;
    g_autoptr(GArray) numbers = alj_disk_known(&disk);
    for (guint i = 0; i < numbers->len; i++)
        if (!alj_disk_remove(call->host, &disk, g_array_index(numbers, unsigned, i), error))
            return false;
    return alj_lvm_ends_clear(call->host, disk.fd, path, error);
}

static bool
keep_devices(AljCall *call, const AljPoolDef *pool, AljUndo *undo, GError **error)
{
    for (guint i = 0; i < pool->devices->len; i++) {
        AljLvmEnds *ends = keep_parts(call, device_path(pool, i), undo, error)
            ? alj_lvm_ends_read(call->host, device_path(pool, i), error) : NULL;
        if (!ends)
            return false;
        alj_undo_push(undo, alj_lvm_ends_restore, ends, alj_lvm_ends_free);
    }
    return true;
}

/* Without --yes LVM looks for content itself once more, and refuses. */
static bool
run_vgcreate(AljCall *call, const AljPoolDef *pool, bool overwrites, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (char *) "vgcreate");
    if (overwrites)
        g_ptr_array_add(argv, (char *) "--yes");
    g_ptr_array_add(argv, pool->source_name);
    for (guint i = 0; i < pool->devices->len; i++)
        g_ptr_array_add(argv, (char *) device_path(pool, i));
    g_ptr_array_add(argv, NULL);
    return alj_lvm_change(call, (const char *const *) argv->pdata, error);
}

typedef struct Made {
    AljCall *call;
    const AljPoolDef *pool;
} Made;

static void
remove_group(void *data)
{
    const Made *made = data;
    const char *argv[] = { "vgremove", "--yes", made->pool->source_name, NULL };
    (void) alj_lvm_take_back(made->call, argv); /* the ends of the devices, which come back next, are all there is of it */
}

static bool
make_group(AljCall *call, const AljPoolDef *pool, bool overwrites, AljUndo *undo, GError **error)
{
    if (!keep_devices(call, pool, undo, error))
        return false;
    for (guint i = 0; overwrites && i < pool->devices->len; i++)
        if (!clear_device(call, device_path(pool, i), error))
            return false;
    if (!run_vgcreate(call, pool, overwrites, error))
        return false;
    Made *made = g_new(Made, 1);
    *made = (Made){ call, pool };
    alj_undo_push(undo, remove_group, made, g_free);
    return true;
}

/* It is not active afterwards: pools activate what they use when they start, and deactivate that alone. */
static bool
make_thin_pool(AljCall *call, const AljLvmSource *source, GError **error)
{
    g_autoptr(AljLvmGroup) group = alj_lvm_read(call, source->group, error);
    if (!group || !source->thin_pool || alj_lvm_thin_pool(source, group))
        return group != NULL;
    if (alj_lvm_group_find(group, source->thin_pool))
        return alj_fail(error, ALJ_ERROR_POOL_BUILT, "'%s' in volume group '%s' is no thin pool", source->thin_pool, source->group);
    const char *argv[] = { "lvcreate", "--yes", "--type", "thin-pool", "--zero", "y", "--extents", THIN_POOL_PART,
                           "--name", source->thin_pool, source->group, NULL };
    g_autofree char *path = alj_lvm_path(source, source->thin_pool);
    const char *deactivate[] = { "lvchange", "--yes", "-aln", path, NULL };
    return alj_lvm_change(call, argv, error) && alj_lvm_change(call, deactivate, error);
}

bool
alj_lvm_pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    AljLvmSource source;
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    unsigned unknown = flags & ~(unsigned) (ALJ_BUILD_OVERWRITE | ALJ_BUILD_NO_OVERWRITE);
    bool overwrites = flags & ALJ_BUILD_OVERWRITE;
    if (unknown)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendLogicalBuildPool", unknown);
    g_autoptr(GPtrArray) known = alj_lvm_source(pool, &source, error) ? alj_lvm_find_devices(call, error) : NULL;
    if (!known)
        return false;
    bool adopts = !overwrites && has_group(known, source.group);
    if (!(adopts ? adopt(pool, known, flags, error) : check_devices(call, pool, known, overwrites, error)))
        return false;
    if (!adopts && !make_group(call, pool, overwrites, &undo, error))
        return false;
    if (!make_thin_pool(call, &source, error))
        return false;
    alj_undo_commit(&undo);
    return true;
}

/* ---- taking apart ---- */

/* Whether nothing is left in the group, or (@thin_pool) in that thin pool. */
static bool
check_unused(const AljLvmGroup *group, const char *thin_pool, GError **error)
{
    unsigned n_left = 0;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (thin_pool && g_strcmp0(volume->pool, thin_pool) != 0)
            continue;
        if (n_left++ < NAMES_TOLD)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", volume->name);
    }
    return n_left == 0
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "%s '%s' still holds %u logical volumes: %s%s", thin_pool ? "thin pool" : "volume group",
                    thin_pool ? thin_pool : group->name, n_left, names->str, n_left > NAMES_TOLD ? ", …" : "");
}

/*
 * Somebody may make a thin volume in this very moment, which lvremove would take along without a question: so LVM itself, with the
 * group locked, looks whether there is none. That it finds one is no failure for LVM. Returns: the group without the thin pool.
 */
static AljLvmGroup *
remove_thin_pool(AljCall *call, const AljLvmSource *source, const AljLvmGroup *group, GError **error)
{
    const AljLvmVolume *thin_pool = alj_lvm_thin_pool(source, group);
    g_autofree char *selection = g_strdup_printf("lv_uuid=\"%s\" && thin_count=0", thin_pool->uuid);
    const char *argv[] = { "lvremove", "--yes", "--select", selection, source->group, NULL };
    g_autoptr(AljLvmGroup) now = alj_lvm_change(call, argv, error) ? alj_lvm_read(call, source->group, error) : NULL;
    const AljLvmVolume *left = now ? alj_lvm_group_find(now, source->thin_pool) : NULL;
    if (now && (!left || strcmp(left->uuid, thin_pool->uuid) != 0))
        return g_steal_pointer(&now);
    if (now && check_unused(now, source->thin_pool, error))
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "thin pool '%s' was not removed", source->thin_pool);
    return NULL;
}

/* The group, and the labels on those of its devices that the definition names. Without --yes LVM refuses what is not empty by now. */
static bool
remove_all(AljCall *call, const AljPoolDef *pool, const AljLvmGroup *group, GError **error)
{
    g_autoptr(GPtrArray) known = alj_lvm_find_devices(call, error);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *vgremove[] = { "vgremove", group->name, NULL };
    if (!known || !alj_lvm_change(call, vgremove, error))
        return false;
    g_ptr_array_add(argv, (char *) "pvremove");
    g_ptr_array_add(argv, (char *) "--yes");
    for (guint i = 0; i < known->len; i++) {
        const AljLvmDevice *device = g_ptr_array_index(known, i);
        if (g_strcmp0(device->group_uuid, group->uuid) == 0 && is_named(pool, device->path))
            g_ptr_array_add(argv, device->path);
    }
    bool has_devices = argv->len > 2;
    g_ptr_array_add(argv, NULL);
    return !has_devices || alj_lvm_change(call, (const char *const *) argv->pdata, error);
}

bool
alj_lvm_pool_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    AljLvmSource source;
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendLogicalDeletePool", flags);
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, error) ? alj_lvm_source_read(call, &source, error) : NULL;
    if (!group || !alj_lvm_check_whole(group, error) || !check_unused(group, source.thin_pool, error))
        return false;
    if (!source.thin_pool)
        return remove_all(call, pool, group, error);
    g_autoptr(AljLvmGroup) now = remove_thin_pool(call, &source, group, error);
    return now && (now->volumes->len > 0 || pool->devices->len == 0 || remove_all(call, pool, now, error));
}
