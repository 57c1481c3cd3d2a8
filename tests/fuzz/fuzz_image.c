/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz entry for image headers: what the probe says of any bytes keeps within what its readers may believe, and what it wishes
 * for is in the file. The first byte of the input chooses how the file is named and how much is read at first.
 */
#include "../unit/host/probe_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AljImageInfo info;
    if (size == 0)
        return 0;
    bool is_named_by_footer = (data[0] & 1) != 0, is_thorough = (data[0] & 2) != 0;
    probe_bytes(data + 1, size - 1, is_thorough ? ALJ_IMAGE_HEAD_BYTES : 4096, is_named_by_footer, &info);
    probe_check(&info, size - 1);
    return 0;
}
