/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/task.h"
#include "host/host.h"

/** AljQcow2Options: what we write ourselves; everything else is for qemu-img. */
typedef struct AljQcow2Options {
    uint64_t capacity_bytes;   /* rounded up to 512 by the writer */
    unsigned version;          /* 2 (compat 0.10) or 3 (1.1) */
    uint64_t cluster_bytes;    /* 0: 65536; power of two, 512 to 2 MiB */
    bool lazy_refcounts;       /* version 3 only */
    bool extended_l2;          /* version 3 only, cluster at least 16 KiB */
    const char *backing_path;  /* (nullable) at most 1023 bytes */
    const char *backing_format; /* (nullable) name QEMU knows */
    bool preallocate_metadata; /* L2 tables for the whole disk are written */
} AljQcow2Options;

/**
 * alj_qcow2_write:
 * Writes an empty image into the empty file @fd. Every result passes `qemu-img check`.
 * Errors: SYSTEM, OVERFLOW, CONFIG_UNSUPPORTED (options that do not go together), INVALID_ARG (cluster size).
 */
bool alj_qcow2_write(AljHost *host, int fd, const AljQcow2Options *options, AljTask *task, GError **error);

/**
 * alj_qcow2_grow:
 * Sets a larger virtual size in the header if the active L1 table has room (or can be rewritten) in place.
 * @ret_done: false if the image needs qemu-img (snapshots, shrink, L1 too small); nothing was changed then.
 */
bool alj_qcow2_grow(AljHost *host, int fd, uint64_t capacity_bytes, bool *ret_done, GError **error);
