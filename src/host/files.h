/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of a pool directory: every access is relative to its descriptor and stays beneath it. */
#pragma once

#include "host/host.h"
#include "base/undo.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

/** alj_dir_open: O_PATH|O_DIRECTORY descriptor of a pool's target, or -1. Errors: SYSTEM "cannot open directory 'P': …". */
int alj_dir_open(AljHost *host, const char *path, GError **error);

/**
 * alj_entry_open:
 * Opens @name beneath @dir_fd with openat2 (BENEATH, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV), O_NONBLOCK, O_NOCTTY. Only after
 * fstatat() said regular file or directory. A link is followed only by the rule of reliability.md 4.1 (root's
 * link in a directory only root can write, to a regular file or block device) and never with O_CREAT.
 * @ret_stat: (nullable) of what was opened
 * Returns: descriptor or -1. Errors: SYSTEM "cannot open volume 'NAME': …".
 */
int alj_entry_open(AljHost *host, int dir_fd, const char *name, int flags, struct stat *ret_stat, GError **error);

/** alj_entry_stat: fstatat with the link rule of alj_entry_open(). */
bool alj_entry_stat(AljHost *host, int dir_fd, const char *name, struct stat *ret, GError **error);

/** alj_entry_exists: in any form, dangling link included. */
bool alj_entry_exists(AljHost *host, int dir_fd, const char *name);

/**
 * alj_entry_new:
 * Makes a hidden temporary (see alj_host_tmp_prefix) with @mode, owner and group (-1: leave).
 * @ret_name: its name (transfer full)
 * Returns: read-write descriptor, or -1.
 */
int alj_entry_new(AljHost *host, int dir_fd, mode_t mode, uid_t owner, gid_t group, char **ret_name, GError **error);

/**
 * alj_entry_commit:
 * fsync(@fd), renameat2(RENAME_NOREPLACE) of @tmp to @name, fsync of the directory.
 * Errors: BAD_STATE "volume target path 'NAME' already exists" on EEXIST; SYSTEM else. After an error neither name
 * exists (@tmp is the caller's undo step).
 */
bool alj_entry_commit(AljHost *host, int dir_fd, int fd, const char *tmp, const char *name, GError **error);

/** alj_entry_unlink: unlinkat (or AT_REMOVEDIR for directories) and fsync of the directory. ENOENT is success. */
bool alj_entry_unlink(AljHost *host, int dir_fd, const char *name, bool is_dir, GError **error);

/** alj_undo_entry: undo step that removes @name (never through the gate: undoing must not be made to fail). */
void alj_undo_entry(AljUndo *undo, int dir_fd, const char *name);

/** alj_entry_sweep: removes temporaries of this host in @dir_fd that @is_ours says no operation owns. */
void alj_entry_sweep(AljHost *host, int dir_fd, bool (*is_owned)(const char *name, void *data), void *data);

/** alj_dir_space: statvfs of @dir_fd in bytes; available includes reserved blocks. */
bool alj_dir_space(AljHost *host, int dir_fd, uint64_t *ret_capacity, uint64_t *ret_available, GError **error);

/** alj_dir_is_local: whether @dir_fd is on a local file system that answers in microseconds (ext, xfs, btrfs, tmpfs, …). */
bool alj_dir_is_local(int dir_fd);

/**
 * alj_dir_build:
 * Makes @path with missing parents (0755), then @mode, owner, group (-1: leave alone). Existing: applied only as
 * given. Errors: SYSTEM with libvirt's words (behaviour.md 6.5), INVALID_ARG "path 'P' is not absolute".
 */
bool alj_dir_build(AljHost *host, const char *path, bool has_mode, mode_t mode, uid_t owner, gid_t group,
                   GError **error);

/** alj_dir_remove: rmdir. Errors: SYSTEM "failed to remove pool 'P': …". */
bool alj_dir_remove(AljHost *host, const char *path, GError **error);
