/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Upload and download of a volume's bytes over the medium of vol_open, written once for all backends. One thread
 * drives a stream; all calls may block.
 */
#pragma once

#include "backend/backend.h"

typedef struct AljStream AljStream;

typedef enum AljStreamFlags {
    ALJ_STREAM_UPLOAD = 1 << 0, /* else download */
    ALJ_STREAM_SPARSE = 1 << 1,
} AljStreamFlags;

/**
 * alj_stream_open:
 * @take_medium: freed with the stream
 * @path: of the volume, for messages
 * @length_bytes: 0: to the end (download), no limit (upload)
 * Errors: SYSTEM (area STREAMS) "Unable to seek P to N: …" for offsets beyond INT64_MAX.
 */
AljStream *alj_stream_open(AljMedium *take_medium, const char *path, uint64_t offset_bytes, uint64_t length_bytes,
                           unsigned flags, AljTask *task, GError **error);

/**
 * alj_stream_read:
 * Returns: bytes put into @buffer; 0 at the end; -1 on error. In a sparse download a hole is told by 0 bytes and
 * *ret_hole_bytes > 0; the end by 0 and 0.
 */
gssize alj_stream_read(AljStream *stream, void *buffer, size_t size, uint64_t *ret_hole_bytes, GError **error);

/** alj_stream_write: all @size bytes. Beyond length: those that fit are written, then SYSTEM (STREAMS, ENOSPC) "cannot write to stream: …". */
bool alj_stream_write(AljStream *stream, const void *data, size_t size, GError **error);

/** alj_stream_write_hole: the next @bytes read as zeros afterwards (old data is removed, the file extended). */
bool alj_stream_write_hole(AljStream *stream, uint64_t bytes, GError **error);

/** alj_stream_finish: makes an upload durable. The stream still has to be freed. */
bool alj_stream_finish(AljStream *stream, GError **error);

void alj_stream_free(AljStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljStream, alj_stream_free)
