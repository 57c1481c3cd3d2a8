/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the answers of SCSI units. Pure functions over bytes of a server; any thread. */
#include "backend/iscsi_direct/scsi_data.h"

#define LUN_BYTES       8
#define BLOCK_BYTES_MAX 65536
#define DISK_TYPE       0x00
#define TYPE_MASK       0x1f
#define DEALLOCATED     1 /* of the states of blocks: 0, 3 and 4 are mapped or unknown (SBC-4), the rest is reserved … */
#define ANCHORED        2 /* … and who takes what he does not know for a hole loses it */

/* The @size bytes at @offset as a number; 0 where they are not all there. */
static uint64_t
number_at(const uint8_t *data, size_t length, size_t offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; offset + size <= length && i < size; i++)
        value = value << 8 | data[offset + i];
    return value;
}

GArray *
alj_scsi_parse_luns(const uint8_t *data, size_t size, uint64_t *ret_needed_bytes)
{
    if (size < LUN_BYTES)
        return NULL;
    GArray *luns = g_array_new(false, false, sizeof(uint16_t));
    uint64_t list_bytes = number_at(data, size, 0, 4);
    *ret_needed_bytes = LUN_BYTES + list_bytes;
    for (size_t at = LUN_BYTES; at + LUN_BYTES <= MIN(size, *ret_needed_bytes); at += LUN_BYTES) {
        uint16_t lun = (uint16_t) number_at(data, size, at, 2);
        if (number_at(data, size, at + 2, 6) == 0)
            g_array_append_val(luns, lun);
    }
    return luns;
}

AljScsiKind
alj_scsi_parse_kind(const uint8_t *data, size_t size)
{
    if (size < 1 || data[0] >> 5 != 0) /* not there, or not at the moment */
        return ALJ_SCSI_ABSENT;
    return (data[0] & TYPE_MASK) == DISK_TYPE ? ALJ_SCSI_DISK : ALJ_SCSI_OTHER;
}

bool
alj_scsi_parse_shape(const uint8_t *data, size_t size, AljScsiShape *ret)
{
    if (size < 12)
        return false;
    uint64_t last = number_at(data, size, 0, 8), block_bytes = number_at(data, size, 8, 4), provisioning = number_at(data, size, 14, 1);
    bool is_power = block_bytes > 0 && (block_bytes & (block_bytes - 1)) == 0;
    if (!is_power || block_bytes < 512 || block_bytes > BLOCK_BYTES_MAX || last >= INT64_MAX / block_bytes)
        return false;
    *ret = (AljScsiShape){ last + 1, (unsigned) block_bytes, (provisioning & 0x80) != 0, (provisioning & 0x40) != 0 };
    return true;
}

void
alj_scsi_parse_limits(const uint8_t *data, size_t size, AljScsiLimits *ret)
{
    *ret = (AljScsiLimits){ 0 };
    if (size < 4 || data[1] != ALJ_SCSI_PAGE_LIMITS)
        return;
    size = MIN(size, 4 + number_at(data, size, 2, 2));
    *ret = (AljScsiLimits){ (uint32_t) number_at(data, size, 8, 4), (uint32_t) number_at(data, size, 20, 4),
                            number_at(data, size, 36, 8) };
}

void
alj_scsi_parse_provisioning(const uint8_t *data, size_t size, bool *ret_unmap, bool *ret_same)
{
    bool is_page = size > 5 && data[1] == ALJ_SCSI_PAGE_PROVISIONING;
    *ret_unmap = is_page && (data[5] & 0x80);
    *ret_same = is_page && (data[5] & 0x40);
}

bool
alj_scsi_parse_status(const uint8_t *data, size_t size, uint64_t at, bool *ret_is_mapped, uint64_t *ret_end)
{
    uint64_t first = number_at(data, size, 8, 8), blocks = number_at(data, size, 16, 4);
    if (size < ALJ_SCSI_STATUS_BYTES || first > at || blocks <= at - first)
        return false;
    unsigned state = data[20] & 0x0f;
    *ret_is_mapped = state != DEALLOCATED && state != ANCHORED;
    *ret_end = first + blocks < first ? UINT64_MAX : first + blocks;
    return true;
}
