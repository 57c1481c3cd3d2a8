/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New volumes: raw files, directories and qcow2 images by ourselves, the rest by qemu-img. All are drafts until they are
 * complete. Runs on a pool's workers.
 */
#include "backend/files/create.h"

#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "backend/files/qemu_img.h"
#include "base/task.h"
#include "host/data.h"
#include "host/files.h"

#include <errno.h>
#include <string.h>

#define IMAGE_ROUND_BYTES 1024 /* libvirt hands sizes to qemu-img in KiB, rounded up */
#define FIRST_BLOCK_BYTES 4096 /* all that qemu-img allocates of a raw file, for QEMU to find its alignment by */

bool
alj_make_raw(AljDraft *draft, const AljVolDef *request, uint64_t bytes, uint64_t allocation_bytes, GError **error)
{
    AljHost *host = draft->call->host;
    g_autofree char *path = alj_files_path(draft->pool, request->name);
    if (request->nocow && !alj_file_set_cow(host, draft->fd, path, false, error))
        return false;
    if (!alj_file_truncate(host, draft->fd, path, bytes, error))
        return false;
    return allocation_bytes == 0
        || alj_data_allocate(host, draft->fd, path, 0, allocation_bytes, draft->call->task, error);
}

/* Asked for, but only a matter of speed for an image: elsewhere than on btrfs it is not there to be turned off. */
static bool
try_nocow(AljDraft *draft, const AljVolDef *request, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!request->nocow || alj_file_set_cow(draft->call->host, draft->fd, request->name, false, &failure)
        || alj_error_errno(failure) == ENOSYS)
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* An empty image by ourselves. */
static bool
make_qcow2(AljDraft *draft, const AljVolDef *request, const AljBase *base, uint64_t bytes, unsigned flags, GError **error)
{
    AljHost *host = draft->call->host;
    AljQcow2Options options = alj_request_qcow2(request, base, bytes, flags);
    if (!try_nocow(draft, request, error) || !alj_qcow2_write(host, draft->fd, &options, draft->call->task, error))
        return false;
    if (!options.preallocate_metadata || request->capacity_bytes > request->allocation_bytes)
        return true;
    uint64_t file_bytes;
    g_autofree char *path = alj_files_path(draft->pool, request->name);
    return alj_file_size(host, draft->fd, path, &file_bytes, error)
        && alj_data_allocate(host, draft->fd, path, 0, file_bytes, draft->call->task, error);
}

bool
alj_make_image(AljDraft *draft, const AljVolDef *request, const AljBase *base, uint64_t bytes, unsigned flags,
               GError **error)
{
    if (alj_request_is_native(request))
        return make_qcow2(draft, request, base, bytes, flags, error);
    return alj_qemu_img_create(draft->call, request, base, bytes, draft->fd, flags, error)
        && alj_check_made(draft, request, bytes, base->is_there, error);
}

bool
alj_check_made(AljDraft *draft, const AljVolDef *request, uint64_t capacity_bytes, bool has_backing, GError **error)
{
    AljHost *host = draft->call->host;
    g_auto(AljHead) head = { 0 };
    uint64_t file_bytes;
    if (!alj_file_size(host, draft->fd, request->name, &file_bytes, error)
        || !alj_head_read(host, draft->fd, request->name, file_bytes, true, &head, error))
        return false;
    /* A copied disk may begin with anything, also with what looks like the header of an image. */
    AljVolFormat format = alj_request_is_luks(request) ? ALJ_FORMAT_RAW : request->format;
    bool is_format = alj_request_is_raw(request) || head.info.format == format || head.info.real_format == format;
    bool is_large = alj_request_is_raw(request) ? file_bytes >= capacity_bytes
                                                : !head.info.has_capacity || head.info.capacity_bytes >= capacity_bytes;
    bool is_encrypted = head.info.is_encrypted || !request->encryption;
    bool is_alone = alj_request_is_raw(request) || (head.info.backing_length > 0) == has_backing;
    if (!is_format || !is_large || !is_alone || !is_encrypted)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "qemu-img did not make volume '%s' as it was told", request->name);
    return true;
}

static bool
round_up(uint64_t bytes, uint64_t *ret, GError **error)
{
    if (bytes > INT64_MAX - IMAGE_ROUND_BYTES)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity %" G_GUINT64_FORMAT " is too large for a file", bytes);
    *ret = (bytes + IMAGE_ROUND_BYTES - 1) / IMAGE_ROUND_BYTES * IMAGE_ROUND_BYTES;
    return true;
}

/* For clients an image of the tool, for the tool a raw file: of what was to be allocated it never hears. */
static bool
make_iso(AljDraft *draft, const AljVolDef *request, GError **error)
{
    AljHost *host = draft->call->host;
    g_autofree char *path = alj_files_path(draft->pool, request->name);
    uint64_t bytes;
    if (!round_up(request->capacity_bytes, &bytes, error) || !try_nocow(draft, request, error)
        || !alj_file_truncate(host, draft->fd, path, bytes, error))
        return false;
    return bytes == 0
        || alj_data_allocate(host, draft->fd, path, 0, MIN(bytes, FIRST_BLOCK_BYTES), draft->call->task, error);
}

static bool
fill_draft(AljDraft *draft, const AljVolDef *request, const AljBase *base, unsigned flags, GError **error)
{
    if (request->format == ALJ_FORMAT_DIR)
        return true;
    if (request->format == ALJ_FORMAT_ISO && !request->encryption)
        return make_iso(draft, request, error);
    if (alj_request_is_raw(request)) {
        atomic_store(&draft->call->task->total_bytes, request->allocation_bytes);
        return alj_make_raw(draft, request, request->capacity_bytes, request->allocation_bytes, error);
    }
    uint64_t bytes = request->capacity_bytes == 0 ? base->capacity_bytes : request->capacity_bytes;
    return round_up(bytes, &bytes, error) && alj_make_image(draft, request, base, bytes, flags, error);
}

AljVolDef *
alj_files_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    g_auto(AljDraft) draft = ALJ_DRAFT_INIT;
    AljBase base;
    if (!alj_request_check(call, request, flags, error) || !alj_request_base(call, pool, request, &base, error)
        || !alj_draft_begin(&draft, call, pool, request, error) || !fill_draft(&draft, request, &base, flags, error))
        return NULL;
    return alj_draft_commit(&draft, request, error);
}
