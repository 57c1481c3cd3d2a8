/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The programs zfs and zpool: run with limits of time, asked for fixed columns. What they say on standard error is for people: nothing
 * here looks at it. Runs on a pool's workers.
 */
#pragma once

#include "backend/backend.h"
#include "backend/zfs/parse.h"

#define ALJ_ZFS_QUERY_USEC  (30 * G_USEC_PER_SEC)
#define ALJ_ZFS_CHANGE_USEC (300 * G_USEC_PER_SEC)
#define ALJ_ZFS_BUILD_USEC  (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)
#define ALJ_ZFS_SETTLE_USEC (5 * G_USEC_PER_SEC) /* for udev, which opens what is new or was written to */

/** ALJ_ZFS_ARGV: the words of a command line, "zfs" or "zpool" first. */
#define ALJ_ZFS_ARGV(...) ((const char *const[]) { __VA_ARGS__, NULL })

/** alj_zfs_run: what the program prints. (transfer full) Errors: of alj_run(). */
char *alj_zfs_run(AljCall *call, const char *const *argv, gint64 timeout_usec, GError **error);

/**
 * alj_zfs_change: runs a command that changes something and prints nothing. Errors: of alj_run(): then nobody knows whether
 * it was done.
 */
bool alj_zfs_change(AljCall *call, const char *const *argv, GError **error);

/**
 * alj_zfs_check_state: whether the zpool of dataset or snapshot @name works, as far as the kernel knows: what is begun in one that does
 * not may never end. Errors: OPERATION_FAILED "zfs pool 'tank' is suspended: …".
 */
bool alj_zfs_check_state(AljCall *call, const char *name, GError **error);

/** alj_zfs_look: @ret: (transfer full) the dataset @name, or NULL if there is none. Errors: of alj_zfs_check_state(), of
 *  alj_run(): then nothing is known. */
bool alj_zfs_look(AljCall *call, const char *name, AljZfsDataset **ret, GError **error);

/** alj_zfs_list: @name itself, then what is directly below it; of AljZfsDataset. (transfer full) Errors: of alj_run(). */
GPtrArray *alj_zfs_list(AljCall *call, const char *name, unsigned *ret_skipped, GError **error);

#define ALJ_ZFS_DEPTH_ALL 100 /* more than zfs allows */

/** alj_zfs_snapshots: those of @name and, with @depth 2, of what is directly below it, and so on, oldest first. (transfer full) */
GPtrArray *alj_zfs_snapshots(AljCall *call, const char *name, unsigned depth, GError **error);

/**
 * alj_zfs_objects: how many files and directories file system @name has, mounted or not: one if it is empty. Errors: of alj_run();
 * BAD_STATE where zfs does not count them.
 */
bool alj_zfs_objects(AljCall *call, const char *name, uint64_t *ret, GError **error);

/** alj_zfs_zpool: the first component of a dataset's or snapshot's name. (transfer full) */
char *alj_zfs_zpool(const char *name);

/** alj_zfs_pools: the names of all zpools that are imported. (transfer full) Errors: of alj_run(). */
char **alj_zfs_pools(AljCall *call, GError **error);

/** alj_zfs_own_mark: the value of ALJ_ZFS_MARK that @name has of itself, or NULL, also where that cannot be told. (transfer full) */
char *alj_zfs_own_mark(AljCall *call, const char *name);
