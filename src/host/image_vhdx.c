/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VHDX: the one format whose capacity does not stand near its start. A table at a fixed place says where the
 * metadata region is, a table there where each item is; all is looked for in the first entries of both, which hold
 * what writers write, and every place is checked against the file. Checksums are not verified: the capacity is told
 * to people, and proposed for overlays, which is all. Pure functions of bytes. Source: [MS-VHDX].
 */
#include "host/image_format.h"

#define REGIONS_OFFSET         (192u << 10)
#define TABLE_BYTES            ALJ_IMAGE_PART_MAX_BYTES
#define ENTRY_BYTES            32
#define REGION_ENTRIES_OFFSET  16
#define METADATA_ENTRIES_OFFSET 32
#define METADATA_ITEMS_OFFSET  (64u << 10) /* items lie behind the table, within its region */
#define METADATA_MAX_BYTES     (1u << 20)

/* GUIDs as they are stored. */
static const uint8_t metadata_region[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
                                             0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
static const uint8_t virtual_disk_size[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
                                               0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };

/* The entry of @table that begins with @guid, among @count from @offset on as far as the table goes, or NULL. */
static const uint8_t *
find_entry(const uint8_t *table, size_t offset, uint64_t count, const uint8_t guid[static 16])
{
    for (uint64_t i = 0; i < count && offset + ENTRY_BYTES <= TABLE_BYTES; i++, offset += ENTRY_BYTES)
        if (memcmp(table + offset, guid, 16) == 0)
            return table + offset;
    return NULL;
}

static bool
find_metadata(AljImageProbe *probe, uint64_t *ret_offset)
{
    uint64_t count = 0;
    const uint8_t *table = alj_image_get(probe, REGIONS_OFFSET, TABLE_BYTES);
    if (!table || memcmp(table, "regi", 4) != 0 || !get_le(table, TABLE_BYTES, 8, 4, &count))
        return false;
    const uint8_t *entry = find_entry(table, REGION_ENTRIES_OFFSET, count, metadata_region);
    return entry && get_le64(entry, ENTRY_BYTES, 16, ret_offset);
}

bool
alj_image_read_vhdx(AljImageProbe *probe, AljImageInfo *info)
{
    uint64_t region, count = 0, item, item_offset, bytes;
    if (!find_metadata(probe, &region))
        return true;
    const uint8_t *table = alj_image_get(probe, region, TABLE_BYTES);
    if (!table || memcmp(table, "metadata", 8) != 0 || !get_le(table, TABLE_BYTES, 10, 2, &count))
        return true;
    const uint8_t *entry = find_entry(table, METADATA_ENTRIES_OFFSET, count, virtual_disk_size);
    if (!entry || !get_le(entry, ENTRY_BYTES, 16, 4, &item) || item < METADATA_ITEMS_OFFSET ||
        item > METADATA_MAX_BYTES || __builtin_add_overflow(region, item, &item_offset))
        return true;
    const uint8_t *size = alj_image_get(probe, item_offset, sizeof bytes);
    if (size && get_le64(size, sizeof bytes, 0, &bytes))
        alj_image_set_real_capacity(info, bytes, 1);
    return true;
}
