/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes made from others: clone and create-from. Bytes are shared or copied by ourselves where source and result have the
 * same layout; qemu-img converts the rest, from vetted images, into a draft that already has its owner and mode. The
 * result stands alone: backing files of the source are copied in (D-07). Runs on a pool's workers; owns nothing.
 */
#include "backend/files/create.h"
#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "backend/files/qemu_img.h"
#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/task.h"
#include "host/data.h"
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SECTOR_BYTES 512
#define DEFAULT_CLUSTER_BYTES 65536 /* of a qcow2 image whose document names no cluster size */

typedef struct Copy {
    AljCall *call;
    const AljVolDef *request, *from;
    unsigned flags;
    GPtrArray *chain;         /* of AljVetted: the source and what it stands on */
    uint64_t capacity_bytes;  /* of the result: as asked for, but not below the source's */
} Copy;

static const AljVetted *
source_of(const Copy *copy)
{
    return g_ptr_array_index(copy->chain, 0);
}

static bool
check_source(const AljVolDef *request, const AljVolDef *from, GError **error)
{
    const char *wanted = request->backing ? request->backing->path : NULL;
    if (request->format == ALJ_FORMAT_DIR || from->type == ALJ_VOL_DIR || from->type == ALJ_VOL_NETDIR)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "cannot copy from volume to a directory volume");
    if (wanted && g_strcmp0(wanted, from->backing ? from->backing->path : NULL) != 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "a different backing store cannot be specified.");
    return alj_vet_check_encryption(from, error);
}

/* ---- byte by byte ---- */

/* A qcow2 image that stands alone, is not written to as long as its descriptor lives, and already is what the request would be made as. */
static bool
is_same_image(const Copy *copy)
{
    const AljVetted *source = source_of(copy);
    const AljImageInfo *info = &source->info;
    const AljVolDef *request = copy->request;
    uint64_t cluster_bytes = request->cluster_size_bytes ? request->cluster_size_bytes : DEFAULT_CLUSTER_BYTES;
    bool is_alone = !source->has_backing && info->snapshots == 0 && !info->is_dirty && !source->is_block;
    bool is_alike = source->format == ALJ_FORMAT_QCOW2 && request->format == ALJ_FORMAT_QCOW2
        && info->cluster_size_bytes == cluster_bytes && info->features == request->features
        && strcmp(alj_request_compat(request), info->has_compat ? "1.1" : "0.10") == 0
        && source->capacity_bytes == copy->capacity_bytes;
    return is_alone && is_alike && !(copy->flags & ALJ_VOL_CREATE_PREALLOC) && alj_file_keep_writers_out(source->fd);
}

static bool
copy_bytes(AljDraft *draft, const Copy *copy, uint64_t bytes, AljCopyMode mode, GError **error)
{
    atomic_store(&copy->call->task->total_bytes, bytes);
    if (mode != ALJ_COPY_FULL && !copy->request->nocow)
        alj_file_take_cow(source_of(copy)->fd, draft->fd);
    return alj_data_copy(copy->call->host, source_of(copy)->fd, copy->from->path, draft->fd, bytes, mode,
                         copy->call->task, error);
}

static bool
copy_image(AljDraft *draft, const Copy *copy, GError **error)
{
    uint64_t bytes;
    return alj_file_size(copy->call->host, source_of(copy)->fd, copy->from->path, &bytes, error)
        && copy_bytes(draft, copy, bytes, ALJ_COPY_SPARSE, error);
}

static bool
copy_raw(AljDraft *draft, const Copy *copy, GError **error)
{
    AljHost *host = copy->call->host;
    const AljVolDef *request = copy->request;
    uint64_t bytes = source_of(copy)->capacity_bytes, result_bytes = MAX(request->capacity_bytes, bytes);
    g_autofree char *path = alj_files_path(draft->pool, request->name);
    /* Where the next write goes elsewhere anyway, room that is taken in advance is worth nothing, and sharing much. */
    bool is_full = bytes > 0 && request->allocation_bytes >= bytes && !draft->pool->has_subvolumes;
    AljCopyMode mode = copy->flags & ALJ_VOL_CREATE_REFLINK ? ALJ_COPY_REFLINK_ONLY : is_full ? ALJ_COPY_FULL : ALJ_COPY_SPARSE;
    if (request->nocow && !alj_file_set_cow(host, draft->fd, path, false, error))
        return false;
    if (!copy_bytes(draft, copy, bytes, mode, error) || !alj_file_truncate(host, draft->fd, path, result_bytes, error))
        return false;
    uint64_t allocation_bytes = MIN(request->allocation_bytes, result_bytes);
    return mode != ALJ_COPY_FULL || allocation_bytes <= bytes
        || alj_data_allocate(host, draft->fd, path, bytes, allocation_bytes - bytes, copy->call->task, error);
}

/* ---- by conversion ---- */

