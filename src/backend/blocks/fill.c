/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first bytes of a new block volume: copied, converted or encrypted. A device keeps what its blocks held before, so what
 * is to be zeros is written as zeros, unless it is known to be blank. Runs on a pool's workers.
 */
#include "backend/blocks/blocks.h"
#include "backend/files/qemu_img.h"
#include "backend/files/vet.h"
#include "base/task.h"
#include "host/data.h"
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>

#define SECTOR_BYTES 512

static bool
copy_bytes(AljCall *call, const AljVetted *source, int fd, GError **error)
{
    uint64_t bytes;
    return alj_file_size(call->host, source->fd, source->path, &bytes, error)
        && alj_data_copy(call->host, source->fd, source->path, fd, bytes, ALJ_COPY_FULL, call->task, error);
}

/* The open node, which stays the caller's. */
static AljMedium *
open_node(AljCall *call, const AljVolDef *vol, int fd, GError **error)
{
    int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own_fd >= 0)
        return alj_medium_new_fd(call->host, own_fd, vol->path);
    alj_fail_errno(error, errno, "cannot open '%s'", vol->path);
    return NULL;
}

/* Progress runs to the end here, and once more while the data are written. */
static bool
clear(AljCall *call, const AljVolDef *vol, int fd, uint64_t bytes, GError **error)
{
    g_autoptr(AljMedium) node = open_node(call, vol, fd, error);
    return node && alj_medium_zero(node, 0, bytes, call->task, "copy", error);
}

/* What is written to an encrypted node goes through its encryption, which would make noise of zeros written before. */
static bool
convert(AljCall *call, const GPtrArray *chain, const AljVolDef *from, int fd, const AljVolDef *vol, bool is_blank,
        GError **error)
{
    const AljVetted *source = g_ptr_array_index(chain, 0);
    g_autoptr(AljVolDef) raw = alj_vol_def_copy(vol);
    raw->format = ALJ_FORMAT_RAW;
    atomic_store(&call->task->total_bytes, source->capacity_bytes);
    if (!vol->encryption && !is_blank && !clear(call, vol, fd, source->capacity_bytes, error))
        return false;
    return alj_qemu_img_convert(call, chain, from->encryption, fd, raw, error);
}

/* Byte by byte, over what the source's own backend opens: holes stay holes where the node is blank. */
static bool
copy_medium(AljCall *call, const AljVolDef *vol, int fd, bool is_blank, GError **error)
{
    uint64_t bytes;
    g_autoptr(AljMedium) source = call->open_source(call, error);
    if (!source || !source->ops->size(source, &bytes, error))
        return false;
    atomic_store(&call->task->total_bytes, bytes);
    g_autoptr(AljMedium) node = open_node(call, vol, fd, error);
    return node && alj_medium_copy(source, node, bytes, is_blank, call->task, error) && node->ops->flush(node, error);
}

/* A volume that only its server has. */
static bool
fetch(AljCall *call, const AljVolDef *vol, int fd, const AljVolDef *from, bool is_blank, GError **error)
{
    if (alj_vet_format(from) != ALJ_FORMAT_RAW || from->encryption || vol->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume '%s' would have to be converted on its way from a server to a "
                        "device; create it in a pool of files first, and then from there", from->name);
    return copy_medium(call, vol, fd, is_blank, error);
}

bool
alj_block_vol_fill(AljCall *call, const AljVolDef *vol, int fd, const AljVolDef *from, bool is_blank, GError **error)
{
    if (from->type == ALJ_VOL_NETWORK)
        return fetch(call, vol, fd, from, is_blank, error);
    int from_fd = alj_vet_open(call, from, error);
    g_autoptr(GPtrArray) chain = from_fd < 0 ? NULL : alj_vet(call, from_fd, from->path, alj_vet_format(from), error);
    if (!chain)
        return false;
    const AljVetted *source = g_ptr_array_index(chain, 0);
    bool is_plain = source->format == ALJ_FORMAT_RAW && !from->encryption && !vol->encryption;
    if (is_plain && is_blank)
        return copy_medium(call, vol, fd, true, error);
    if (from->encryption)
        alj_vet_unlock(chain, ALJ_SOURCE_KEY, from->capacity_bytes);
    bool is_filled = is_plain ? copy_bytes(call, source, fd, error) : convert(call, chain, from, fd, vol, is_blank, error);
    return is_filled && alj_file_sync(call->host, fd, vol->path, error);
}

bool
alj_block_vol_encrypt(AljCall *call, const AljVolDef *vol, int fd, GError **error)
{
    static const AljBase no_base;
    g_autoptr(AljVolDef) luks = alj_vol_def_copy(vol);
    luks->format = ALJ_FORMAT_RAW;
    uint64_t bytes = (vol->capacity_bytes + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES; /* it fits a device: no overflow */
    return alj_qemu_img_create(call, luks, &no_base, bytes, fd, 0, error)
        && alj_file_sync(call->host, fd, vol->path, error);
}
