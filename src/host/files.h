/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entries of a pool directory: every access is relative to its descriptor and stays beneath it. Errors are SYSTEM
 * with the errno unless said otherwise. All functions may block on slow storage; any thread.
 */
#pragma once

#include "host/host.h"
#include "base/undo.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

/* ---- what a file system promises (file_system.c) ---- */

/**
 * alj_dir_keeps_inode: whether the inode of @dir_fd tells the directory from another as long as it is mounted. Overlays and some
 * FUSE file systems give a new one when they please.
 */
bool alj_dir_keeps_inode(int dir_fd);

/** alj_dir_is_local: whether @dir_fd is on a local file system that answers in microseconds (ext, xfs, btrfs, tmpfs, …). */
bool alj_dir_is_local(int dir_fd);

/**
 * alj_dir_counts_at_once: whether st_blocks of a file there includes data that is not written back yet. Elsewhere (zfs, NFS)
 * a file of no blocks may have data.
 */
bool alj_dir_counts_at_once(int dir_fd);

/**
 * alj_dir_renames_at_once: whether a rename that must not replace anything is one step there, where the kernel knows it at all. The
 * clients of some servers (CIFS, FUSE) look first and rename then.
 */
bool alj_dir_renames_at_once(int dir_fd);

/* ---- directories (files_dir.c) ---- */

/** alj_dir_open: O_PATH|O_DIRECTORY descriptor of a pool's target, or -1. Errors: "cannot open directory 'P': …". */
int alj_dir_open(AljHost *host, const char *path, GError **error);

/**
 * alj_dir_each:
 * Calls @each for every entry but "." and ".." in the order of the file system, until it returns false.
 * @type: DT_REG and so on, DT_UNKNOWN where the file system does not say
 */
bool alj_dir_each(AljHost *host, int dir_fd,
                  bool (*each)(const char *name, uint64_t inode, unsigned char type, void *data), void *data,
                  GError **error);

/** alj_dir_sync: makes changed names durable. */
bool alj_dir_sync(AljHost *host, int dir_fd, GError **error);

/** alj_dir_space: statvfs of @dir_fd in bytes; available includes reserved blocks. */
bool alj_dir_space(AljHost *host, int dir_fd, uint64_t *ret_capacity, uint64_t *ret_available, GError **error);

/** AljDirRequest: how a directory is to be made. */
typedef struct AljDirRequest {
    bool has_mode;
    mode_t mode;   /* 0711 without has_mode */
    uid_t owner;   /* -1: leave */
    gid_t group;   /* -1: leave */
    int cow;       /* copy on write: 0 off, 1 on, -1 off for a new directory where there is such a thing */
} AljDirRequest;

/**
 * alj_dir_build:
 * Makes @path with missing parents (0755). An existing directory only gets what @request names. The steps that remove what
 * was made are pushed on @undo, after a failure too. Errors: SYSTEM with libvirt's words, INVALID_ARG "path 'P' is not absolute".
 */
bool alj_dir_build(AljHost *host, const char *path, const AljDirRequest *request, AljUndo *undo, GError **error);

/** alj_dir_remove: rmdir. Errors: "failed to remove pool 'P': …". */
bool alj_dir_remove(AljHost *host, const char *path, GError **error);

/* ---- entries (files.c) ---- */

/**
 * alj_entry_open:
 * Opens @name beneath @dir_fd with openat2 (BENEATH, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV), O_NONBLOCK, O_NOCTTY. Only after
 * fstatat() said regular file or directory. A link or a block device is opened only if it can be trusted
 * (a link of root's in a directory only root can write, to a regular file or block device) and never with O_CREAT.
 * For an unprivileged process its own user counts like root.
 * @ret_stat: (nullable) of what was opened
 * Returns: descriptor or -1. Errors: "cannot open volume 'NAME': …"; ELOOP for other links, ENXIO for other kinds.
 */
int alj_entry_open(AljHost *host, int dir_fd, const char *name, int flags, struct stat *ret_stat, GError **error);

