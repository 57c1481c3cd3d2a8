/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `zfs list -Hp` prints, as structs, and which names of datasets we deal with. Pure: no system call; any input is safe.
 * Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * ALJ_ZFS_MARK: the property of volumes that are being made. Its value names the host and the operation. Only the value a volume
 * has of itself counts: properties of one's own are inherited.
 */
#define ALJ_ZFS_MARK "aljibe:unfinished"

/** ALJ_ZFS_FIELDS: the columns (-o) of a listing for alj_zfs_parse_datasets(). The mark is last: its value may hold anything. */
#define ALJ_ZFS_FIELDS                                                                                       \
    "name,type,guid,used,available,volsize,volblocksize,usedbydataset,usedbyrefreservation,origin," ALJ_ZFS_MARK

/** AljZfsDataset: a file system (as which a parent of volumes counts) or a volume. */
typedef struct AljZfsDataset {
    char *name;               /* "tank/vms/a" */
    bool is_volume;
    uint64_t guid;            /* of no other dataset, whatever its name; never 0 */
    uint64_t used_bytes, available_bytes;
    uint64_t volume_bytes, block_bytes; /* of a volume: its size, and what that is a multiple of; else 0 */
    uint64_t taken_bytes;     /* what its own data and its reservation take, without snapshots and children */
    char *origin;             /* (nullable) the snapshot of which it is a clone: "tank/a@s" */
    char *mark;               /* (nullable) value of ALJ_ZFS_MARK, its own or inherited */
} AljZfsDataset;

void alj_zfs_dataset_free(AljZfsDataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljZfsDataset, alj_zfs_dataset_free)

/**
 * alj_zfs_parse_datasets: the lines of `zfs list -Hp -o ALJ_ZFS_FIELDS`, in their order, of AljZfsDataset. (transfer full)
 * @ret_skipped: (nullable) lines that are none
 */
GPtrArray *alj_zfs_parse_datasets(const char *text, unsigned *ret_skipped);

/** ALJ_ZFS_SNAPSHOT_FIELDS: the columns of a listing for alj_zfs_parse_snapshots(). */
#define ALJ_ZFS_SNAPSHOT_FIELDS "name,clones,defer_destroy"

typedef struct AljZfsSnapshot {
    char *name;       /* "tank/a@monday" */
    char **clones;    /* datasets; maybe empty */
    bool is_deferred; /* goes with its last clone */
} AljZfsSnapshot;

void alj_zfs_snapshot_free(AljZfsSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljZfsSnapshot, alj_zfs_snapshot_free)

/** alj_zfs_parse_snapshots: the lines of `zfs list -Hp -t snapshot -o …`, of AljZfsSnapshot. (transfer full) Other lines are passed over. */
GPtrArray *alj_zfs_parse_snapshots(const char *text);

/**
 * alj_zfs_parse_objects: the sum of the lines of `zfs userspace -Hpn -o objused`: files and directories, the root directory included.
 * False if one of them is no number: zpools of an old format do not count.
 */
bool alj_zfs_parse_objects(const char *text, uint64_t *ret);

/** alj_zfs_is_name: whether @name is one component of a dataset's name that we use: [A-Za-z0-9_.:-], not "-…", ".", "..", not long. */
bool alj_zfs_is_name(const char *name);

/** alj_zfs_is_dataset: whether @name is a path of such components, and short enough to have volumes below it. */
bool alj_zfs_is_dataset(const char *name);

/** alj_zfs_child: what @name is called directly below dataset @parent, or NULL. (borrowed, of @name) */
const char *alj_zfs_child(const char *parent, const char *name);

/** alj_zfs_same_pool: whether datasets or snapshots @a and @b are in one zpool, so that one can be a clone of the other. */
bool alj_zfs_same_pool(const char *a, const char *b);
