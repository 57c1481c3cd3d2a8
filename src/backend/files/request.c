/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of requests for new volumes, before anything is made. The refusals and their order are those clients know from
 * libvirt; the function names in some of them are part of the text. Pure but for the look at the backing store, which runs on
 * a pool's worker.
 */
#include "backend/files/request.h"

#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/text.h"
#include "host/files.h"

#include <errno.h>
#include <string.h>

bool
alj_request_is_raw(const AljVolDef *request)
{
    return (request->format == ALJ_FORMAT_RAW || request->format == ALJ_FORMAT_ISO) && !request->encryption;
}

bool
alj_request_is_luks(const AljVolDef *request)
{
    return (request->format == ALJ_FORMAT_RAW || request->format == ALJ_FORMAT_ISO) && request->encryption;
}

const char *
alj_request_compat(const AljVolDef *request)
{
    if (request->compat)
        return request->compat;
    return request->has_features ? "1.1" : "0.10";
}

bool
alj_request_is_native(const AljVolDef *request)
{
    const char *compat = alj_request_compat(request);
    return request->format == ALJ_FORMAT_QCOW2 && !request->encryption
        && (strcmp(compat, "0.10") == 0 || strcmp(compat, "1.1") == 0);
}

AljQcow2Options
alj_request_qcow2(const AljVolDef *request, const AljBase *base, uint64_t bytes, unsigned flags)
{
    return (AljQcow2Options){
        .capacity_bytes = bytes,
        .version = strcmp(alj_request_compat(request), "0.10") == 0 ? 2 : 3,
        .cluster_bytes = request->cluster_size_bytes,
        .lazy_refcounts = (request->features & ALJ_VOL_LAZY_REFCOUNTS) != 0,
        .extended_l2 = (request->features & ALJ_VOL_EXTENDED_L2) != 0,
        .backing_path = base->is_there ? request->backing->path : NULL,
        .backing_format = base->is_there ? alj_qemu_format(base->format) : NULL,
        .preallocate_metadata = (flags & ALJ_VOL_CREATE_PREALLOC) != 0,
    };
}

static bool
check_dir(const AljVolDef *request, unsigned flags, GError **error)
{
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function createFileDir", flags);
    if (request->backing)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "backing storage not supported for directories volumes");
    return true;
}

static bool
check_raw(const AljVolDef *request, unsigned flags, GError **error)
{
    if (flags & ALJ_VOL_CREATE_PREALLOC)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "metadata preallocation is not supported for raw volumes");
    if (request->backing)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "backing storage not supported for raw volumes");
    return true;
}

static bool
check_encryption(const AljVolDef *request, GError **error)
{
    AljEncryptionFormat format = request->encryption->format;
    if (alj_request_is_luks(request))
        return format == ALJ_ENCRYPTION_LUKS
            || alj_fail(error, ALJ_ERROR_INTERNAL, "Only luks encryption is supported for raw files");
    if (request->format != ALJ_FORMAT_QCOW2)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume encryption unsupported with format %s",
                        alj_vol_format_name(request->format));
    if (format == ALJ_ENCRYPTION_LUKS2)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unsupported volume encryption format %d", format);
    return format == ALJ_ENCRYPTION_LUKS
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "creation of qcow2 encrypted image is not supported");
}

static bool
check_features(const AljVolDef *request, GError **error)
{
    if (request->format != ALJ_FORMAT_QCOW2 && (request->compat || request->has_features))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "compatibility option only available with qcow2");
    if (strcmp(alj_request_compat(request), "0.10") != 0)
        return true;
    if (request->features & ALJ_VOL_LAZY_REFCOUNTS)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "lazy_refcounts not supported with compat level 0.10");
    if (request->features & ALJ_VOL_EXTENDED_L2)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'extended_l2' not supported with compat level 0.10");
    return true;
}

