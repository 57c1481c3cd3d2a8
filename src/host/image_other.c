/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Formats that have a few fields each: Parallels and ploop, Bochs, cloop, DMG. Pure functions of
 * bytes. Source: QEMU's docs/interop/parallels.txt; ploop by what libvirt reads of it, the rest by what QEMU's drivers read.
 */
#include "host/image_format.h"

#define SECTOR_BYTES 512

bool
alj_image_read_ploop(AljImageProbe *probe, AljImageInfo *info)
{
    uint64_t sectors;
    if (get_le64(probe->head, probe->head_bytes, 36, &sectors))
        alj_image_set_capacity(info, sectors, SECTOR_BYTES,
                               "the ploop header says a capacity no file can have");
    return true;
}

bool
alj_image_read_parallels(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version, sectors;
    if (!get_le32(probe->head, probe->head_bytes, 16, &version) || version != 2)
        return false;
    if (get_le32(probe->head, probe->head_bytes, 36, &sectors)) /* 64 bits only with the other signature */
        alj_image_set_real_capacity(info, sectors, SECTOR_BYTES);
    return true;
}

bool
alj_image_read_bochs(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version;
    uint64_t bytes;
    if (!get_le32(probe->head, probe->head_bytes, 64, &version) ||
        (version != 0x00010000 && version != 0x00020000))
        return false;
    if (get_le64(probe->head, probe->head_bytes, version == 0x00010000 ? 84 : 88, &bytes))
        alj_image_set_real_capacity(info, bytes, 1);
    return true;
}

bool
alj_image_read_cloop(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t block_bytes, blocks;
    if (get_be32(probe->head, probe->head_bytes, 128, &block_bytes) &&
        get_be32(probe->head, probe->head_bytes, 132, &blocks))
        alj_image_set_real_capacity(info, blocks, block_bytes);
    return true;
}

bool
alj_image_read_dmg(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t header_bytes = 0;
    uint64_t sectors = 0;
    const uint8_t *footer = alj_image_get(probe, probe->file_bytes - ALJ_IMAGE_FOOTER_BYTES, ALJ_IMAGE_FOOTER_BYTES);
    if (!footer || !get_be32(footer, ALJ_IMAGE_FOOTER_BYTES, 8, &header_bytes) || header_bytes != ALJ_IMAGE_FOOTER_BYTES)
        return false;
    if (get_be64(footer, ALJ_IMAGE_FOOTER_BYTES, 492, &sectors))
        alj_image_set_real_capacity(info, sectors, SECTOR_BYTES);
    return true;
}
