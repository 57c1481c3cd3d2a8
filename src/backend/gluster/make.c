/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New volumes of gluster pools, empty or with the bytes of others. Raw files and qcow2 images are made by ourselves; an image is
 * written into memory first, where it takes a few KiB, and then to its server. What needs qemu-img is refused: on gluster:// it
 * takes ten seconds to end and, in most distributions, is not there at all. Runs on a pool's workers.
 */
#include "backend/gluster/draft.h"
#include "backend/gluster/medium.h"
#include "backend/gluster/volume.h"

#include "backend/files/head.h"
#include "backend/files/request.h"
#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/task.h"
#include "host/files.h"

#include <errno.h>
#include <string.h>

#define SECTOR_BYTES 512
#define DEFAULT_DIR_MODE 0711

/* ---- plan ---- */

/* After the refusals every pool of images has. */
static bool
check_kind(const AljVolDef *request, unsigned flags, GError **error)
{
    bool is_known = request->format == ALJ_FORMAT_RAW || request->format == ALJ_FORMAT_DIR || request->format == ALJ_FORMAT_QCOW2;
    if (!is_known)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volumes of format '%s' cannot be made in gluster pools; upload one",
                        alj_vol_format_name(request->format));
    if (request->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "encrypted volumes cannot be made in gluster pools; upload one");
    if (request->format == ALJ_FORMAT_QCOW2 && !alj_request_is_native(request))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "qcow2 with compat '%s' cannot be made in gluster pools",
                        alj_request_compat(request));
    return !(flags & ALJ_VOL_CREATE_PREALLOC)
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "metadata preallocation is not supported in gluster pools");
}

bool
alj_gluster_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    g_auto(AljGlusterEntry) entry = { 0 };
    g_autoptr(GError) absent = NULL;
    g_free(vol->path);
    g_free(vol->key);
    vol->path = alj_gluster_uri(pool, vol->name);
    vol->key = g_strdup(vol->path);
    vol->type = vol->format == ALJ_FORMAT_DIR ? ALJ_VOL_NETDIR : ALJ_VOL_NETWORK;
    if (!alj_request_check_name(vol, error) || !alj_gluster_place_open(&place, call, pool, error))
        return false;
    /* Anything but a plain "no" counts as there: the commit finds out for certain. */
    if (alj_gluster_entry_look(&place, vol->name, &entry, &absent) || alj_error_errno(absent) != ENOENT)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '%s' already exists", vol->path);
    return alj_request_check(call, vol, flags, error) && check_kind(vol, flags, error);
}

/* ---- create ---- */

/* The base of a new image: a volume of an active gluster pool, by its path. Its format is the one it has (D-06). */
static bool
find_base(AljCall *call, const AljVolDef *request, AljBase *ret, GError **error)
{
    const AljBacking *backing = request->backing;
    AljPoolType type = ALJ_POOL_DIR;
    *ret = (AljBase){ 0 };
    if (!backing)
        return true;
    g_autoptr(AljVolDef) known = call->find_vol_by_path(call, backing->path, &type);
    if (!known || type != ALJ_POOL_GLUSTER || known->type != ALJ_VOL_NETWORK)
        return alj_fail_errno(error, ENOENT, "inaccessible backing store volume %s", backing->path);
    *ret = (AljBase){ .is_there = true, .format = backing->has_format ? backing->format : alj_vet_format(known),
                      .capacity_bytes = known->capacity_bytes };
    return true;
}

static bool
copy_image(AljGlusterDraft *draft, int take_fd, GError **error)
{
    AljTask *task = draft->place->call->task;
    uint64_t bytes;
    g_autoptr(AljMedium) image = alj_medium_new_fd(draft->place->call->host, take_fd, draft->tmp);
    return image->ops->size(image, &bytes, error) && draft->medium->ops->grow(draft->medium, bytes, error)
        && alj_medium_copy(image, draft->medium, bytes, true, task, error);
}

static bool
fill_qcow2(AljGlusterDraft *draft, const AljVolDef *request, GError **error)
{
    AljCall *call = draft->place->call;
    AljBase base;
    if (!find_base(call, request, &base, error))
        return false;
    uint64_t bytes = request->capacity_bytes == 0 ? base.capacity_bytes : request->capacity_bytes;
    AljQcow2Options options = alj_request_qcow2(request, &base, bytes, 0);
    alj_autofd fd = alj_file_scratch(call->host, "qcow2", error);
    return fd >= 0 && alj_qcow2_write(call->host, fd, &options, call->task, error) && copy_image(draft, alj_steal_fd(&fd), error);
}

static bool
fill_raw(AljGlusterDraft *draft, const AljVolDef *request, GError **error)
{
    AljTask *task = draft->place->call->task;
    if (!alj_gluster_medium_truncate(draft->medium, request->capacity_bytes, error))
        return false;
    return request->allocation_bytes == 0
        || alj_gluster_medium_allocate(draft->medium, request->allocation_bytes, false, task, error);
}

