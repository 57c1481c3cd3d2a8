/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Upload and download of a volume's bytes. One thread drives a stream and may block; the position only moves forward. Owns
 * the medium. An uploaded hole replaces what was there (D-09), and exactly `length` bytes are taken (D-10).
 */
#include "backend/stream.h"

#include "base/task.h"

#include <errno.h>

#define SYNC_AHEAD_BYTES (16u << 20) /* the medium works while the client sends, and finishing does not take as long again */

struct AljStream {
    AljMedium *medium;
    AljTask *task;
    unsigned flags;
    uint64_t at_bytes;        /* next byte to read or write */
    uint64_t end_bytes;       /* first byte that is not part of the transfer */
    bool is_in_data;          /* sparse download: what the extent at hand is … */
    uint64_t extent_end_bytes; /* … and where it ends; 0: none looked up yet */
    uint64_t sync_bytes;       /* upload: all before is on its way to the medium */
};

AljStream *
alj_stream_open(AljMedium *take_medium, const char *path, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
                AljTask *task, GError **error)
{
    g_autoptr(AljMedium) medium = take_medium;
    uint64_t end_bytes;
    if (offset_bytes > INT64_MAX) {
        alj_fail_errno(error, EINVAL, "Unable to seek %s to %" G_GUINT64_FORMAT, path, offset_bytes);
        if (error && *error)
            alj_error_set_area(*error, ALJ_AREA_STREAMS);
        return NULL;
    }
    if (length_bytes == 0 || __builtin_add_overflow(offset_bytes, length_bytes, &end_bytes))
        end_bytes = INT64_MAX;
    AljStream *stream = g_new0(AljStream, 1);
    *stream = (AljStream){ .medium = g_steal_pointer(&medium), .task = task, .flags = flags, .at_bytes = offset_bytes,
                           .sync_bytes = offset_bytes, .end_bytes = MIN(end_bytes, INT64_MAX) };
    return stream;
}

void
alj_stream_free(AljStream *stream)
{
    if (!stream)
        return;
    alj_medium_free(stream->medium);
    g_free(stream);
}

/* What went wrong below, told as a client of the stream knows it. @what: "read from" or "write to". */
static bool
fail_in_stream(const GError *failure, const char *what, GError **error)
{
    int os_errno = alj_error_errno(failure);
    if (os_errno)
        alj_fail_errno(error, os_errno, "cannot %s stream", what);
    else
        alj_fail(error, alj_error_code(failure), "%s", failure->message);
    if (error && *error)
        alj_error_set_area(*error, ALJ_AREA_STREAMS);
    return false;
}

/* ---- download ---- */

static bool
find_extent(AljStream *stream, GError **error)
{
    uint64_t size_bytes;
    if (!stream->medium->ops->size(stream->medium, &size_bytes, error))
        return false;
    stream->end_bytes = MIN(stream->end_bytes, size_bytes);
    if (stream->at_bytes >= stream->end_bytes)
        return true;
    return alj_medium_extent(stream->medium, stream->at_bytes, &stream->is_in_data, &stream->extent_end_bytes, error);
}

static gssize
read_bytes(AljStream *stream, void *buffer, uint64_t bytes, GError **error)
{
    return stream->medium->ops->read(stream->medium, buffer, (size_t) bytes, stream->at_bytes, error);
}

/* Returns: bytes read, 0 at the end or for a hole, -1. */
static gssize
read_sparse(AljStream *stream, void *buffer, size_t size, uint64_t *ret_hole_bytes, GError **error)
{
    if (stream->at_bytes >= stream->extent_end_bytes && !find_extent(stream, error))
        return -1;
    if (stream->at_bytes >= stream->end_bytes)
        return 0;
    uint64_t left_bytes = MIN(stream->extent_end_bytes, stream->end_bytes) - stream->at_bytes;
    if (stream->is_in_data)
        return read_bytes(stream, buffer, MIN(size, left_bytes), error);
    *ret_hole_bytes = left_bytes;
    return 0;
}

