/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Headers of the QEMU family: qcow, qcow2, qed, and cow from before them. Pure functions of bytes. Source:
 * QEMU's docs/interop/qcow2.txt and qed_spec.txt; qcow and cow by the fields libvirt reads.
 */
#include "host/image_format.h"
#include "host/qcow2_layout.h"

#define QED_FEATURE_BACKING_FILE 1u
#define QED_FEATURE_BACKING_RAW  (1u << 2) /* "no probe": the backing file is raw */
#define QED_FEATURES_KNOWN       7u

#define COW_BACKING_OFFSET 8
#define COW_BACKING_BYTES  1024

/* Names QEMU stores for the format of a backing file. Drivers that show bytes as they are count as raw. */
static const struct {
    const char *name;
    AljVolFormat format;
} backing_formats[] = {
    { "raw", ALJ_FORMAT_RAW },     { "qcow2", ALJ_FORMAT_QCOW2 },     { "qcow", ALJ_FORMAT_QCOW },
    { "qed", ALJ_FORMAT_QED },     { "vmdk", ALJ_FORMAT_VMDK },       { "vdi", ALJ_FORMAT_VDI },
    { "vpc", ALJ_FORMAT_VPC },     { "vhdx", ALJ_FORMAT_VHDX },       { "parallels", ALJ_FORMAT_PARALLELS },
    { "bochs", ALJ_FORMAT_BOCHS }, { "cloop", ALJ_FORMAT_CLOOP },     { "dmg", ALJ_FORMAT_DMG },
    { "luks", ALJ_FORMAT_RAW },    { "host_device", ALJ_FORMAT_RAW }, { "file", ALJ_FORMAT_RAW },
};

static void
set_backing_format(AljImageInfo *info, const uint8_t *name, size_t length)
{
    for (size_t i = 0; i < sizeof backing_formats / sizeof *backing_formats; i++) {
        if (strlen(backing_formats[i].name) != length || memcmp(backing_formats[i].name, name, length) != 0)
            continue;
        info->has_backing_format = true;
        info->backing_format = backing_formats[i].format;
        return;
    }
    info->problem = "the format of the backing file has no known name";
}

/* Extensions follow the header up to @end: type, length, data padded to 8 bytes; type 0 is the last. */
static void
read_extensions(AljImageProbe *probe, AljImageInfo *info, uint64_t offset, uint64_t end)
{
    uint32_t type, length;
    while (offset < end && get_be32(probe->head, probe->head_bytes, offset, &type) &&
           get_be32(probe->head, probe->head_bytes, offset + 4, &length) && type != 0) {
        offset += 8;
        if (!has_bytes(probe->head_bytes, offset, length))
            return;
        if (type == QCOW2_EXTENSION_BACKING_FORMAT)
            set_backing_format(info, probe->head + offset, length);
        offset += ((uint64_t) length + 7) & ~UINT64_C(7);
    }
}

static bool
is_version(AljImageProbe *probe, uint32_t low, uint32_t high, uint32_t *ret)
{
    return get_be32(probe->head, probe->head_bytes, 4, ret) && *ret >= low && *ret <= high;
}

static void
read_big_capacity(AljImageProbe *probe, AljImageInfo *info, uint64_t offset)
{
    uint64_t bytes;
    if (get_be64(probe->head, probe->head_bytes, offset, &bytes))
        alj_image_set_capacity(info, bytes, 1, "the header says a capacity no file can have");
}

static void
read_encryption(AljImageProbe *probe, AljImageInfo *info, uint64_t offset)
{
    uint32_t method = 0;
    info->is_encrypted = get_be32(probe->head, probe->head_bytes, offset, &method) && method != 0;
    if (info->is_encrypted)
        info->encryption = method == 2 ? ALJ_ENCRYPTION_LUKS : ALJ_ENCRYPTION_QCOW;
}

/* Both qcow and qcow2 have it at the same place. */
static void
read_qcow_backing(AljImageProbe *probe, AljImageInfo *info)
{
    uint64_t offset;
    uint32_t length;
    if (get_be64(probe->head, probe->head_bytes, QCOW2_AT_BACKING_OFFSET, &offset) &&
        get_be32(probe->head, probe->head_bytes, QCOW2_AT_BACKING_LENGTH, &length))
        alj_image_set_backing(probe, info, offset, length);
}

bool
alj_image_read_cow(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version;
    if (!is_version(probe, 2, 2, &version))
        return false;
    alj_image_set_backing(probe, info, COW_BACKING_OFFSET, COW_BACKING_BYTES);
    read_big_capacity(probe, info, COW_BACKING_OFFSET + COW_BACKING_BYTES + 4);
    return true;
}

