/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probing bytes in memory the way a reader probes a file: a short head first, then what is wished for. For tests and fuzzers. */
#pragma once

#include "host/image.h"

#include <glib.h>
#include <string.h>

/**
 * probe_bytes:
 * Each piece is a copy of exactly its size and not aligned, so that the sanitizer sees each byte too many. Ends when nothing is
 * wished for; a wish that is granted and repeated, or leads out of the file, ends the test.
 */
static inline void
probe_bytes(const uint8_t *bytes, size_t length, size_t head_bytes, bool is_named_by_footer, AljImageInfo *ret)
{
    uint8_t *owned[ALJ_IMAGE_PARTS + 2];
    unsigned n_owned = 0;
    AljImageView view = { .file_bytes = length, .is_named_by_footer = is_named_by_footer };
    AljImageWish wish = { 0, MIN(head_bytes, length) };
    do {
        g_assert_cmpuint(n_owned, <, G_N_ELEMENTS(owned));
        uint8_t *copy = owned[n_owned++] = g_malloc(wish.bytes + 1);
        memcpy(copy + 1, bytes + wish.offset, wish.bytes);
        if (wish.offset == 0) {
            g_assert_true(!view.head || wish.bytes > view.head_bytes);
            view.head = copy + 1;
            view.head_bytes = wish.bytes;
        } else {
            g_assert_cmpuint(view.n_parts, <, ALJ_IMAGE_PARTS);
            view.parts[view.n_parts++] = (AljImagePart) { wish.offset, wish.bytes, copy + 1 };
        }
        alj_image_probe(&view, ret, &wish);
        if (wish.offset == 0 && wish.bytes > length)
            wish.bytes = length; /* a read of a short file gives less */
        g_assert_true(wish.offset <= length && wish.bytes <= length - wish.offset);
        g_assert_cmpuint(wish.bytes, <=, wish.offset == 0 ? ALJ_IMAGE_HEAD_BYTES : ALJ_IMAGE_PART_MAX_BYTES);
    } while (wish.bytes > 0);
    while (n_owned > 0)
        g_free(owned[--n_owned]);
}

/* What holds of every answer, whatever the bytes. */
static inline void
probe_check(const AljImageInfo *info, size_t length)
{
    g_assert_cmpuint(info->capacity_bytes, <=, INT64_MAX);
    g_assert_cmpuint(info->real_capacity_bytes, <=, INT64_MAX);
    g_assert_true(info->has_capacity || info->capacity_bytes == 0);
    g_assert_true(info->format != ALJ_FORMAT_UNKNOWN || (info->problem && !info->has_capacity));
    g_assert_cmpuint(info->backing_length, <=, 1023);
    g_assert_true(info->backing_length == 0
                  || info->backing_offset + info->backing_length <= MIN(length, ALJ_IMAGE_HEAD_BYTES));
    g_assert_true(info->cluster_size_bytes == 0
                  || (info->cluster_size_bytes >= 512 && info->cluster_size_bytes <= 2097152));
    g_assert_true(info->format == info->real_format || info->format == ALJ_FORMAT_RAW || info->format == ALJ_FORMAT_PLOOP);
}
