/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type fs: the file system of one block device (or image file), mounted on the target; its files are the volumes. Volumes
 * are files/'s and the mount is mounted/'s; this is what is mounted, and what may be formatted. Formatting a device that holds
 * anything is the worst mistake there is: it happens only when asked for by flag, never while the device is used. Runs on a
 * pool's workers.
 */
#include "backend/files/files.h"
#include "backend/mounted/mounted.h"
#include "base/guard.h"
#include "host/blocks.h"
#include "host/run.h"

#include <errno.h>
#include <string.h>

#define ANY_FORMAT "auto"

static const AljTool tools[] = {
    ALJ_FILES_TOOLS,
    ALJ_MOUNTED_TOOLS,
    { "mkfs.ext4", "e2fsprogs", "formatting a device as ext2, ext3 or ext4" },
    { "mkfs.xfs", "xfsprogs", "formatting a device as xfs" },
    { "mkfs.vfat", "dosfstools", "formatting a device as vfat" },
    { 0 },
};

static const char *
format_of(const AljPoolDef *pool)
{
    return pool->format ? pool->format : ANY_FORMAT;
}

/* The one device of @pool, or NULL. */
static const char *
device_of(const AljPoolDef *pool, GError **error)
{
    const AljPoolDevice *device = pool->devices->len == 1 ? g_ptr_array_index(pool->devices, 0) : NULL;
    if (!device)
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "expected exactly 1 device for the storage pool");
    else if (*device->path != '/') /* programs would take it for something of their own */
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "source device '%s' is not an absolute path", device->path);
    return device && *device->path == '/' ? device->path : NULL;
}

/* ---- build ---- */

static bool
check_empty(const AljContent *content, const char *device, const char *format, GError **error)
{
    if (content->kind == ALJ_CONTENT_NONE)
        return true;
    if (alj_content_has(content, format))
        return alj_fail(error, ALJ_ERROR_POOL_BUILT, "Device '%s' already formatted using '%s'", device, format);
    return alj_fail(error, ALJ_ERROR_POOL_BUILT, "Format of device '%s' does not match the expected format '%s', forced "
                    "overwrite is necessary", device, format);
}

static bool
read_content(AljCall *call, const char *device, AljContent *ret, GError **error)
{
    alj_autofd fd = alj_block_open(call->host, device, O_RDONLY, NULL, error);
    return fd >= 0 && alj_block_probe(call->host, fd, device, ret, error);
}

/* Whether the device of @pool may be formatted, as far as @flags do not say that its content does not matter. */
static bool
check_device(AljCall *call, const AljPoolDef *pool, const char *device, unsigned flags, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_auto(AljContent) content = { 0 };
    if (!read_content(call, device, &content, &failure)) {
        if (alj_error_errno(failure) == ENOENT)
            return alj_fail(error, ALJ_ERROR_BAD_STATE, "Source device does not exist when formatting pool '%s'", pool->name);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (!(flags & ALJ_BUILD_OVERWRITE) && !check_empty(&content, device, format_of(pool), error))
        return false;
    return alj_block_check_free(call->host, device, error);
}

/* The option with which mkfs.FORMAT asks no questions; they were asked here. */
static const char *
force_option(const char *format)
{
    static const struct {
        const char *format, *option;
    } forces[] = { { "ext2", "-F" }, { "ext3", "-F" }, { "ext4", "-F" }, { "xfs", "-f" }, { "vfat", "-I" } };
    for (size_t i = 0; i < G_N_ELEMENTS(forces); i++)
        if (strcmp(forces[i].format, format) == 0)
            return forces[i].option;
    return NULL;
}

static bool
format_device(AljCall *call, const char *device, const char *format, GError **error)
{
    g_auto(AljContent) content = { 0 };
    const char *force = force_option(format);
    const char *argv[] = { "/sbin/mkfs", "-t", format, force ? force : device, force ? device : NULL, NULL };
    AljRun run = { .argv = argv };
    g_autofree char *output = alj_run(call->host, &run, call->task, error);
    if (!output || !read_content(call, device, &content, error))
        return false;
    return alj_content_has(&content, format)
        || alj_fail(error, ALJ_ERROR_INTERNAL, "mkfs made no %s file system on '%s'", format, device);
}

static bool
pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    const char *device = NULL;
    if (!alj_files_check_build(flags, error))
        return false;
    if (flags && !(device = device_of(pool, error)))
        return false;
    /* All that can be refused is refused before anything is made, and the directory is made before anything is lost. */
    if (device && !check_device(call, pool, device, flags, error))
        return false;
    if (!alj_files_make_target(call, pool, &undo, error)
        || (device && !format_device(call, device, format_of(pool), error)))
        return false;
    alj_undo_commit(&undo);
    return true;
}

