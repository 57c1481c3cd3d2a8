/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that are block devices, whatever makes them: opening, looking at, wiping and filling a node. Runs on a pool's
 * workers; every function may wait for the device.
 */
#pragma once

#include "backend/backend.h"

#include <sys/stat.h>

#define ALJ_BLOCK_NO_STREAM "Unable to open stream for"
#define ALJ_BLOCK_NO_WIPE   "Failed to open storage volume with path"

/**
 * alj_block_vol_node:
 * Opens the node of @vol for its bytes; for writing the device is claimed. For types that look at what they have opened first.
 * @complaint: what stands before the path if that fails. @ret_stat: (nullable)
 * Returns: descriptor or -1. Errors: SYSTEM "COMPLAINT 'P': …", BUSY.
 */
int alj_block_vol_node(AljCall *call, const AljVolDef *vol, int open_flags, const char *complaint, struct stat *ret_stat,
                       GError **error);

/** alj_block_vol_stat: owner, mode and times of the node at @path. Errors: NO_VOL if there is none, SYSTEM. */
bool alj_block_vol_stat(AljCall *call, const char *path, AljPermissions *ret_permissions, AljTimestamps *ret_times,
                        GError **error);

/**
 * alj_block_vol_wipe_thin: overwrites all of @fd, an open and claimed device whose blocks come when they are written: afterwards it
 * has none. Zeros need no room; patterns need room for all of it meanwhile. Errors: of alj_wipe_bytes(), SYSTEM.
 */
bool alj_block_vol_wipe_thin(AljCall *call, const AljVolDef *vol, int fd, AljWipe how, GError **error);

/**
 * alj_block_vol_check_cut: before @vol gets shorter: whether nothing is on its open node @fd that its end could belong to, as far as
 * anybody can tell. @tool: with which its owner can do it all the same. Errors: BAD_STATE "volume 'V' is not cut off, …".
 */
bool alj_block_vol_check_cut(AljCall *call, int fd, const AljVolDef *vol, const char *tool, GError **error);

/**
 * alj_block_vol_check_request: what any new block volume must be like: with a capacity, and if encrypted then as LUKS with a secret. Pure.
 * Errors: NO_SUPPORT, CONFIG_UNSUPPORTED, INVALID_ARG in libvirt's words.
 */
bool alj_block_vol_check_request(const AljVolDef *request, GError **error);

/*
 * The first bytes of a new volume go to its open node @fd (borrowed, opened O_RDWR), of which whoever opened it has made sure that it is
 * the new volume's: a path could lead elsewhere by now.
 */

/** alj_block_vol_own: owner and mode of the node, as far as @wanted has them; 0600 without a mode. @path: for messages. Errors: SYSTEM. */
bool alj_block_vol_own(AljCall *call, int fd, const char *path, const AljPermissions *wanted, GError **error);

/**
 * alj_block_vol_fill:
 * Copies what a guest would see of @from, a volume of any pool, to the beginning of the node of @vol, and syncs. If @vol is
 * encrypted its node was made a LUKS device before. In vol_copy only.
 * @is_blank: the node reads as zeros, and blocks that nobody writes take no room: they are left alone
 * Errors: CONFIG_UNSUPPORTED for images on servers; BAD_STATE for images that are not to be used, SYSTEM, ABORTED.
 */
bool alj_block_vol_fill(AljCall *call, const AljVolDef *vol, int fd, const AljVolDef *from, bool is_blank, GError **error);

/** alj_block_vol_encrypt: makes the node of @vol a LUKS device, as @vol->encryption wants it. Errors: of qemu-img, NO_SECRET. */
bool alj_block_vol_encrypt(AljCall *call, const AljVolDef *vol, int fd, GError **error);

/** ALJ_BLOCK_TOOLS: rows for the `tools` of a type with such volumes, without the end row. */
#define ALJ_BLOCK_TOOLS                                                                                      \
    { "qemu-img", "qemu-utils", "clones of images, encryption" }, { "scrub", "scrub", "wiping with patterns" }