gssize
alj_stream_read(AljStream *stream, void *buffer, size_t size, uint64_t *ret_hole_bytes, GError **error)
{
    g_autoptr(GError) failure = NULL;
    uint64_t hole_bytes = 0;
    gssize got = -1;
    if (alj_task_check(stream->task, "download", &failure)) {
        uint64_t left_bytes = stream->end_bytes > stream->at_bytes ? stream->end_bytes - stream->at_bytes : 0;
        got = stream->flags & ALJ_STREAM_SPARSE
            ? read_sparse(stream, buffer, size, &hole_bytes, &failure)
            : read_bytes(stream, buffer, MIN(size, left_bytes), &failure);
    }
    if (got < 0) {
        fail_in_stream(failure, "read from", error);
        return -1;
    }
    if (ret_hole_bytes)
        *ret_hole_bytes = hole_bytes;
    stream->at_bytes += (uint64_t) got + hole_bytes;
    alj_task_add(stream->task, (uint64_t) got + hole_bytes);
    return got;
}

/* ---- upload ---- */

/* How much of @bytes the transfer still takes. */
static uint64_t
room_for(const AljStream *stream, uint64_t bytes)
{
    uint64_t left_bytes = stream->end_bytes > stream->at_bytes ? stream->end_bytes - stream->at_bytes : 0;
    return MIN(bytes, left_bytes);
}

/* After @done of @wanted bytes. */
static bool
advance(AljStream *stream, uint64_t done, uint64_t wanted, GError **error)
{
    stream->at_bytes += done;
    return done == wanted || alj_fail_errno(error, ENOSPC, "no more than the length of the transfer is written");
}

static void
sync_ahead(AljStream *stream)
{
    uint64_t bytes = stream->at_bytes - stream->sync_bytes;
    if (bytes < SYNC_AHEAD_BYTES || !stream->medium->ops->begin_flush)
        return;
    stream->medium->ops->begin_flush(stream->medium, stream->sync_bytes, bytes);
    stream->sync_bytes = stream->at_bytes;
}

bool
alj_stream_write(AljStream *stream, const void *data, size_t size, GError **error)
{
    g_autoptr(GError) failure = NULL;
    uint64_t bytes = room_for(stream, size);
    if (!alj_task_check(stream->task, "upload", &failure)
        || !stream->medium->ops->write(stream->medium, data, (size_t) bytes, stream->at_bytes, &failure))
        return fail_in_stream(failure, "write to", error);
    alj_task_add(stream->task, bytes);
    if (!advance(stream, bytes, size, &failure))
        return fail_in_stream(failure, "write to", error);
    sync_ahead(stream);
    return true;
}

/* Reports its progress itself, for it may take long. */
static bool
clear_range(AljStream *stream, uint64_t bytes, GError **error)
{
    const AljMediumOps *ops = stream->medium->ops;
    uint64_t size_bytes, end_bytes = stream->at_bytes + bytes;
    if (!ops->size(stream->medium, &size_bytes, error))
        return false;
    uint64_t old_bytes = MIN(end_bytes, MAX(size_bytes, stream->at_bytes)) - stream->at_bytes;
    if (!alj_medium_zero(stream->medium, stream->at_bytes, old_bytes, stream->task, "upload", error))
        return false;
    if (end_bytes > size_bytes && !ops->grow)
        return alj_fail_errno(error, ENOSPC, "the volume cannot grow");
    alj_task_add(stream->task, bytes - old_bytes);
    return end_bytes <= size_bytes || ops->grow(stream->medium, end_bytes, error);
}

bool
alj_stream_write_hole(AljStream *stream, uint64_t bytes, GError **error)
{
    g_autoptr(GError) failure = NULL;
    uint64_t taken_bytes = room_for(stream, bytes);
    if (alj_task_check(stream->task, "upload", &failure) && clear_range(stream, taken_bytes, &failure)
        && advance(stream, taken_bytes, bytes, &failure))
        return true;
    return fail_in_stream(failure, "write to", error);
}

bool
alj_stream_finish(AljStream *stream, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!(stream->flags & ALJ_STREAM_UPLOAD) || stream->medium->ops->flush(stream->medium, &failure))
        return true;
    return fail_in_stream(failure, "write to", error);
}