/** alj_entry_stat: fstatat with the link rule and the errors of alj_entry_open(); a link may lead to a directory, too. */
bool alj_entry_stat(AljHost *host, int dir_fd, const char *name, struct stat *ret, GError **error);

/**
 * alj_entry_open_seen: alj_entry_open() for reading what alj_entry_stat() has just told about, without looking again.
 * Errors: also ESTALE if it is something else by now.
 */
int alj_entry_open_seen(AljHost *host, int dir_fd, const char *name, const struct stat *seen, GError **error);

/**
 * alj_stat_now:
 * fstatat() that asks the server: what the kernel remembers of a file there may be a minute old, and another host may have changed it.
 * Passes no gate: for functions that do. Returns: 0, or -1 with errno. Source: statx(2), AT_STATX_FORCE_SYNC.
 */
int alj_stat_now(int dir_fd, const char *name, int flags, struct stat *ret);

/** alj_entry_exists: in any form, dangling link included. */
bool alj_entry_exists(AljHost *host, int dir_fd, const char *name);

/** alj_entry_tmp_name: a new hidden name, to be registered before it is used. (transfer full) */
char *alj_entry_tmp_name(AljHost *host);

/**
 * alj_entry_new:
 * Makes the hidden file @tmp with @mode, owner and group (-1: leave), and marks it as being in use by this process,
 * so that alj_entry_reap() of any process leaves it alone while the descriptor is open.
 * Returns: read-write descriptor, or -1 and no file. Errors: "cannot create volume 'TMP': …".
 */
int alj_entry_new(AljHost *host, int dir_fd, const char *tmp, mode_t mode, uid_t owner, gid_t group, GError **error);

/** alj_entry_new_dir: the same for a directory; the descriptor is O_RDONLY. */
int alj_entry_new_dir(AljHost *host, int dir_fd, const char *tmp, mode_t mode, uid_t owner, gid_t group,
                      GError **error);

/**
 * alj_entry_new_subvol: the same for a btrfs sub-volume, which is the daemon's own and may be passed through as @mode says.
 * Errors: also those of alj_subvol_make().
 */
int alj_entry_new_subvol(AljHost *host, int dir_fd, const char *tmp, mode_t mode, GError **error);

/**
 * alj_entry_commit:
 * fsync(@fd), then @tmp becomes @name, which must be free: on a server by what the server says, because other hosts may take it at the
 * same moment; then fsync of the directory.
 * Errors: BAD_STATE "volume target path 'NAME' already exists" on EEXIST; SYSTEM else. After an error @name does not
 * exist because of us (@tmp, if it is still there, is the caller's undo step).
 */
bool alj_entry_commit(AljHost *host, int dir_fd, int fd, const char *tmp, const char *name, GError **error);

/**
 * alj_entry_unlink: unlinkat (or AT_REMOVEDIR for directories) and fsync of the directory. ENOENT is success. Of a link to a
 * directory the link goes.
 */
bool alj_entry_unlink(AljHost *host, int dir_fd, const char *name, bool is_dir, GError **error);

/**
 * alj_entry_hide:
 * Takes @name out of sight, durably, in one step: from now on it is the temporary @tmp, for alj_entry_discard() or, after a crash,
 * alj_entry_reap(). Errors: SYSTEM; @name is as before then.
 */
bool alj_entry_hide(AljHost *host, int dir_fd, const char *name, const char *tmp, GError **error);

/** alj_entry_unhide: takes that back, for undoing: passes no gate. Returns: false if @name is somebody else's by now. */
bool alj_entry_unhide(int dir_fd, const char *tmp, const char *name);

/** alj_entry_discard: removes @name, file, empty directory or sub-volume with its file. For undoing: passes no gate and tells no failure. */
void alj_entry_discard(int dir_fd, const char *name);

/** alj_entry_reap: removes the temporary @name if it is of this host and no process is using it any more. */
void alj_entry_reap(AljHost *host, int dir_fd, const char *name);

/* ---- open files (files_fd.c) ---- */

