/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for the answers of SCSI units: any bytes as each of them. What is taken from them lies within what was sent. */
#include "backend/iscsi_direct/scsi_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AljScsiShape shape;
    AljScsiLimits limits;
    bool can_unmap, can_same, is_mapped;
    uint64_t needed_bytes, end, at = size > 0 ? data[size - 1] : 0;
    g_autoptr(GArray) luns = alj_scsi_parse_luns(data, size, &needed_bytes);
    g_assert_true(!luns || luns->len <= size / 8);
    if (alj_scsi_parse_shape(data, size, &shape))
        g_assert_true(shape.blocks > 0 && shape.blocks <= INT64_MAX / shape.block_bytes);
    if (alj_scsi_parse_status(data, size, at, &is_mapped, &end))
        g_assert_true(end > at);
    (void) alj_scsi_parse_kind(data, size);
    alj_scsi_parse_limits(data, size, &limits);
    alj_scsi_parse_provisioning(data, size, &can_unmap, &can_same);
    return 0;
}
