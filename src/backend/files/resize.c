/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a volume larger or smaller. Decides by what is in the file now, not by what a scan once saw (D-03). Runs on a pool's
 * workers.
 */
#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "backend/files/qemu_img.h"
#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/task.h"
#include "host/data.h"
#include "host/files.h"
#include "host/qcow2.h"

#include <errno.h>

#define SECTOR_BYTES 512

typedef struct Resize {
    AljCall *call;
    const AljPoolDef *pool;
    const AljVolDef *now; /* the volume as it is in the file */
    const AljEncryption *encryption; /* with the secret, which the file does not name */
    int dir_fd, fd;
    uint64_t bytes;
    unsigned flags;
    bool is_device;
    bool can_cut_back;    /* a raw file may have been made longer */
} Resize;

static bool
check_shrink(const AljVolDef *now, uint64_t bytes, unsigned flags, GError **error)
{
    if (bytes >= now->capacity_bytes || (flags & ALJ_VOL_RESIZE_SHRINK))
        return true;
    if (bytes < now->allocation_bytes)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "can't shrink capacity below existing allocation");
    return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                    "Can't shrink capacity below current capacity unless shrink flag explicitly specified");
}

/*
 * What cutting would destroy. Documents say raw of images that libvirt takes for raw, too, and that is right for everything that
 * keeps all bytes where they are, for a guest may have written this header into its raw disk (host/image.c). Cutting is where that
 * trust ends: of an image the end of the file is not the end of the disk but anything, blocks from the middle or the only copy of
 * the tables. So it needs a header that its reader took for whole, and for formats told by their last bytes the name as well. A
 * guest that fakes all this in its raw disk gains that the disk cannot be made smaller here: its owner can still do that by other means,
 * while nobody can bring back what was cut off an image. Growing destroys nothing and is not refused. The same holds for a header that
 * contradicts itself (UNKNOWN): it is likelier damaged than fake.
 */
static bool
check_cut(const AljVolDef *now, uint64_t bytes, GError **error)
{
    if (bytes >= now->capacity_bytes)
        return true;
    if (now->format == ALJ_FORMAT_UNKNOWN)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is not cut off, because it may be an image: %s", now->name,
                        now->problem ? now->problem : "its header is not understood");
    return now->real_format == ALJ_FORMAT_NONE
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is not cut off, because that would destroy the %s image in it; "
                    "qemu-img can convert it, or truncate the file if it is a raw disk all the same", now->name,
                    alj_vol_format_name(now->real_format));
}

bool
alj_files_check_resize(const AljVolDef *now, uint64_t bytes, unsigned flags, GError **error)
{
    return check_shrink(now, bytes, flags, error) && check_cut(now, bytes, error);
}

static bool
check_allocate(const Resize *resize, GError **error)
{
    const AljVolDef *now = resize->now;
    uint64_t capacity_bytes, available_bytes;
    if (!(resize->flags & ALJ_VOL_RESIZE_ALLOCATE))
        return true;
    if (now->format != ALJ_FORMAT_RAW && now->format != ALJ_FORMAT_ISO)
        return alj_fail(error, ALJ_ERROR_UNSUPPORTED, "preallocate is only supported for raw type volume");
    if (now->encryption)
        return alj_fail(error, ALJ_ERROR_UNSUPPORTED, "preallocate is only supported for an unencrypted raw volume");
    if (!alj_dir_space(resize->call->host, resize->dir_fd, &capacity_bytes, &available_bytes, error))
        return false;
    if (resize->bytes > now->allocation_bytes && resize->bytes - now->allocation_bytes > available_bytes)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "Not enough space left in storage pool");
    return true;
}

/* Also for LUKS, whose header says nothing about the size: it is what is left of the file. */
static bool
resize_raw(Resize *resize, GError **error)
{
    AljHost *host = resize->call->host;
    const AljVolDef *now = resize->now;
    uint64_t old_bytes = now->physical_bytes, header_bytes = old_bytes - now->capacity_bytes, new_bytes;
    if (__builtin_add_overflow(resize->bytes, header_bytes, &new_bytes))
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity %" G_GUINT64_FORMAT " is too large for a file", resize->bytes);
    if (resize->is_device)
        return alj_fail_errno(error, EINVAL, "Failed to truncate file '%s'", now->path);
    resize->can_cut_back = new_bytes > old_bytes;
    /* The holes of the old part as well; and first, because what is cut off cannot be put back. */
    if ((resize->flags & ALJ_VOL_RESIZE_ALLOCATE)
        && !alj_data_allocate(host, resize->fd, now->path, 0, new_bytes, resize->call->task, error))
        return false;
    return alj_file_truncate(host, resize->fd, now->path, new_bytes, error)
        && alj_file_sync(host, resize->fd, now->path, error);
}