static bool
check_image(const AljVolDef *request, unsigned flags, GError **error)
{
    if (flags & ALJ_VOL_CREATE_REFLINK)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function storageBackendCreateQemuImg",
                        (unsigned) ALJ_VOL_CREATE_REFLINK);
    if ((flags & ALJ_VOL_CREATE_PREALLOC) && request->format != ALJ_FORMAT_QCOW2)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "metadata preallocation only available with qcow2");
    if ((flags & ALJ_VOL_CREATE_PREALLOC) && request->backing)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "metadata preallocation conflicts with backing store");
    if ((request->encryption && !check_encryption(request, error)) || !check_features(request, error))
        return false;
    bool is_raw = request->format == ALJ_FORMAT_RAW || request->format == ALJ_FORMAT_ISO; /* encrypted, too */
    return !is_raw || !request->backing
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "cannot set backing store for raw volume");
}

/* Asked for before anything else. */
static bool
check_secret(AljCall *call, const AljVolDef *request, GError **error)
{
    const AljEncryption *encryption = request->encryption;
    if (!encryption || request->format == ALJ_FORMAT_DIR || request->format == ALJ_FORMAT_PLOOP)
        return true;
    if (!alj_encryption_need_secret(encryption, error))
        return false;
    g_autoptr(GBytes) secret = call->get_secret(call, encryption, error);
    return secret != NULL;
}

bool
alj_request_check(AljCall *call, const AljVolDef *request, unsigned flags, GError **error)
{
    if (!check_secret(call, request, error))
        return false;
    if (request->format == ALJ_FORMAT_DIR)
        return check_dir(request, flags, error);
    if (request->format == ALJ_FORMAT_PLOOP && request->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "encrypted ploop volumes are not supported with ploop init");
    if (request->format == ALJ_FORMAT_PLOOP)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "unable to find ploop, please install ploop tools");
    if (request->format == ALJ_FORMAT_RAW && !request->encryption)
        return check_raw(request, flags, error);
    return check_image(request, flags, error);
}

bool
alj_request_check_name(const AljVolDef *vol, GError **error)
{
    if (strchr(vol->name, '/'))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume name '%s' cannot contain '/'", vol->name);
    if (strcmp(vol->name, ".") == 0 || strcmp(vol->name, "..") == 0)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '%s' already exists", vol->path);
    if (strlen(vol->name) > NAME_MAX)
        return alj_fail_errno(error, ENAMETOOLONG, "cannot create volume '%s'", vol->name);
    if (!alj_text_is_entry_name(vol->name) || alj_host_is_tmp_name(vol->name))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "a volume cannot have the name '%s'", vol->name);
    return true;
}

bool
alj_files_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    g_free(vol->path);
    g_free(vol->key);
    vol->path = alj_place_path(pool, vol->name, alj_place_is_new_in_subvol(pool, vol));
    vol->key = g_strdup(vol->path);
    vol->type = vol->format == ALJ_FORMAT_DIR ? ALJ_VOL_DIR : ALJ_VOL_FILE;
    if (!alj_request_check_name(vol, error))
        return false;
    alj_autofd dir_fd = alj_files_open_target(call, pool, error);
    if (dir_fd < 0)
        return false;
    if (alj_entry_exists(call->host, dir_fd, vol->name))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '%s' already exists", vol->path);
    return alj_request_check(call, vol, flags, error);
}

bool
alj_request_base(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, AljBase *ret, GError **error)
{
    const AljBacking *backing = request->backing;
    *ret = (AljBase){ 0 };
    if (!backing)
        return true;
    g_autoptr(GError) failure = NULL;
    g_autofree char *path = alj_files_backing_path(pool->target_path, backing->path);
    int fd = -1;
    if (alj_files_is_protocol(path)) /* to us the name of a file, to QEMU something to connect to */
        return alj_fail_errno(error, ENOENT, "inaccessible backing store volume %s", backing->path);
    fd = alj_path_open(call->host, path, O_RDONLY, NULL, &failure);
    if (fd < 0)
        return alj_fail_errno(error, alj_error_errno(failure), "inaccessible backing store volume %s", backing->path);
    AljVolFormat format = backing->has_format ? backing->format : ALJ_N_FORMATS;
    g_autoptr(GPtrArray) chain = alj_vet(call, fd, path, format, error);
    if (!chain)
        return false;
    const AljVetted *base = g_ptr_array_index(chain, 0);
    *ret = (AljBase){ .is_there = true, .format = base->format, .capacity_bytes = base->capacity_bytes };
    return true;
}