/* Makes the empty image that is to be filled: with the options of a new one, and as large as was asked for (D-05). */
static bool
make_target(AljDraft *draft, const Copy *copy, GError **error)
{
    static const AljBase no_base;
    const AljVolDef *request = copy->request;
    uint64_t bytes = copy->capacity_bytes;
    if (alj_request_is_raw(request))
        return alj_make_raw(draft, request, bytes, request->allocation_bytes >= bytes ? bytes : 0, error);
    if (bytes > INT64_MAX - SECTOR_BYTES)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity %" G_GUINT64_FORMAT " is too large for a file", bytes);
    bytes = (bytes + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
    return alj_make_image(draft, request, &no_base, bytes, copy->flags, error);
}

static bool
convert(AljDraft *draft, const Copy *copy, GError **error)
{
    atomic_store(&copy->call->task->total_bytes, source_of(copy)->capacity_bytes);
    return make_target(draft, copy, error)
        && alj_qemu_img_convert(copy->call, copy->chain, copy->from->encryption, draft->fd, copy->request, error)
        && alj_check_made(draft, copy->request, copy->capacity_bytes, false, error);
}

/* ---- from a server ---- */

/* The bytes of a volume that only its server has, as they are, in a hidden file of the pool. */
static bool
fetch(AljDraft *draft, AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    uint64_t bytes;
    g_autoptr(AljMedium) source = call->open_source(call, error);
    if (!source || !source->ops->size(source, &bytes, error) || !alj_draft_begin(draft, call, pool, request, error))
        return false;
    g_autoptr(AljMedium) file = alj_medium_new_fd(call->host, fcntl(draft->fd, F_DUPFD_CLOEXEC, 0), request->name);
    atomic_store(&call->task->total_bytes, bytes);
    return alj_medium_copy(source, file, bytes, true, call->task, error)
        && alj_file_truncate(call->host, draft->fd, request->name, bytes, error);
}

/* Raw to raw: what was fetched is the volume. */
static AljVolDef *
take_fetched(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    g_auto(AljDraft) draft = ALJ_DRAFT_INIT;
    g_autofree char *path = alj_files_path(pool, request->name);
    uint64_t bytes = MIN(request->allocation_bytes, request->capacity_bytes);
    if (flags & ALJ_VOL_CREATE_REFLINK) {
        alj_fail_errno(error, EOPNOTSUPP, "failed to clone files from a server into '%s'", path);
        return NULL;
    }
    if (!fetch(&draft, call, pool, request, error)
        || !alj_file_truncate(call->host, draft.fd, path, request->capacity_bytes, error)
        || (bytes > 0 && request->has_allocation && !alj_data_allocate(call->host, draft.fd, path, 0, bytes, call->task, error)))
        return NULL;
    return alj_draft_commit(&draft, request, error);
}

/* All else is made of a file that is looked at like any other. */
static int
open_fetched(AljDraft *fetched, AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    int fd = fetch(fetched, call, pool, request, error) ? fcntl(fetched->fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (fd >= 0)
        atomic_store(&call->task->done_bytes, 0);
    return fd;
}

/* ---- all together ---- */

/* Whether no program is needed. What is encrypted has a master key of its own in each volume. */
static bool
is_plain(const AljVolDef *request, const AljVolDef *from, AljVolFormat from_format)
{
    return from_format == ALJ_FORMAT_RAW && !from->encryption && !request->encryption
        && (request->format == ALJ_FORMAT_RAW || request->format == ALJ_FORMAT_ISO);
}

static bool
fill_draft(AljDraft *draft, const Copy *copy, GError **error)
{
    if (is_plain(copy->request, copy->from, source_of(copy)->format))
        return copy_raw(draft, copy, error);
    if (copy->from->encryption || copy->request->encryption)
        return convert(draft, copy, error);
    return is_same_image(copy) ? copy_image(draft, copy, error) : convert(draft, copy, error);
}

AljVolDef *
alj_files_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                   AljPoolType from_pool, unsigned flags, GError **error)
{
    g_auto(AljDraft) draft = ALJ_DRAFT_INIT, fetched = ALJ_DRAFT_INIT;
    if (!check_source(request, from, error) || !alj_request_check(call, request, flags, error))
        return NULL;
    bool is_remote = from->type == ALJ_VOL_NETWORK;
    if (is_remote && is_plain(request, from, alj_vet_format(from)))
        return take_fetched(call, pool, request, flags, error);
    int fd = is_remote ? open_fetched(&fetched, call, pool, request, error) : alj_vet_open(call, from, error);
    g_autoptr(GPtrArray) chain = fd < 0 ? NULL : alj_vet(call, fd, from->path, alj_vet_format(from), error);
    if (!chain)
        return NULL;
    if (from->encryption)
        alj_vet_unlock(chain, ALJ_SOURCE_KEY, from->capacity_bytes);
    Copy copy = { .call = call, .request = request, .from = from, .flags = flags, .chain = chain };
    copy.capacity_bytes = MAX(request->capacity_bytes, source_of(&copy)->capacity_bytes);
    if (!alj_draft_begin(&draft, call, pool, request, error) || !fill_draft(&draft, &copy, error))
        return NULL;
    return alj_draft_commit(&draft, request, error);
}
