/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes of volumes: copy, allocate, wipe. All check the task in every round; copying and wiping report
 * progress, in bytes of the volume, and say what the whole is if the task does not know it yet.
 * Thread: the job's.
 */
#pragma once

#include "base/task.h"
#include "host/host.h"

#include <sys/types.h>

typedef enum AljCopyMode {
    ALJ_COPY_SPARSE,       /* cheapest: reflink, else copy_file_range of data extents, else read and write */
    ALJ_COPY_REFLINK_ONLY, /* fail if the file system cannot share */
    ALJ_COPY_FULL          /* target blocks must be allocated: no reflink, no holes */
} AljCopyMode;

/**
 * alj_data_copy:
 * Copies the first @bytes of @from (a file or device) to @to (an empty file, or a device), leaving holes for
 * holes except in FULL mode. A file ends up with exactly @bytes; a source that is shorter is continued by
 * zeros. Does not fsync.
 * Errors: SYSTEM "failed to clone files from 'NAME': …" (REFLINK_ONLY), SYSTEM "cannot copy 'NAME': …",
 * ABORTED, TIMEOUT.
 */
bool alj_data_copy(AljHost *host, int from, const char *from_name, int to, uint64_t bytes, AljCopyMode mode,
                   AljTask *task, GError **error);

/**
 * alj_data_allocate: blocks for [offset, offset+bytes), which keeps what it holds: fallocate, else every
 * byte is read and written, which is reported as progress, and refused while a QEMU program has the file open: what it writes
 * in between would be lost. Makes the file longer if need be. Errors: SYSTEM "cannot allocate N bytes in file
 * 'NAME': …" (EBUSY: it is in use), ABORTED, TIMEOUT.
 */
bool alj_data_allocate(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes,
                       AljTask *task, GError **error);

/**
 * alj_data_reserve: blocks for [offset, offset+bytes) by fallocate alone. *@ret_done: false if the file system does not offer it.
 * Errors: SYSTEM "cannot reserve blocks: …", ABORTED, TIMEOUT.
 */
bool alj_data_reserve(AljHost *host, int fd, uint64_t offset, uint64_t bytes, AljTask *task, bool *ret_done, GError **error);

/**
 * alj_data_punch: [offset, offset+bytes) reads as zeros afterwards without any being written. *@ret_done: false if the file
 * system or device does not offer that for this range. Errors: SYSTEM "cannot punch a hole: …".
 */
bool alj_data_punch(AljHost *host, int fd, uint64_t offset, uint64_t bytes, bool *ret_done, GError **error);

/**
 * alj_data_zero: [offset, offset+bytes), up to the end of the file, reads as zeros afterwards, as a hole
 * where possible. Size unchanged. Errors: SYSTEM "cannot clear 'NAME': …".
 */
bool alj_data_zero(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, GError **error);

/** alj_data_pwrite, alj_data_pread: all bytes or an error; fewer are read only at the end of the file. */
bool alj_data_pwrite(AljHost *host, int fd, const void *data, size_t bytes, uint64_t offset, GError **error);
gssize alj_data_pread(AljHost *host, int fd, void *data, size_t bytes, uint64_t offset, GError **error);

/**
 * alj_data_extent:
 * The first run of data at or behind @offset and before @end; *@ret_start = *@ret_end = @end if there is
 * none. Where holes cannot be asked for, all is data. Moves the file position.
 * Errors: SYSTEM "cannot look for data at offset N: …".
 */
bool alj_data_extent(AljHost *host, int fd, uint64_t offset, uint64_t end, uint64_t *ret_start,
                     uint64_t *ret_end, GError **error);

/**
 * alj_data_wipe:
 * @bytes: of a device; the size of a file is taken from the file
 * @algorithm: name as scrub knows it ("nnsa", "dod", …), or NULL for zeros
 * Zeros: a sparse regular file becomes fully sparse, others are overwritten; the size never changes (D-04).
 * Others run `scrub` on /dev/fd, whose progress is what it has read and written in all passes; a missing program is
 * CONFIG_UNSUPPORTED with the package to install. fsyncs.
 * Errors: SYSTEM "cannot wipe 'NAME': …", INTERNAL (scrub), CONFIG_UNSUPPORTED, ABORTED, TIMEOUT.
 */
bool alj_data_wipe(AljHost *host, int fd, const char *name, uint64_t bytes, const char *algorithm,
                   AljTask *task, GError **error);

/**
 * alj_data_wipe_thin:
 * Zeros over all of a device of @bytes whose blocks come when they are written and go when they are discarded: afterwards it has none.
 * Nothing is written where zeros are read, so no blocks come for that; what device-mapper knows to be a hole is not even read. fsyncs.
 * Errors: SYSTEM, ABORTED, TIMEOUT.
 */
bool alj_data_wipe_thin(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error);

/**
 * alj_data_discard: gives the blocks of [offset, end) of a device back, if it can.
 * Errors: SYSTEM "cannot discard 'NAME': …", ABORTED, TIMEOUT.
 */
bool alj_data_discard(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t end, AljTask *task, GError **error);
