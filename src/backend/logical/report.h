/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What LVM's reports say, as structs. Parsing is pure: text to structs, strict and bounded. Why columns and not JSON:
 * docs/internals/decisions.md.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

#define ALJ_LVM_SEPARATOR "|"

/** ALJ_LVM_GROUP_FIELDS, ALJ_LVM_VOLUME_FIELDS, ALJ_LVM_DEVICE_FIELDS: what to ask for with -o, in the order that the parsers know. */
#define ALJ_LVM_GROUP_FIELDS  "vg_name,vg_uuid,vg_attr,vg_size,vg_free,vg_extent_size"
#define ALJ_LVM_VOLUME_FIELDS                                                                                \
    ALJ_LVM_GROUP_FIELDS ",lv_name,lv_uuid,lv_attr,lv_size,origin,origin_size,pool_lv,data_percent,metadata_percent,"   \
                         "lv_tags,segtype,stripes,seg_size,devices"
#define ALJ_LVM_DEVICE_FIELDS "vg_name,vg_uuid,pv_in_use,pv_name"

#define ALJ_LVM_NO_PERCENT UINT_MAX

/** alj_lvm_is_name: whether @name can be that of a group or volume; such a name is no option and leads nowhere. Source: lvm(8). */
bool alj_lvm_is_name(const char *name);

/** AljLvmSegment: one piece of a logical volume. */
typedef struct AljLvmSegment {
    char *kind;           /* "linear", "striped", "raid1", "thin", … */
    unsigned stripes;     /* how many devices hold it; 0 for thin */
    uint64_t bytes;
    char *devices;        /* "/dev/sdb(0),/dev/sdc(25)": device and first extent; empty for thin */
} AljLvmSegment;

/** AljLvmVolume: one logical volume. The letters of @attr are those of lvs(8). */
typedef struct AljLvmVolume {
    char *name, *uuid;
    char attr[11];
    uint64_t bytes;
    char *origin;         /* (nullable) what it is a snapshot of; in brackets where no volume has that name */
    uint64_t origin_bytes;
    char *pool;           /* (nullable) thin pool it is in */
    unsigned data_percent, metadata_percent; /* hundredths of a percent, or ALJ_LVM_NO_PERCENT */
    char **tags;          /* NULL-terminated, maybe empty */
    GPtrArray *segments;  /* of AljLvmSegment, in the order of the volume */
} AljLvmVolume;

/** AljLvmGroup: a volume group with its volumes. */
typedef struct AljLvmGroup {
    char *name, *uuid;
    char attr[7];
    uint64_t bytes, free_bytes, extent_bytes;
    GPtrArray *volumes;   /* of AljLvmVolume, as reported; without LVM's inner ones */
} AljLvmGroup;

/** AljLvmDevice: a physical volume, or a device that could be one. */
typedef struct AljLvmDevice {
    char *group, *group_uuid; /* (nullable) the group it is in */
    bool is_used;             /* its label says that it belongs to a group, whether or not that is known */
    char *path;               /* absolute; devices that are missing have none and are left out */
} AljLvmDevice;

/**
 * alj_lvm_parse_groups:
 * @text: the output of `vgs` or `lvs` with the fields above, no headings, bytes without suffix
 * Returns: of AljLvmGroup, each UUID once (transfer full). Errors: INTERNAL "malformed report of LVM: '…'".
 */
GPtrArray *alj_lvm_parse_groups(const char *text, GError **error);

/** alj_lvm_parse_devices: the output of `pvs`. Returns: of AljLvmDevice. Errors: as above. */
GPtrArray *alj_lvm_parse_devices(const char *text, GError **error);

void alj_lvm_group_free(AljLvmGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljLvmGroup, alj_lvm_group_free)

/** alj_lvm_group_find: the volume called @name, or NULL. */
AljLvmVolume *alj_lvm_group_find(const AljLvmGroup *group, const char *name);
