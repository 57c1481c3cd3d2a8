/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz entry for image headers: what the probe says of any bytes keeps within what its readers may believe, and what it wishes
 * for is in the file. Looked at as a listing does and as thoroughly as can be.
 */
#include "../unit/host/probe_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AljImageInfo listed, thorough;
    probe_bytes(data, size, 4096, false, &listed);
    probe_bytes(data, size, ALJ_IMAGE_HEAD_BYTES, true, &thorough);
    probe_check(&listed, size);
    probe_check(&thorough, size);
    return 0;
}
