/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * alj_files_make_dirs:
 * Makes @path and its missing parents durably, with @mode. An existing directory is fine and left as it is.
 * Errors: SYSTEM "cannot create path 'P': …".
 */
bool alj_files_make_dirs(const char *path, mode_t mode, GError **error);

/**
 * alj_files_save:
 * Replaces DIR/NAME by @data atomically and durably: NAME.new (O_EXCL, @mode), write, fsync, exchange of the names, fsync of
 * the directory, and only then the old file goes. On any failure DIR/NAME is as before and NAME.new is gone (where names cannot be
 * exchanged, the new file may stay if the directory could not be flushed). A crash may leave NAME.new: it is nobody's.
 * @dir_fd: the directory, opened by the caller; @dir_path: only for messages
 * Errors: SYSTEM "Failed to create file 'DIR/NAME.new': …", "cannot write data to file …" and the like, as libvirt says them.
 */
bool alj_files_save(int dir_fd, const char *dir_path, const char *name, mode_t mode, const char *data, size_t length,
                    GError **error);

/**
 * alj_files_load:
 * Reads a regular file of at most @max bytes below @dir_fd. Never blocks on FIFOs and never follows a link
 * unless root or this process's user owns it. Returns: NUL-terminated text (transfer full), or NULL with an error.
 */
char *alj_files_load(int dir_fd, const char *name, size_t max, size_t *ret_length, GError **error);

/**
 * alj_files_remove:
 * Removes DIR/NAME durably, by way of NAME.new; on failure it is still there. A missing file is an error (SYSTEM, ENOENT).
 */
bool alj_files_remove(int dir_fd, const char *dir_path, const char *name, GError **error);

/** alj_files_link: makes the link DIR/NAME to @target durably, or not at all. Errors: SYSTEM "Failed to create symlink 'DIR/NAME' to 'T': …". */
bool alj_files_link(int dir_fd, const char *dir_path, const char *name, const char *target, GError **error);

/**
 * alj_files_lock:
 * Takes the lock file DIR/NAME exclusively (a lock of the open file, see fcntl(2)), or says who has it. The file is never unlinked.
 * Returns: a descriptor to keep for as long as the lock is wanted, or -1. Errors: BUSY, SYSTEM.
 */
int alj_files_lock(const char *dir_path, const char *name, GError **error);

/**
 * alj_files_lock_dir:
 * The same for the directory at @path itself (flock(2)), which is made if it is missing: for directories that get no file of ours.
 * Where directories cannot be locked (NFS), none is. Returns: a descriptor of the directory, or -1. Errors: BUSY, SYSTEM.
 */
int alj_files_lock_dir(const char *path, GError **error);