/* A directory needs no draft: it is complete when it is there. */
static AljVolDef *
make_dir(const AljGlusterPlace *place, const AljVolDef *request, GError **error)
{
    const AljPermissions *wanted = &request->permissions;
    struct stat st;
    glfs_object_t *made = NULL;
    int failed = alj_host_gate(place->call->host, "gluster mkdir");
    if (!failed && !(made = glfs_h_mkdir(place->fs, place->dir, request->name, wanted->has_mode ? wanted->mode : DEFAULT_DIR_MODE, &st)))
        failed = errno;
    if (failed) {
        alj_fail_errno(error, failed, "failed to create directory '%s'", request->path);
        return NULL;
    }
    (void) glfs_h_close(made);
    return alj_gluster_place_sync(place, error) ? alj_gluster_reread(place, request->name, error) : NULL;
}

AljVolDef *
alj_gluster_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    g_auto(AljGlusterDraft) draft = { 0 };
    if (!alj_gluster_place_open(&place, call, pool, error))
        return NULL;
    if (request->format == ALJ_FORMAT_DIR)
        return make_dir(&place, request, error);
    if (!alj_gluster_draft_begin(&draft, &place, request, error))
        return NULL;
    bool is_filled = request->format == ALJ_FORMAT_QCOW2 ? fill_qcow2(&draft, request, error) : fill_raw(&draft, request, error);
    return is_filled ? alj_gluster_draft_commit(&draft, request, error) : NULL;
}

/* ---- copy ---- */

/*
 * Whether the bytes of an image are the volume that was asked for: an image that stands alone, is sound, needs no other file, and
 * has the capacity wanted. Whatever else its header says comes along.
 */
static bool
is_same_image(AljMedium *source, const AljVolDef *request, const AljVolDef *from, uint64_t bytes, bool *ret, GError **error)
{
    g_auto(AljHead) head = { 0 };
    if (!alj_head_read_medium(source, from->name, bytes, true, &head, error))
        return false;
    const AljImageInfo *info = &head.info;
    *ret = request->format == ALJ_FORMAT_QCOW2 && info->format == ALJ_FORMAT_QCOW2 && info->backing_length == 0
        && !info->has_external_data && !info->has_unknown_features && !info->is_dirty && info->snapshots == 0
        && !info->is_encrypted && info->has_capacity && info->capacity_bytes == request->capacity_bytes;
    return true;
}

static bool
check_copy(AljMedium *source, const AljVolDef *request, const AljVolDef *from, uint64_t bytes, GError **error)
{
    bool is_good = request->format == ALJ_FORMAT_RAW && alj_vet_format(from) == ALJ_FORMAT_RAW && !from->encryption;
    if (!is_good && !is_same_image(source, request, from, bytes, &is_good, error))
        return false;
    return is_good
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume '%s' would have to be converted on its way to a gluster pool; create "
                    "it in a pool of files first, and then from there", from->name);
}

static bool
fill_copy(AljGlusterDraft *draft, AljMedium *source, const AljVolDef *request, uint64_t bytes, GError **error)
{
    AljTask *task = draft->place->call->task;
    bool is_raw = request->format == ALJ_FORMAT_RAW;
    uint64_t result_bytes = is_raw ? MAX(bytes, request->capacity_bytes) : bytes;
    uint64_t allocation_bytes = MIN(request->allocation_bytes, result_bytes);
    bool is_full = is_raw && request->has_allocation && allocation_bytes >= bytes;
    atomic_store(&task->total_bytes, bytes);
    return draft->medium->ops->grow(draft->medium, result_bytes, error)
        && (!is_full || alj_gluster_medium_allocate(draft->medium, allocation_bytes, false, task, error))
        && alj_medium_copy(source, draft->medium, bytes, true, task, error);
}

AljVolDef *
alj_gluster_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                     AljPoolType from_pool, unsigned flags, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    g_auto(AljGlusterDraft) draft = { 0 };
    uint64_t bytes;
    bool is_dir = request->format == ALJ_FORMAT_DIR || from->type == ALJ_VOL_DIR || from->type == ALJ_VOL_NETDIR;
    if (is_dir)
        alj_fail(error, ALJ_ERROR_INTERNAL, "cannot copy from volume to a directory volume");
    else if (flags & ALJ_VOL_CREATE_REFLINK)
        alj_fail_errno(error, EOPNOTSUPP, "failed to clone files from '%s'", from->path);
    if (is_dir || (flags & ALJ_VOL_CREATE_REFLINK) || !alj_gluster_place_open(&place, call, pool, error))
        return NULL;
    g_autoptr(AljMedium) source = call->open_source(call, error);
    if (!source || !source->ops->size(source, &bytes, error) || !check_copy(source, request, from, bytes, error)
        || !alj_gluster_draft_begin(&draft, &place, request, error) || !fill_copy(&draft, source, request, bytes, error))
        return NULL;
    return alj_gluster_draft_commit(&draft, request, error);
}
