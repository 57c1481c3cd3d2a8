/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Microsoft's and VirtualBox's images: VHD with its footer at the start (dynamic, differencing) or only at
 * the end (fixed), and VDI. Pure functions of bytes. Source: "Virtual Hard Disk Image Format
 * Specification", 2006; VDI by the fields libvirt reads.
 */
#include "host/image_format.h"

#define VPC_VERSION      0x00010000
#define VPC_FIXED        2
#define VPC_DYNAMIC      3
#define VDI_VERSION      0x00010001
#define VDI_DIFFERENCING 4

bool
alj_image_read_vpc(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version, type = 0;
    uint64_t bytes;
    if (!get_be32(probe->head, probe->head_bytes, 12, &version) || version != VPC_VERSION)
        return false;
    info->has_external_data =
        get_be32(probe->head, probe->head_bytes, 60, &type) && type != VPC_FIXED && type != VPC_DYNAMIC;
    if (get_be64(probe->head, probe->head_bytes, 40, &bytes))
        alj_image_set_capacity(info, bytes, 1, "the vpc header says a capacity no file can have");
    return true;
}

bool
alj_image_read_vhd_fixed(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version = 0, type = 0;
    uint64_t bytes = 0;
    const uint8_t *footer = alj_image_get(probe, probe->file_bytes - ALJ_IMAGE_FOOTER_BYTES, ALJ_IMAGE_FOOTER_BYTES);
    bool is_whole = footer && get_be32(footer, ALJ_IMAGE_FOOTER_BYTES, 12, &version)
                    && get_be32(footer, ALJ_IMAGE_FOOTER_BYTES, 60, &type)
                    && get_be64(footer, ALJ_IMAGE_FOOTER_BYTES, 48, &bytes);
    if (!is_whole || version != VPC_VERSION || type != VPC_FIXED || bytes > probe->file_bytes)
        return false;
    alj_image_set_real_capacity(info, bytes, 1);
    return true;
}

bool
alj_image_read_vdi(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version, type = 0;
    uint64_t bytes;
    if (!get_le32(probe->head, probe->head_bytes, 68, &version) || version != VDI_VERSION)
        return false;
    info->has_external_data = get_le32(probe->head, probe->head_bytes, 76, &type) && type == VDI_DIFFERENCING;
    if (get_le64(probe->head, probe->head_bytes, 368, &bytes))
        alj_image_set_capacity(info, bytes, 1, "the vdi header says a capacity no file can have");
    return true;
}
