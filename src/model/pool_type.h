/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the documents of each pool type look like: names, source parts, formats. These are facts of the XML
 * format and hold even where no backend for the type is installed; what a backend can *do* is in backend.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** AljPoolType: in the order of libvirt's capability document; the value is also its number in messages. */
typedef enum AljPoolType {
    ALJ_POOL_DIR,
    ALJ_POOL_FS,
    ALJ_POOL_NETFS,
    ALJ_POOL_LOGICAL,
    ALJ_POOL_DISK,
    ALJ_POOL_ISCSI,
    ALJ_POOL_ISCSI_DIRECT,
    ALJ_POOL_SCSI,
    ALJ_POOL_MPATH,
    ALJ_POOL_RBD,
    ALJ_POOL_SHEEPDOG,
    ALJ_POOL_GLUSTER,
    ALJ_POOL_ZFS,
    ALJ_POOL_VSTORAGE,
    ALJ_N_POOL_TYPES
} AljPoolType;

/** AljSourceParts: children of <source>. */
typedef enum AljSourceParts {
    ALJ_SOURCE_HOST = 1 << 0,
    ALJ_SOURCE_DEVICE = 1 << 1,
    ALJ_SOURCE_DIR = 1 << 2,
    ALJ_SOURCE_ADAPTER = 1 << 3,
    ALJ_SOURCE_NAME = 1 << 4,
    ALJ_SOURCE_INITIATOR = 1 << 5,
} AljSourceParts;

typedef enum AljTargetRule {
    ALJ_TARGET_NONE,   /* no <target> (rbd, gluster, iscsi-direct) */
    ALJ_TARGET_PATH,   /* given by the user, required */
    ALJ_TARGET_DERIVED /* made from the source name (logical, zfs) */
} AljTargetRule;

/** AljVolFormat: image formats, then the partition formats of disk pools. Names: alj_vol_format_name(). */
typedef enum AljVolFormat {
    ALJ_FORMAT_NONE,
    ALJ_FORMAT_RAW,
    ALJ_FORMAT_DIR,
    ALJ_FORMAT_BOCHS,
    ALJ_FORMAT_CLOOP,
    ALJ_FORMAT_DMG,
    ALJ_FORMAT_ISO,
    ALJ_FORMAT_VPC,
    ALJ_FORMAT_VDI,
    ALJ_FORMAT_FAT,
    ALJ_FORMAT_VHD,
    ALJ_FORMAT_PLOOP,
    ALJ_FORMAT_COW,
    ALJ_FORMAT_QCOW,
    ALJ_FORMAT_QCOW2,
    ALJ_FORMAT_QED,
    ALJ_FORMAT_VMDK,
    ALJ_FORMAT_VHDX,      /* aljibe's own from here: formats the reference lists as raw */
    ALJ_FORMAT_PARALLELS,
    ALJ_FORMAT_LUKS2,
    ALJ_FORMAT_UNKNOWN,   /* a header that contradicts itself (S-12) */
    ALJ_FORMAT_LINUX,     /* partitions */
    ALJ_FORMAT_FAT16,
    ALJ_FORMAT_FAT32,
    ALJ_FORMAT_LINUX_SWAP,
    ALJ_FORMAT_LINUX_LVM,
    ALJ_FORMAT_LINUX_RAID,
    ALJ_FORMAT_EXTENDED,
    ALJ_FORMAT_LVM2,      /* backing store of a logical volume */
    ALJ_N_FORMATS
} AljVolFormat;

typedef struct AljPoolTypeInfo {
    const char *name;                  /* <pool type='…'> */
    unsigned list_flag;                /* libvirt's filter bit of the list call */
    AljSourceParts parts;              /* children of <source> that are kept */
    AljSourceParts required;           /* those a definition must have */
    AljTargetRule target;
    const char *const *pool_formats;   /* <source><format>: NULL-terminated, NULL: no such element */
    const char *default_pool_format;
    const AljVolFormat *vol_formats;   /* names <volume><target><format> takes; ends with ALJ_N_FORMATS; NULL: none */
    AljVolFormat default_vol_format;
    bool is_raw_only;                  /* documents may name other formats, and the backend refuses them in its own words */
    const char *ns_prefix, *ns_uri;    /* XML namespace of the type, or NULL */
    bool has_search;                   /* sources of the type can be searched for */
    AljSourceParts search_required;    /* what a search must be told; one host if any. 0: it is told nothing */
    bool is_retired;                   /* nothing serves it any more; new definitions are refused */
} AljPoolTypeInfo;

/** alj_pool_type_info: the row of @type. Static. */
const AljPoolTypeInfo *alj_pool_type_info(AljPoolType type);

/** alj_pool_type_find: exact name to type. Returns: false if there is no such type. */
bool alj_pool_type_find(const char *name, AljPoolType *ret);

/** alj_vol_format_name: "qcow2" …; static. */
const char *alj_vol_format_name(AljVolFormat format);

/** alj_vol_format_find: name to format among those documents of @pool may name. */
bool alj_vol_format_find(AljPoolType pool, const char *name, AljVolFormat *ret);
