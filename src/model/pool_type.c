/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the fourteen pool types, and the names of formats. Constant data; any thread. */
#include "model/pool_type.h"

#include <string.h>

#define FS_NS "http://libvirt.org/schemas/storagepool/fs/1.0"
#define RBD_NS "http://libvirt.org/schemas/storagepool/rbd/1.0"

static const char *const fs_formats[] = { "auto", "ext2", "ext3", "ext4", "ufs",  "iso9660", "udf", "gfs",
                                          "gfs2", "vfat", "hfs+", "xfs",  "ocfs2", "vmfs",   NULL };
static const char *const netfs_formats[] = { "auto", "nfs", "glusterfs", "cifs", NULL };
static const char *const disk_formats[] = { "unknown", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", "lvm2", NULL };
static const char *const logical_formats[] = { "unknown", "lvm2", NULL };

/* In the order of the capability document, which clients compare. */
static const AljVolFormat image_formats[] = {
    ALJ_FORMAT_NONE, ALJ_FORMAT_RAW, ALJ_FORMAT_DIR, ALJ_FORMAT_BOCHS, ALJ_FORMAT_CLOOP, ALJ_FORMAT_DMG,
    ALJ_FORMAT_ISO,  ALJ_FORMAT_VPC, ALJ_FORMAT_VDI, ALJ_FORMAT_FAT,   ALJ_FORMAT_VHD,   ALJ_FORMAT_PLOOP,
    ALJ_FORMAT_COW,  ALJ_FORMAT_QCOW, ALJ_FORMAT_QCOW2, ALJ_FORMAT_QED, ALJ_FORMAT_VMDK, ALJ_N_FORMATS,
};
static const AljVolFormat partition_formats[] = {
    ALJ_FORMAT_NONE,      ALJ_FORMAT_LINUX,      ALJ_FORMAT_FAT16,    ALJ_FORMAT_FAT32, ALJ_FORMAT_LINUX_SWAP,
    ALJ_FORMAT_LINUX_LVM, ALJ_FORMAT_LINUX_RAID, ALJ_FORMAT_EXTENDED, ALJ_N_FORMATS,
};

static const AljPoolTypeInfo types[ALJ_N_POOL_TYPES] = {
    [ALJ_POOL_DIR] = { .name = "dir", .list_flag = 1 << 6, .target = ALJ_TARGET_PATH,
                       .vol_formats = image_formats, .default_vol_format = ALJ_FORMAT_RAW },
    [ALJ_POOL_FS] = { .name = "fs", .list_flag = 1 << 7, .parts = ALJ_SOURCE_DEVICE, .required = ALJ_SOURCE_DEVICE,
                      .target = ALJ_TARGET_PATH, .pool_formats = fs_formats, .default_pool_format = "auto",
                      .vol_formats = image_formats, .default_vol_format = ALJ_FORMAT_RAW,
                      .ns_prefix = "fs", .ns_uri = FS_NS },
    [ALJ_POOL_NETFS] = { .name = "netfs", .list_flag = 1 << 8, .parts = ALJ_SOURCE_HOST | ALJ_SOURCE_DIR,
                         .required = ALJ_SOURCE_HOST | ALJ_SOURCE_DIR, .target = ALJ_TARGET_PATH,
                         .pool_formats = netfs_formats, .default_pool_format = "auto",
                         .vol_formats = image_formats, .default_vol_format = ALJ_FORMAT_RAW,
                         .ns_prefix = "fs", .ns_uri = FS_NS,
                         .has_search = true, .search_required = ALJ_SOURCE_HOST },
    [ALJ_POOL_LOGICAL] = { .name = "logical", .list_flag = 1 << 9, .parts = ALJ_SOURCE_DEVICE | ALJ_SOURCE_NAME,
                           .target = ALJ_TARGET_DERIVED, .pool_formats = logical_formats,
                           .default_pool_format = "lvm2", .has_search = true },
    [ALJ_POOL_DISK] = { .name = "disk", .list_flag = 1 << 10, .parts = ALJ_SOURCE_DEVICE,
                        .required = ALJ_SOURCE_DEVICE, .target = ALJ_TARGET_PATH, .pool_formats = disk_formats,
                        .default_pool_format = "unknown", .vol_formats = partition_formats,
                        .default_vol_format = ALJ_FORMAT_NONE },
    [ALJ_POOL_ISCSI] = { .name = "iscsi", .list_flag = 1 << 11,
                         .parts = ALJ_SOURCE_HOST | ALJ_SOURCE_DEVICE | ALJ_SOURCE_INITIATOR,
                         .required = ALJ_SOURCE_HOST, .target = ALJ_TARGET_PATH,
                         .has_search = true, .search_required = ALJ_SOURCE_HOST },
    [ALJ_POOL_ISCSI_DIRECT] = { .name = "iscsi-direct", .list_flag = 1 << 19,
                                .parts = ALJ_SOURCE_HOST | ALJ_SOURCE_DEVICE | ALJ_SOURCE_INITIATOR,
                                .required = ALJ_SOURCE_HOST | ALJ_SOURCE_INITIATOR,
                                .target = ALJ_TARGET_NONE, .has_search = true,
                                .search_required = ALJ_SOURCE_HOST | ALJ_SOURCE_INITIATOR },
    [ALJ_POOL_SCSI] = { .name = "scsi", .list_flag = 1 << 12, .parts = ALJ_SOURCE_ADAPTER,
                        .required = ALJ_SOURCE_ADAPTER, .target = ALJ_TARGET_PATH },
    [ALJ_POOL_MPATH] = { .name = "mpath", .list_flag = 1 << 13, .target = ALJ_TARGET_PATH },
    [ALJ_POOL_RBD] = { .name = "rbd", .list_flag = 1 << 14, .parts = ALJ_SOURCE_HOST | ALJ_SOURCE_NAME,
                       .required = ALJ_SOURCE_HOST | ALJ_SOURCE_NAME, .target = ALJ_TARGET_NONE,
                       .vol_formats = image_formats, .default_vol_format = ALJ_FORMAT_RAW, .is_raw_only = true,
                       .ns_prefix = "rbd", .ns_uri = RBD_NS },
    [ALJ_POOL_SHEEPDOG] = { .name = "sheepdog", .list_flag = 1 << 15, .parts = ALJ_SOURCE_HOST | ALJ_SOURCE_NAME,
                            .required = ALJ_SOURCE_HOST, .target = ALJ_TARGET_NONE, .is_retired = true },
    [ALJ_POOL_GLUSTER] = { .name = "gluster", .list_flag = 1 << 16,
                           .parts = ALJ_SOURCE_HOST | ALJ_SOURCE_DIR | ALJ_SOURCE_NAME, .required = ALJ_SOURCE_HOST,
                           .target = ALJ_TARGET_NONE, .vol_formats = image_formats,
                           .default_vol_format = ALJ_FORMAT_RAW, .has_search = true,
                           .search_required = ALJ_SOURCE_HOST },
    [ALJ_POOL_ZFS] = { .name = "zfs", .list_flag = 1 << 17, .parts = ALJ_SOURCE_DEVICE | ALJ_SOURCE_NAME,
                       .target = ALJ_TARGET_DERIVED, .has_search = true },
    [ALJ_POOL_VSTORAGE] = { .name = "vstorage", .list_flag = 1 << 18, .parts = ALJ_SOURCE_NAME,
                            .target = ALJ_TARGET_PATH, .vol_formats = image_formats,
                            .default_vol_format = ALJ_FORMAT_RAW, .is_retired = true },
};

static const char *const format_names[ALJ_N_FORMATS] = {
    [ALJ_FORMAT_NONE] = "none",
    [ALJ_FORMAT_RAW] = "raw",
    [ALJ_FORMAT_DIR] = "dir",
    [ALJ_FORMAT_BOCHS] = "bochs",
    [ALJ_FORMAT_CLOOP] = "cloop",
    [ALJ_FORMAT_DMG] = "dmg",
    [ALJ_FORMAT_ISO] = "iso",
    [ALJ_FORMAT_VPC] = "vpc",
    [ALJ_FORMAT_VDI] = "vdi",
    [ALJ_FORMAT_FAT] = "fat",
    [ALJ_FORMAT_VHD] = "vhd",
    [ALJ_FORMAT_PLOOP] = "ploop",
    [ALJ_FORMAT_COW] = "cow",
    [ALJ_FORMAT_QCOW] = "qcow",
    [ALJ_FORMAT_QCOW2] = "qcow2",
    [ALJ_FORMAT_QED] = "qed",
    [ALJ_FORMAT_VMDK] = "vmdk",
    [ALJ_FORMAT_VHDX] = "vhdx",
    [ALJ_FORMAT_PARALLELS] = "parallels",
    [ALJ_FORMAT_LUKS2] = "luks2",
    [ALJ_FORMAT_UNKNOWN] = "unknown",
    [ALJ_FORMAT_LINUX] = "linux",
    [ALJ_FORMAT_FAT16] = "fat16",
    [ALJ_FORMAT_FAT32] = "fat32",
    [ALJ_FORMAT_LINUX_SWAP] = "linux-swap",
    [ALJ_FORMAT_LINUX_LVM] = "linux-lvm",
    [ALJ_FORMAT_LINUX_RAID] = "linux-raid",
    [ALJ_FORMAT_EXTENDED] = "extended",
    [ALJ_FORMAT_LVM2] = "lvm2",
};

const AljPoolTypeInfo *
alj_pool_type_info(AljPoolType type)
{
    return &types[type];
}

bool
alj_pool_type_find(const char *name, AljPoolType *ret)
{
    for (int i = 0; i < ALJ_N_POOL_TYPES; i++) {
        if (!strcmp(types[i].name, name)) {
            *ret = (AljPoolType) i;
            return true;
        }
    }
    return false;
}

const char *
alj_vol_format_name(AljVolFormat format)
{
    return format_names[format];
}

bool
alj_vol_format_find(AljPoolType pool, const char *name, AljVolFormat *ret)
{
    const AljPoolTypeInfo *info = &types[pool];
    for (const AljVolFormat *format = info->vol_formats; format && *format != ALJ_N_FORMATS; format++) {
        /* "none" is listed for image files but only partitions can be of it */
        bool is_usable = *format != ALJ_FORMAT_NONE || info->default_vol_format == ALJ_FORMAT_NONE;
        if (is_usable && !strcmp(format_names[*format], name)) {
            *ret = *format;
            return true;
        }
    }
    return false;
}