/**
 * alj_path_open:
 * Opens what an administrator names by a path anywhere: a regular file or block device, links followed.
 * @fd_flags: O_RDONLY or O_RDWR. Returns: descriptor or -1; no message of its own but the errno's ("cannot open 'P': …").
 */
int alj_path_open(AljHost *host, const char *path, int fd_flags, struct stat *ret_stat, GError **error);

/** alj_path_stat: lstat of an absolute path; for facts only, never before acting on it. */
bool alj_path_stat(AljHost *host, const char *path, struct stat *ret, GError **error);

/** alj_file_stat: fstat. */
bool alj_file_stat(AljHost *host, int fd, const char *name, struct stat *ret, GError **error);

/** alj_file_scratch: an empty file that exists in memory only. @what: names it for traces. Returns: descriptor or -1. */
int alj_file_scratch(AljHost *host, const char *what, GError **error);

/**
 * alj_file_secret: a file that exists in memory only and holds @secret, for a program that reads /dev/fd/N. -1 on failure.
 */
int alj_file_secret(AljHost *host, GBytes *secret, GError **error);

/** alj_file_size: bytes of a regular file or block device. */
bool alj_file_size(AljHost *host, int fd, const char *name, uint64_t *ret_bytes, GError **error);

/** alj_file_truncate: Errors: "Failed to truncate file 'NAME': …". */
bool alj_file_truncate(AljHost *host, int fd, const char *name, uint64_t bytes, GError **error);

/** alj_file_cut_back: takes alj_file_truncate() back. For undoing: passes no gate. Returns: whether it worked. */
bool alj_file_cut_back(int fd, uint64_t bytes);

/** alj_file_sync: data and the metadata needed to read it. Errors: "cannot sync data to file 'NAME': …". */
bool alj_file_sync(AljHost *host, int fd, const char *name, GError **error);

/**
 * alj_file_sync_begin: starts writing [@offset, @offset + @bytes) to the medium, so that alj_file_sync() has less to wait for
 * later. @bytes: 0: to the end. A hint: passes no gate and tells no failure.
 */
void alj_file_sync_begin(int fd, uint64_t offset, uint64_t bytes);

/**
 * alj_file_extent:
 * Whether @offset (below the end of the file) is in data or in a hole, and where that ends.
 * Where the file system does not know holes all is data.
 */
bool alj_file_extent(AljHost *host, int fd, const char *name, uint64_t offset, bool *ret_is_data, uint64_t *ret_end,
                     GError **error);

/**
 * alj_file_has_writer:
 * Whether a QEMU program has the image open for writing (another process may not change or copy its structures then).
 * Source: QEMU docs/system/images.rst "Disk image file locking"; permission bytes from 100 on, write is 101.
 */
bool alj_file_has_writer(int fd);

/**
 * alj_file_keep_writers_out:
 * From here on no QEMU program can open the image for writing, until @fd is closed or alj_file_unlock_image(); readers can.
 * Returns: false, and nothing is kept, when one has it already.
 */
bool alj_file_keep_writers_out(int fd);

/**
 * alj_file_lock_image:
 * Takes all of QEMU's locks on the file, so that no QEMU program has it open or can open it until alj_file_unlock_image().
 * @ret_is_in_use: (nullable) whether one has; without it and without the lock, there are no locks to be had there.
 * Returns: whether it is locked.
 */
bool alj_file_lock_image(int fd, bool *ret_is_in_use);
void alj_file_unlock_image(int fd);

/**
 * alj_file_take_cow:
 * Turns copy on write of the empty file @to_fd on or off as it is for @from_fd, if both are on btrfs: only then they can share
 * blocks. A hint: passes no gate and tells no failure.
 */
void alj_file_take_cow(int from_fd, int to_fd);

/**
 * alj_file_set_cow:
 * Turns copy on write of an empty file or a directory on or off. Errors: "unable to control COW flag on 'P', not btrfs: …"
 * (ENOSYS) elsewhere.
 */
bool alj_file_set_cow(AljHost *host, int fd, const char *path, bool is_on, GError **error);
