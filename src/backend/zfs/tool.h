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
 * alj_zfs_destroy: destroys the volume or file system @name; @with_snapshots: its snapshots, too, and what is below it. Never
 * clones. Tries again where only udev was in the way. Errors: as alj_zfs_change().
 */
bool alj_zfs_destroy(AljCall *call, const char *name, bool with_snapshots, GError **error);

/** alj_zfs_look: @ret: (transfer full) the dataset @name, or NULL if there is none. Errors: of alj_run(): then nothing is known. */
bool alj_zfs_look(AljCall *call, const char *name, AljZfsDataset **ret, GError **error);

/** alj_zfs_list: @name itself, then what is directly below it; of AljZfsDataset. (transfer full) Errors: of alj_run(). */
GPtrArray *alj_zfs_list(AljCall *call, const char *name, unsigned *ret_skipped, GError **error);

/** alj_zfs_snapshots: those of @name and, with @depth 2, of what is directly below it, oldest first. (transfer full) */
GPtrArray *alj_zfs_snapshots(AljCall *call, const char *name, unsigned depth, GError **error);

/** alj_zfs_pools: the names of all zpools that are imported. (transfer full) Errors: of alj_run(). */
char **alj_zfs_pools(AljCall *call, GError **error);

/** alj_zfs_own_mark: the value of ALJ_ZFS_MARK that @name has of itself, or NULL, also where that cannot be told. (transfer full) */
char *alj_zfs_own_mark(AljCall *call, const char *name);