static bool
check_result(const Resize *resize, const AljVolDef *result, GError **error)
{
    return result->capacity_bytes == resize->bytes
        || alj_fail(error, ALJ_ERROR_INTERNAL, "volume '%s' has %" G_GUINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT,
                    result->name, result->capacity_bytes, resize->bytes);
}

static bool
check_encryption(const Resize *resize, GError **error)
{
    const AljEncryption *encryption = resize->encryption;
    if (encryption && encryption->format != ALJ_ENCRYPTION_LUKS)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "resize of qcow2 encrypted image is not supported");
    return !encryption || encryption->has_secret
        || alj_fail(error, ALJ_ERROR_XML, "no secret provided for luks encryption");
}

static bool
resize_by_tool(Resize *resize, GError **error)
{
    const AljVolDef *now = resize->now;
    if (!check_encryption(resize, error))
        return false;
    g_autoptr(GPtrArray) chain = alj_vet(resize->call, alj_steal_fd(&resize->fd), now->path, now->format, error);
    if (!chain)
        return false;
    if (resize->encryption)
        alj_vet_unlock(chain, ALJ_SOURCE_KEY, now->capacity_bytes);
    const AljVetted *image = g_ptr_array_index(chain, 0);
    bool may_shrink = (resize->flags & ALJ_VOL_RESIZE_SHRINK) != 0;
    return alj_qemu_img_resize(resize->call, chain, resize->encryption, resize->bytes, may_shrink, error)
        && alj_file_sync(resize->call->host, image->fd, now->path, error);
}

static bool
resize_image(Resize *resize, GError **error)
{
    const AljVolDef *now = resize->now;
    bool is_done = false;
    if (resize->bytes > INT64_MAX - SECTOR_BYTES)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity %" G_GUINT64_FORMAT " is too large for a file", resize->bytes);
    resize->bytes = (resize->bytes + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
    if (now->format == ALJ_FORMAT_QCOW2 && resize->bytes > now->capacity_bytes
        && !alj_qcow2_grow(resize->call->host, resize->fd, resize->bytes, &is_done, error))
        return false;
    return is_done || resize_by_tool(resize, error);
}

static bool
is_of_bytes(const AljVolDef *vol)
{
    return vol->format == ALJ_FORMAT_RAW || vol->format == ALJ_FORMAT_ISO || vol->format == ALJ_FORMAT_UNKNOWN;
}

static bool
resize_open(Resize *resize, GError **error)
{
    g_autoptr(GError) failure = NULL;
    AljHost *host = resize->call->host;
    struct stat st;
    if (resize->now->type == ALJ_VOL_DIR)
        return alj_fail_errno(error, EISDIR, "Unable to open '%s'", resize->now->path);
    resize->fd = alj_place_open(host, resize->pool, resize->dir_fd, resize->now->name, O_RDWR, &st, &failure);
    if (resize->fd < 0)
        return alj_fail_errno(error, alj_error_errno(failure), "Unable to open '%s'", resize->now->path);
    resize->is_device = S_ISBLK(st.st_mode);
    if (!alj_files_check_resize(resize->now, resize->bytes, resize->flags, error) || !check_allocate(resize, error))
        return false;
    return is_of_bytes(resize->now) ? resize_raw(resize, error) : resize_image(resize, error);
}

AljVolDef *
alj_files_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                     GError **error)
{
    alj_autofd dir_fd = alj_files_open_target(call, pool, error);
    g_autoptr(AljVolDef) now = dir_fd < 0 ? NULL : alj_files_reread(call, pool, dir_fd, vol->name, error);
    if (!now)
        return NULL;
    bool is_known = vol->encryption && now->encryption && vol->encryption->format == now->encryption->format;
    Resize resize = { .call = call, .pool = pool, .now = now, .encryption = is_known ? vol->encryption : now->encryption,
                      .dir_fd = dir_fd, .fd = -1, .bytes = bytes, .flags = flags };
    g_autoptr(AljVolDef) result = NULL;
    if (resize_open(&resize, error))
        result = alj_files_reread(call, pool, dir_fd, vol->name, error);
    if (result && !check_result(&resize, result, error))
        g_clear_pointer(&result, alj_vol_def_unref);
    if (!result && resize.can_cut_back && !alj_file_cut_back(resize.fd, now->physical_bytes))
        g_prefix_error(error, "the volume stays larger, because it cannot be cut back: ");
    alj_autofd_clear(&resize.fd);
    return g_steal_pointer(&result);
}