/* ---- start and stop ---- */

static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    const char *device = device_of(pool, error);
    return device && alj_mounted_probe(call, pool, device, ret_active, error);
}

/*
 * Why a mount failed, where that can be said better than mount does: what is missing, and what makes it. Otherwise its own words
 * are left.
 */
static void
explain_failure(AljCall *call, const AljPoolDef *pool, const char *device, GError **error)
{
    const char *format = format_of(pool);
    bool is_any = strcmp(format, ANY_FORMAT) == 0;
    g_autoptr(GError) why = NULL, unreadable = NULL;
    g_auto(AljContent) content = { 0 };
    bool is_read = read_content(call, device, &content, &unreadable);
    g_autofree char *names = alj_content_text(&content);
    if (!is_read)
        alj_fail(&why, ALJ_ERROR_BAD_STATE, "%s; it is the source device of storage pool '%s'", unreadable->message, pool->name);
    else if (content.kind == ALJ_CONTENT_NONE)
        alj_fail(&why, ALJ_ERROR_BAD_STATE, "there is no file system on '%s'%s", device,
                 is_any ? "" : "; pool-build --no-overwrite makes one");
    else if (is_any ? content.kind != ALJ_CONTENT_FS : !alj_content_has(&content, format))
        alj_fail(&why, ALJ_ERROR_BAD_STATE, "'%s' holds %s and no %s file system", device, names, is_any ? "single" : format);
    if (why) {
        g_clear_error(error);
        g_propagate_error(error, g_steal_pointer(&why));
    }
}

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    const char *device = device_of(pool, error);
    if (!device)
        return false;
    GError *failure = NULL;
    g_autofree char *options = alj_mounted_options(pool, NULL);
    AljMountRequest request = { .source = device, .target = pool->target_path, .fs_type = format_of(pool),
                                .options = options };
    if (alj_mounted_start(call, pool, &request, &failure))
        return true;
    if (alj_error_is(failure, ALJ_ERROR_INTERNAL)) /* mount ran, and said no */
        explain_failure(call, pool, device, &failure);
    g_propagate_error(error, failure);
    return false;
}

static bool
pool_stop(AljCall *call, const AljPoolDef *pool, GError **error)
{
    const char *device = device_of(pool, error);
    return device && alj_mounted_stop(call, pool, device, error);
}

/* ---- scan ---- */

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    const char *device = device_of(pool, error);
    AljInventory *inventory = device ? alj_mounted_scan(call, pool, device, old, error) : NULL;
    if (inventory && alj_block_is_whole_disk(device))
        g_ptr_array_add(inventory->problems, g_strdup_printf("'%s' is a whole disk: a partition is safer, for whoever may write "
                                                             "to the disk itself can change its partitions and its label", device));
    return inventory;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_FS, .summary = "a file system on a block device", .traits = ALJ_TRAIT_KEEPS_TOTALS, .tools = tools,
                   .pool_probe = pool_probe, .pool_build = pool_build, .pool_start = pool_start, .pool_stop = pool_stop,
                   .pool_delete = alj_mounted_delete, ALJ_FILES_VOLUMES, .scan = scan);
