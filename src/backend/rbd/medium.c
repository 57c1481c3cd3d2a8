/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of an image for transfers and copies. Its size is fixed. Where data is, is asked for a window at a time and only while nobody
 * writes through the same medium. Zeros are written by rbd_write_zeroes, which frees whole objects: rbd_discard passes over what is smaller
 * than its granularity. One thread; every call may wait for the cluster.
 */
#include "backend/rbd/medium.h"

#include "base/task.h"

#include <errno.h>

#define WINDOW_BYTES      (8ull << 30) /* 2,048 objects of the usual size, each of which is asked for … */
#define FAST_WINDOW_BYTES (1ull << 40) /* … or with an object map, which is read as a whole */
#define CHUNK_BYTES       (4u << 20)
#define FREE_BYTES        (1u << 30)   /* at once: the task is looked at in between */

typedef struct Medium {
    AljMedium base; /* first: an AljMedium is one of these */
    AljRbdImage image;
    uint64_t size_bytes;                         /* UINT64_MAX: not asked yet */
    GArray *extents;                             /* (nullable) of AljRbdExtent, of the window … */
    uint64_t window_start_bytes, window_end_bytes; /* … between these */
    guint at;                                    /* the first extent that may matter */
} Medium;

static bool
get_size(Medium *medium, uint64_t *ret_bytes, GError **error)
{
    rbd_image_info_t info;
    if (medium->size_bytes == UINT64_MAX) {
        if (!alj_rbd_image_stat(&medium->image, &info, error))
            return false;
        medium->size_bytes = info.size;
    }
    *ret_bytes = medium->size_bytes;
    return true;
}

static bool
op_size(AljMedium *base, uint64_t *ret_bytes, GError **error)
{
    return get_size((Medium *) base, ret_bytes, error);
}

/* The library calls a place behind the end invalid; anything else it calls so is a failure, and no end of the data. */
static bool
is_behind_end(Medium *medium, uint64_t offset_bytes)
{
    rbd_image_info_t info;
    return alj_rbd_image_stat(&medium->image, &info, NULL) && offset_bytes >= info.size;
}

static gssize
op_read(AljMedium *base, void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    Medium *medium = (Medium *) base;
    size_t done = 0;
    while (done < bytes) {
        ssize_t got = alj_rbd_gate(medium->image.call, "read an image")
            ?: rbd_read(medium->image.handle, offset_bytes + done, bytes - done, (char *) data + done);
        if (got == 0 || (got == -EINVAL && is_behind_end(medium, offset_bytes + done)))
            break;
        if (got < 0) {
            alj_fail_errno(error, (int) -got, "failed to read RBD image '%s'", medium->image.name);
            return -1;
        }
        done += (size_t) got;
    }
    return (gssize) done;
}

static bool
op_write(AljMedium *base, const void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    Medium *medium = (Medium *) base;
    uint64_t size_bytes;
    if (!get_size(medium, &size_bytes, error))
        return false;
    if (bytes > size_bytes || offset_bytes > size_bytes - bytes)
        return alj_fail_errno(error, ENOSPC, "failed to write RBD image '%s'", medium->image.name);
    g_clear_pointer(&medium->extents, g_array_unref);
    for (size_t done = 0; done < bytes;) {
        ssize_t got = alj_rbd_gate(medium->image.call, "write an image")
            ?: rbd_write(medium->image.handle, offset_bytes + done, bytes - done, (const char *) data + done);
        if (got <= 0)
            return alj_fail_errno(error, got < 0 ? (int) -got : EIO, "failed to write RBD image '%s'", medium->image.name);
        done += (size_t) got;
    }
    return true;
}

static bool
write_zeros(Medium *medium, uint64_t offset_bytes, uint64_t bytes, int flags, GError **error)
{
    g_clear_pointer(&medium->extents, g_array_unref);
    while (bytes > 0) {
        size_t part = (size_t) MIN(bytes, flags ? CHUNK_BYTES : FREE_BYTES);
        if (!alj_task_check(medium->image.call->task, "writing zeros", error))
            return false;
        ssize_t r = alj_rbd_gate(medium->image.call, "zero an image")
            ?: rbd_write_zeroes(medium->image.handle, offset_bytes, part, flags, 0);
        if (r < 0)
            return alj_fail_errno(error, (int) -r, "failed to write zeros to RBD image '%s'", medium->image.name);
        offset_bytes += part;
        bytes -= part;
    }
    return true;
}

static bool
op_zero(AljMedium *base, uint64_t offset_bytes, uint64_t bytes, GError **error)
{
    return write_zeros((Medium *) base, offset_bytes, bytes, 0, error);
}

/* ---- extents ---- */

