/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A partition table on paper: a sparse copy in memory of the places of a device where tables are kept. libfdisk reads and
 * edits the copy and never sees the device; what it changed comes out as a list of sectors.
 */
#pragma once

#include "host/host.h"
#include "host/table_change.h"

#include <stdint.h>

typedef struct AljTableImage {
    AljHost *host;
    int device_fd;         /* (borrowed) */
    const char *name;      /* (borrowed) of the device, for messages */
    int before_fd;         /* (owned) what was copied: as long as the device, holes elsewhere */
    int fd;                /* (owned) the same, to be edited */
    uint64_t bytes;
    unsigned sector_bytes;
} AljTableImage;

/** ALJ_TABLE_END_BYTES: every table lies in so much of both ends of a device, the links of logical partitions excepted. */
#define ALJ_TABLE_END_BYTES (1u << 20)

/** alj_table_image_new: an image with nothing copied, as long as the open device @fd. Errors: SYSTEM. */
AljTableImage *alj_table_image_new(AljHost *host, int fd, const char *name, GError **error);
void alj_table_image_free(AljTableImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljTableImage, alj_table_image_free)

/**
 * alj_table_image_copy: copies the pages of [@start, @end), cut at the end of the device. Not after an edit.
 * Errors: SYSTEM "cannot read 'D': …".
 */
bool alj_table_image_copy(AljTableImage *image, uint64_t start_bytes, uint64_t end_bytes, GError **error);

/** alj_table_image_blank: makes [@start, @end) zeros, as an edit of what was copied. Errors: SYSTEM. */
bool alj_table_image_blank(AljTableImage *image, uint64_t start_bytes, uint64_t end_bytes, GError **error);

/**
 * alj_table_image_cover:
 * After an edit: whether all that was written lies in pages that had been copied; of others nobody can tell which of their
 * sectors were written. If not, those pages are copied into @fresh, where the edit has to be done again.
 * Errors: SYSTEM.
 */
bool alj_table_image_cover(const AljTableImage *image, AljTableImage *fresh, bool *ret_is_covered, GError **error);

/** alj_table_image_diff: the sectors that were edited. (transfer full) Errors: SYSTEM. */
AljTableChange *alj_table_image_diff(const AljTableImage *image, GError **error);
