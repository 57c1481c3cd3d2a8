/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools whose directory is a file system that they mount themselves when they start: what fs and netfs have in common. The source is
 * named as the table of mounts names it. Contracts, errors and threads are those of the callbacks in backend.h.
 */
#pragma once

#include "backend/backend.h"
#include "host/mounts.h"

/** ALJ_MOUNTED_TOOLS: rows for the `tools` of such a type, without the end row. */
#define ALJ_MOUNTED_TOOLS { "mount", "mount", "starting a pool" }, { "umount", "mount", "stopping a pool" }

/** ALJ_MOUNTED_N_SAFE_OPTIONS: how many options alj_mounted_options() begins with in any case. */
#define ALJ_MOUNTED_N_SAFE_OPTIONS 3

/**
 * alj_mounted_options:
 * What a guest's image never needs is turned off first (nodev, nosuid, noexec), then come @more (nullable) and the options of the
 * definition. (transfer full)
 */
char *alj_mounted_options(const AljPoolDef *pool, const char *more);

/** alj_mounted_check_options: whether the options of @pool leave it a mount of its source. Errors: CONFIG_UNSUPPORTED. */
bool alj_mounted_check_options(const AljPoolDef *pool, GError **error);

/**
 * alj_mounted_check:
 * That @source is what is seen at the target. Asks the kernel only, never a server. Errors: BAD_STATE if it is not mounted, or
 * something is mounted over it.
 */
bool alj_mounted_check(AljCall *call, const AljPoolDef *pool, const char *source, GError **error);

/** alj_mounted_probe: for pool_probe: whether it is mounted, be it below another mount. Asks the kernel only, never a server. */
bool alj_mounted_probe(AljCall *call, const AljPoolDef *pool, const char *source, bool *ret_active, GError **error);

/** alj_mounted_start: mounts what is not mounted there already, by whomever. Errors: also INTERNAL with the words of mount(8). */
bool alj_mounted_start(AljCall *call, const AljPoolDef *pool, const AljMountRequest *request, GError **error);

/** alj_mounted_stop: unmounts. Errors: BUSY if something is mounted over it; INTERNAL with the words of umount(8). */
bool alj_mounted_stop(AljCall *call, const AljPoolDef *pool, const char *source, GError **error);

/** alj_mounted_delete: for pool_delete: the empty directory goes; what was mounted there stays as it is. */
bool alj_mounted_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error);

/**
 * alj_mounted_scan: alj_files_scan() of the target, and never of what is below the mount point (D-11b): looked at before and after.
 */
AljInventory *alj_mounted_scan(AljCall *call, const AljPoolDef *pool, const char *source, const AljInventory *old, GError **error);
