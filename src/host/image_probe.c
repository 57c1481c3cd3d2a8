/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What readers of headers ask and tell: bytes of the file, as far as they were handed over, and facts, each only if it can be true. Pure;
 * any thread.
 */
#include "host/image_format.h"

#define BACKING_NAME_MAX 1023 /* QEMU's limit for every format */

const uint8_t *
alj_image_get(AljImageProbe *probe, uint64_t offset, size_t bytes)
{
    const AljImageView *view = probe->view;
    if (has_bytes(probe->head_bytes, offset, bytes))
        return probe->head + offset;
    for (const AljImagePart *part = view->parts; part < view->parts + view->n_parts; part++)
        if (offset >= part->offset && has_bytes(part->length, offset - part->offset, bytes))
            return part->bytes + (offset - part->offset);
    bool is_in_file = offset <= probe->file_bytes && bytes <= probe->file_bytes - offset;
    if (is_in_file && bytes <= ALJ_IMAGE_PART_MAX_BYTES && probe->wish.bytes == 0)
        probe->wish = (AljImageWish) { offset, bytes };
    return NULL;
}

void
alj_image_want_head(AljImageProbe *probe, uint64_t bytes)
{
    bool is_more = probe->head_bytes < probe->file_bytes && probe->head_bytes < ALJ_IMAGE_HEAD_BYTES;
    if (is_more && bytes > probe->head_bytes && bytes <= ALJ_IMAGE_HEAD_BYTES && probe->wish.bytes == 0)
        probe->wish = (AljImageWish) { 0, ALJ_IMAGE_HEAD_BYTES };
}

void
alj_image_set_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes, const char *problem)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(units, unit_bytes, &bytes) || bytes > INT64_MAX) {
        alj_image_set_unknown(info, problem);
        return;
    }
    info->has_capacity = true;
    info->capacity_bytes = bytes;
}

void
alj_image_set_unknown(AljImageInfo *info, const char *problem)
{
    *info = (AljImageInfo) {
        .format = ALJ_FORMAT_UNKNOWN,
        .real_format = ALJ_FORMAT_UNKNOWN,
        .problem = problem,
    };
}

void
alj_image_set_real_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes)
{
    uint64_t bytes;
    if (!__builtin_mul_overflow(units, unit_bytes, &bytes) && bytes <= INT64_MAX)
        info->real_capacity_bytes = bytes;
}

void
alj_image_set_backing(AljImageProbe *probe, AljImageInfo *info, uint64_t offset, uint64_t length)
{
    if (offset == 0 || length == 0)
        return;
    if (!has_bytes(probe->head_bytes, offset, length)) {
        if (offset < ALJ_IMAGE_HEAD_BYTES && length < ALJ_IMAGE_HEAD_BYTES)
            alj_image_want_head(probe, offset + length);
        return;
    }
    length = strnlen((const char *) probe->head + offset, length); /* QEMU, too, takes it for a C string */
    if (length > BACKING_NAME_MAX) {
        info->problem = "the name of the backing file is longer than 1023 bytes";
        return;
    }
    info->backing_offset = length > 0 ? offset : 0;
    info->backing_length = (uint32_t) length;
}
