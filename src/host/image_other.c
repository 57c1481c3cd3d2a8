/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Formats that have a few fields each: LUKS, Parallels and ploop, Bochs, cloop, DMG. Pure functions of
 * bytes. Source: "LUKS1 On-Disk Format Specification" 1.2.3, QEMU's docs/interop/parallels.txt;
 * the rest by what libvirt reads of them.
 */
#include "host/image_format.h"

#define SECTOR_BYTES 512

/* Sets the capacity only people see; one that no file can have is left out: documents say raw anyway. */
static void
set_real_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes)
{
    uint64_t bytes;
    if (!__builtin_mul_overflow(units, unit_bytes, &bytes) && bytes <= INT64_MAX)
        info->real_capacity_bytes = bytes;
}

/* Version 2 is plain bytes to clients and to QEMU: a volume shown as encrypted could not be cloned without its secret. */
bool
alj_image_read_luks(const AljImageView *view, AljImageInfo *info)
{
    uint64_t version;
    uint32_t payload_sectors;
    if (!get_be(view->head, view->head_bytes, 6, 2, &version) || version != 1)
        return false;
    info->is_encrypted = true;
    info->encryption = ALJ_ENCRYPTION_LUKS;
    if (!get_be32(view->head, view->head_bytes, 104, &payload_sectors))
        return true;
    uint64_t payload_bytes = (uint64_t) payload_sectors * SECTOR_BYTES;
    if (payload_bytes < view->file_bytes)
        alj_image_set_capacity(info, view->file_bytes - payload_bytes, 1,
                               "the file is larger than a file can be");
    else
        info->problem = "the LUKS header says that the data begin behind the end of the file";
    return true;
}

bool
alj_image_read_ploop(const AljImageView *view, AljImageInfo *info)
{
    uint64_t sectors;
    if (get_le64(view->head, view->head_bytes, 36, &sectors))
        alj_image_set_capacity(info, sectors, SECTOR_BYTES,
                               "the ploop header says a capacity no file can have");
    return true;
}

bool
alj_image_read_parallels(const AljImageView *view, AljImageInfo *info)
{
    uint32_t version, sectors;
    if (!get_le32(view->head, view->head_bytes, 16, &version) || version != 2)
        return false;
    if (get_le32(view->head, view->head_bytes, 36, &sectors)) /* 64 bits only with the other signature */
        set_real_capacity(info, sectors, SECTOR_BYTES);
    return true;
}

bool
alj_image_read_bochs(const AljImageView *view, AljImageInfo *info)
{
    uint32_t version;
    uint64_t bytes;
    if (!get_le32(view->head, view->head_bytes, 64, &version) ||
        (version != 0x00010000 && version != 0x00020000))
        return false;
    if (get_le64(view->head, view->head_bytes, version == 0x00010000 ? 84 : 88, &bytes))
        set_real_capacity(info, bytes, 1);
    return true;
}

bool
alj_image_read_cloop(const AljImageView *view, AljImageInfo *info)
{
    uint32_t block_bytes, blocks;
    if (get_be32(view->head, view->head_bytes, 128, &block_bytes) &&
        get_be32(view->head, view->head_bytes, 132, &blocks))
        set_real_capacity(info, blocks, block_bytes);
    return true;
}

bool
alj_image_read_dmg(const AljImageView *view, AljImageInfo *info)
{
    uint32_t header_bytes = 0;
    uint64_t sectors = 0;
    (void) get_be32(view->tail, ALJ_IMAGE_TAIL_BYTES, 8, &header_bytes); /* the tail has its full length */
    (void) get_be64(view->tail, ALJ_IMAGE_TAIL_BYTES, 492, &sectors);
    if (header_bytes != ALJ_IMAGE_TAIL_BYTES)
        return false;
    set_real_capacity(info, sectors, SECTOR_BYTES);
    return true;
}
