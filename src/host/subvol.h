/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sub-volumes of btrfs that hold one file each: made, found and destroyed by ioctl, relative to the directory they are in. Sub-volumes
 * look like directories; their root has inode 256. All functions may wait for the medium; any thread. Source: linux/btrfs.h,
 * btrfs-subvolume(8).
 */
#pragma once

#include "host/host.h"

/** ALJ_SUBVOL_FILE: the name of the one file. */
#define ALJ_SUBVOL_FILE "disk"

/** alj_subvol_is_possible: whether @dir_fd is on btrfs. */
bool alj_subvol_is_possible(int dir_fd);

/**
 * alj_subvol_open:
 * The sub-volume @name of @dir_fd, if it is one that holds a regular file ALJ_SUBVOL_FILE. Follows no link.
 * @ret_fd: O_PATH descriptor; -1: it is something else, or nothing
 * Errors: SYSTEM "cannot open sub-volume 'NAME': …".
 */
bool alj_subvol_open(AljHost *host, int dir_fd, const char *name, int *ret_fd, GError **error);

/**
 * alj_subvol_make:
 * An empty sub-volume @name in @dir_fd. Copy on write is off in it if it is off in @dir_fd: unlike files and directories, sub-volumes
 * do not inherit that by themselves. Errors: SYSTEM "cannot create sub-volume 'NAME': …"; there is none then.
 */
bool alj_subvol_make(AljHost *host, int dir_fd, const char *name, GError **error);

/** alj_subvol_is_single: whether @subvol_fd holds nothing but ALJ_SUBVOL_FILE. Errors: SYSTEM. */
bool alj_subvol_is_single(AljHost *host, int subvol_fd, bool *ret, GError **error);

/**
 * alj_subvol_destroy:
 * Destroys the sub-volume @name with its file, and nothing that anybody has put in beside it, be it at this moment: then it stays.
 * Meanwhile it is read-only, and so it should have a name already that nobody uses (alj_entry_hide()).
 * Errors: SYSTEM "cannot destroy sub-volume 'NAME': …", with ENOTEMPTY if it holds more.
 */
bool alj_subvol_destroy(AljHost *host, int dir_fd, const char *name, GError **error);

/** alj_subvol_discard: the same for undoing: does nothing to any other kind of entry, passes no gate and tells no failure. */
void alj_subvol_discard(int dir_fd, const char *name);