bool
alj_image_read_qcow(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version;
    if (!is_version(probe, 1, 1, &version))
        return false;
    read_qcow_backing(probe, info);
    read_encryption(probe, info, 36);
    read_big_capacity(probe, info, 24);
    return true;
}

static void
read_qcow2_features(AljImageProbe *probe, AljImageInfo *info)
{
    uint64_t incompatible, compatible;
    if (!get_be64(probe->head, probe->head_bytes, QCOW2_AT_INCOMPATIBLE, &incompatible) ||
        !get_be64(probe->head, probe->head_bytes, QCOW2_AT_COMPATIBLE, &compatible))
        return;
    info->has_compat = true;
    info->has_features = true;
    if (compatible & QCOW2_COMPATIBLE_LAZY)
        info->features |= ALJ_VOL_LAZY_REFCOUNTS;
    if (incompatible & QCOW2_INCOMPATIBLE_EXTENDED_L2)
        info->features |= ALJ_VOL_EXTENDED_L2;
    info->is_dirty = (incompatible & (QCOW2_INCOMPATIBLE_DIRTY | QCOW2_INCOMPATIBLE_CORRUPT)) != 0;
    info->has_external_data = (incompatible & QCOW2_INCOMPATIBLE_DATA_FILE) != 0;
    info->has_unknown_features = (incompatible & ~(uint64_t) QCOW2_INCOMPATIBLE_KNOWN) != 0;
}

/* Where the extensions begin; 0: the header does not say. */
static uint32_t
find_extensions(AljImageProbe *probe, uint32_t version)
{
    uint32_t offset = QCOW2_V2_HEADER_BYTES;
    if (version == 2)
        return offset;
    bool is_there = get_be32(probe->head, probe->head_bytes, QCOW2_AT_HEADER_BYTES, &offset);
    return is_there && offset >= QCOW2_V3_HEADER_BYTES ? offset : 0;
}

bool
alj_image_read_qcow2(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version, cluster_bits;
    if (!is_version(probe, 2, 3, &version))
        return false;
    /*
     * A version 3 header that is cut off among its own fields fails the whole pool of the reference
     * (D-01); it is nobody's image. Cut off before them it is a qcow2 that says nothing, there as
     * here.
     */
    if (version == 3 && probe->head_bytes >= QCOW2_AT_ENCRYPTION && probe->head_bytes < QCOW2_AT_HEADER_BYTES)
        return false;
    if (get_be32(probe->head, probe->head_bytes, QCOW2_AT_CLUSTER_BITS, &cluster_bits)) {
        if (cluster_bits < QCOW2_CLUSTER_BITS_MIN || cluster_bits > QCOW2_CLUSTER_BITS_MAX) {
            alj_image_set_unknown(info,
                                  "the qcow2 header says a cluster size that is not 512 bytes to 2 MiB");
            return true;
        }
        info->cluster_size_bytes = UINT64_C(1) << cluster_bits;
    }
    if (version == 3)
        read_qcow2_features(probe, info);
    read_qcow_backing(probe, info);
    read_encryption(probe, info, QCOW2_AT_ENCRYPTION);
    (void) get_be32(probe->head, probe->head_bytes, QCOW2_AT_SNAPSHOTS, &info->snapshots); /* cut off: none */
    uint32_t extensions = find_extensions(probe, version);
    if (extensions != 0)
        read_extensions(probe, info, extensions,
                        info->backing_offset != 0 ? info->backing_offset : info->cluster_size_bytes);
    read_big_capacity(probe, info, QCOW2_AT_CAPACITY);
    return true;
}

bool
alj_image_read_qed(AljImageProbe *probe, AljImageInfo *info)
{
    uint64_t features = 0, capacity_bytes;
    uint32_t offset, length;
    (void) get_le64(probe->head, probe->head_bytes, 16, &features); /* cut off: none */
    info->has_unknown_features = (features & ~(uint64_t) QED_FEATURES_KNOWN) != 0;
    if ((features & QED_FEATURE_BACKING_FILE) && get_le32(probe->head, probe->head_bytes, 56, &offset) &&
        get_le32(probe->head, probe->head_bytes, 60, &length))
        alj_image_set_backing(probe, info, offset, length);
    if (info->backing_length > 0 && (features & QED_FEATURE_BACKING_RAW)) {
        info->has_backing_format = true;
        info->backing_format = ALJ_FORMAT_RAW;
    }
    if (get_le64(probe->head, probe->head_bytes, 48, &capacity_bytes))
        alj_image_set_capacity(info, capacity_bytes, 1, "the qed header says a capacity no file can have");
    return true;
}
