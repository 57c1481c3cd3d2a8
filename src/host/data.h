/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of volumes: copy, allocate, wipe. All check the task in every round and report progress. */
#pragma once

#include "base/task.h"
#include "host/host.h"

#include <sys/types.h>

typedef enum AljCopyMode {
    ALJ_COPY_SPARSE,       /* cheapest: reflink, else data extents with copy_file_range, else read and write */
    ALJ_COPY_REFLINK_ONLY, /* fail if the file system cannot share */
    ALJ_COPY_FULL          /* target blocks must be allocated: no reflink, no holes */
} AljCopyMode;

/**
 * alj_data_copy:
 * Copies the first @bytes of @from to @to (an empty file), leaving holes for holes except in FULL mode. @to ends up with at
 * least @bytes. Does not fsync. Errors: SYSTEM "failed to clone files from 'NAME': …" (REFLINK_ONLY), SYSTEM, ABORTED.
 */
bool alj_data_copy(AljHost *host, int from, const char *from_name, int to, uint64_t bytes, AljCopyMode mode,
                   AljTask *task, GError **error);

/**
 * alj_data_allocate: blocks for [offset, offset+bytes): fallocate, else zeros are written.
 * Errors: SYSTEM "cannot allocate N bytes in file 'NAME': …".
 */
bool alj_data_allocate(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, AljTask *task,
                       GError **error);

/** alj_data_zero: [offset, offset+bytes) reads as zeros afterwards, as a hole where possible. Size unchanged. */
bool alj_data_zero(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, GError **error);

/** alj_data_pwrite, alj_data_pread: the whole length or an error; pread may return fewer bytes only at the end of file. */
bool alj_data_pwrite(AljHost *host, int fd, const void *data, size_t bytes, uint64_t offset, GError **error);
gssize alj_data_pread(AljHost *host, int fd, void *data, size_t bytes, uint64_t offset, GError **error);

/**
 * alj_data_wipe:
 * @algorithm: name as scrub knows it ("nnsa", "dod", …), or NULL for zeros
 * Zeros: a sparse regular file becomes fully sparse, others are overwritten; the size never changes (D-04).
 * Others run `scrub` on /dev/fd; a missing program is CONFIG_UNSUPPORTED with the package to install. fsyncs.
 */
bool alj_data_wipe(AljHost *host, int fd, const char *name, uint64_t bytes, const char *algorithm, AljTask *task,
                   GError **error);
