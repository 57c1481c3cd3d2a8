/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for image headers: what the probe says of any bytes keeps within what its readers may believe. */
#include "host/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const AljImageInfo *info, size_t head_bytes)
{
    g_assert_true(info->capacity_bytes <= INT64_MAX && info->real_capacity_bytes <= INT64_MAX);
    g_assert_true(info->has_capacity || info->capacity_bytes == 0);
    g_assert_true(info->format != ALJ_FORMAT_UNKNOWN || (info->problem && !info->has_capacity));
    g_assert_true(info->format == info->real_format || info->format == ALJ_FORMAT_RAW);
    g_assert_true(info->backing_length <= 1023);
    g_assert_true(info->backing_length == 0 || info->backing_offset + info->backing_length <= head_bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AljImageInfo info;
    size_t head_bytes = MIN(size, ALJ_IMAGE_HEAD_BYTES);
    const uint8_t *tail = size >= 512 ? data + size - 512 : NULL;
    const uint8_t *iso = size >= 32769 + 8 ? data + 32769 : NULL;
    alj_image_probe(data, head_bytes, tail, iso, size, &info);
    check(&info, head_bytes);
    return 0;
}