static bool
look_ahead(Medium *medium, uint64_t offset_bytes, uint64_t size_bytes, GError **error)
{
    bool is_fast;
    if (!alj_rbd_image_has_fast_diff(&medium->image, &is_fast, error))
        return false;
    uint64_t end_bytes = offset_bytes + MIN(is_fast ? FAST_WINDOW_BYTES : WINDOW_BYTES, size_bytes - offset_bytes);
    GArray *extents = alj_rbd_image_extents(&medium->image, offset_bytes, end_bytes, error);
    if (!extents)
        return false;
    g_clear_pointer(&medium->extents, g_array_unref);
    medium->extents = extents;
    medium->window_start_bytes = offset_bytes;
    medium->window_end_bytes = end_bytes;
    medium->at = 0;
    return true;
}

static bool
op_extent(AljMedium *base, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error)
{
    Medium *medium = (Medium *) base;
    uint64_t size_bytes;
    if (!get_size(medium, &size_bytes, error))
        return false;
    if (!medium->extents || offset_bytes < medium->window_start_bytes || offset_bytes >= medium->window_end_bytes) {
        if (offset_bytes >= size_bytes)
            return alj_fail_errno(error, ENXIO, "failed to read RBD image '%s'", medium->image.name);
        if (!look_ahead(medium, offset_bytes, size_bytes, error))
            return false;
    }
    const AljRbdExtent *extents = (const AljRbdExtent *) (void *) medium->extents->data;
    if (medium->at > 0 && offset_bytes < extents[medium->at - 1].end_bytes)
        medium->at = 0; /* somebody goes back */
    while (medium->at < medium->extents->len && extents[medium->at].end_bytes <= offset_bytes)
        medium->at++;
    const AljRbdExtent *next = medium->at < medium->extents->len ? &extents[medium->at] : NULL;
    *ret_is_data = next && next->start_bytes <= offset_bytes;
    *ret_end_bytes = MIN(medium->window_end_bytes, !next ? UINT64_MAX : *ret_is_data ? next->end_bytes : next->start_bytes);
    return true;
}

/* ---- end ---- */

static bool
op_flush(AljMedium *base, GError **error)
{
    Medium *medium = (Medium *) base;
    int r = alj_rbd_gate(medium->image.call, "flush an image") ?: rbd_flush(medium->image.handle);
    return r == 0 || alj_fail_errno(error, -r, "failed to flush RBD image '%s'", medium->image.name);
}

static void
op_close(AljMedium *base)
{
    Medium *medium = (Medium *) base;
    g_clear_pointer(&medium->extents, g_array_unref);
    alj_rbd_image_clear(&medium->image);
    g_free(medium);
}

static const AljMediumOps medium_ops = { .size = op_size, .read = op_read, .write = op_write, .zero = op_zero,
                                         .extent = op_extent, .flush = op_flush, .close = op_close };

AljMedium *
alj_rbd_medium_new(AljRbdImage *take_image)
{
    Medium *medium = g_new0(Medium, 1);
    medium->base.ops = &medium_ops;
    medium->image = *take_image;
    medium->size_bytes = UINT64_MAX;
    *take_image = (AljRbdImage){ 0 };
    return &medium->base;
}

AljRbdImage *
alj_rbd_medium_image(AljMedium *medium, const AljRbd *rbd)
{
    Medium *mine = (Medium *) medium;
    return medium->ops == &medium_ops && mine->image.rbd == rbd ? &mine->image : NULL;
}

/* ---- wiping ---- */

/* Writes zeros over all data. @flags: as of rbd_write_zeroes() */
static bool
zero_data(Medium *medium, uint64_t size_bytes, int flags, GError **error)
{
    bool is_data;
    for (uint64_t at_bytes = 0, end_bytes; at_bytes < size_bytes; at_bytes = end_bytes) {
        if (!alj_task_check(medium->image.call->task, "wiping an image", error)
            || !op_extent(&medium->base, at_bytes, &is_data, &end_bytes, error))
            return false;
        if (is_data) {
            end_bytes = MIN(end_bytes, at_bytes + FREE_BYTES);
            g_autoptr(GArray) window = g_array_ref(medium->extents); /* what is overwritten stays what it was for this pass */
            if (!write_zeros(medium, at_bytes, end_bytes - at_bytes, flags, error))
                return false;
            medium->extents = g_steal_pointer(&window);
        }
        alj_task_add(medium->image.call->task, end_bytes - at_bytes);
    }
    return op_flush(&medium->base, error); /* else the library would drop what is freed before it was written */
}

bool
alj_rbd_medium_wipe(AljMedium *base, bool discards, GError **error)
{
    Medium *medium = (Medium *) base;
    uint64_t size_bytes;
    return get_size(medium, &size_bytes, error)
        && (discards || zero_data(medium, size_bytes, RBD_WRITE_ZEROES_FLAG_THICK_PROVISION, error))
        && zero_data(medium, size_bytes, 0, error);
}
