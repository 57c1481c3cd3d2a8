/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon's own small files (definitions, state, intents, locks): saved atomically and durably, read with
 * bounds. Not for volumes: storage is touched by host/ only. May block on the local disk; any thread.
 */
#include "base/files.h"

#include "base/error.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static int
flush_parent(const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    alj_autofd fd = open(parent, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? errno : 0;
}

/* Makes @path and, before it, what is missing above. Returns 0 or an errno. */
static int
make_dir(const char *path, mode_t mode)
{
    struct stat there;
    if (mkdir(path, mode) == 0)
        return flush_parent(path);
    if (errno == EEXIST)
        return stat(path, &there) == 0 && S_ISDIR(there.st_mode) ? 0 : ENOTDIR;
    g_autofree char *parent = g_path_get_dirname(path);
    if (errno != ENOENT || strcmp(parent, path) == 0)
        return errno;
    int failed = make_dir(parent, mode);
    if (failed == 0 && mkdir(path, mode) < 0)
        failed = errno;
    return failed == 0 || failed == EEXIST ? flush_parent(path) : failed;
}

bool
alj_files_make_dirs(const char *path, mode_t mode, GError **error)
{
    int failed = make_dir(path, mode);
    return failed == 0 || alj_fail_errno(error, failed, "cannot create path '%s'", path);
}

static bool
write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t wrote = write(fd, data, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        data += wrote;
        length -= (size_t) wrote;
    }
    return true;
}

/* The temporary is the caller's to remove, also on failure. */
static bool
write_new_file(int dir_fd, const char *dir_path, const char *name, mode_t mode, const char *data, size_t length, GError **error)
{
    alj_autofd fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return alj_fail_errno(error, errno, "Failed to create file '%s/%s'", dir_path, name);
    if (!write_all(fd, data, length))
        return alj_fail_errno(error, errno, "cannot write data to file '%s/%s'", dir_path, name);
    if (fsync(fd) < 0)
        return alj_fail_errno(error, errno, "cannot sync file '%s/%s'", dir_path, name);
    if (close(alj_steal_fd(&fd)) < 0)
        return alj_fail_errno(error, errno, "cannot save file '%s/%s'", dir_path, name);
    return true;
}

/* What stood at the name of a new file before it, and how that can be had back. */
typedef enum Before {
    BEFORE_NOTHING,
    BEFORE_ASIDE, /* it has the temporary's name now */
    BEFORE_GONE,  /* overwritten: this file system cannot exchange two names */
} Before;

/* Whether there is something to be had back; directories are never in our way rightfully. */
static bool
is_there(int dir_fd, const char *name)
{
    struct stat entry;
    return fstatat(dir_fd, name, &entry, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(entry.st_mode);
}

/* Gives @temporary its @name, or fails and nothing has happened. */
static bool
put_in_place(int dir_fd, const char *dir_path, const char *temporary, const char *name, Before *ret_before, GError **error)
{
    bool was_there = is_there(dir_fd, name);
    if (was_there && renameat2(dir_fd, temporary, dir_fd, name, RENAME_EXCHANGE) == 0) {
        *ret_before = BEFORE_ASIDE;
        return true;
    }
    *ret_before = was_there ? BEFORE_GONE : BEFORE_NOTHING;
    return renameat(dir_fd, temporary, dir_fd, name) == 0 ||
           alj_fail_errno(error, errno, "cannot rename file '%s/%s' as '%s/%s'", dir_path, temporary, dir_path, name);
}

static void
take_back(int dir_fd, const char *temporary, const char *name, Before before)
{
    if (before == BEFORE_ASIDE)
        (void) renameat(dir_fd, temporary, dir_fd, name); /* the caller reports what went wrong before */
    else if (before == BEFORE_NOTHING)
        (void) unlinkat(dir_fd, name, 0); /* as above */
}

bool
alj_files_save(int dir_fd, const char *dir_path, const char *name, mode_t mode, const char *data, size_t length,
               GError **error)
{
    Before before = BEFORE_NOTHING;
    g_autofree char *temporary = g_strdup_printf("%s.new", name);
    (void) unlinkat(dir_fd, temporary, 0); /* left by a crash; if it cannot go, the creation below says so */
    if (!write_new_file(dir_fd, dir_path, temporary, mode, data, length, error) ||
        !put_in_place(dir_fd, dir_path, temporary, name, &before, error)) {
        (void) unlinkat(dir_fd, temporary, 0); /* the next start removes what stays */
        return false;
    }
    if (fsync(dir_fd) < 0) {
        int failed = errno;
        take_back(dir_fd, temporary, name, before);
        return alj_fail_errno(error, failed, "cannot flush directory '%s'", dir_path);
    }
    if (before == BEFORE_ASIDE)
        (void) unlinkat(dir_fd, temporary, 0); /* as above */
    return true;
}

static int
open_own_file(int dir_fd, const char *name)
{
    struct stat entry;
    if (fstatat(dir_fd, name, &entry, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    bool is_link = S_ISLNK(entry.st_mode);
    if (is_link && entry.st_uid != 0 && entry.st_uid != geteuid()) {
        errno = ELOOP;
        return -1;
    }
    if (!is_link && !S_ISREG(entry.st_mode)) {
        errno = S_ISDIR(entry.st_mode) ? EISDIR : EINVAL;
        return -1;
    }
    return openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (is_link ? 0 : O_NOFOLLOW));
}

char *
alj_files_load(int dir_fd, const char *name, size_t max, size_t *ret_length, GError **error)
{
    struct stat info;
    alj_autofd fd = open_own_file(dir_fd, name);
    if (fd < 0 || fstat(fd, &info) < 0) {
        alj_fail_errno(error, errno, "cannot read '%s'", name);
        return NULL;
    }
    if (!S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t) info.st_size > max) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "'%s' is not a regular file of at most %zu bytes", name, max);
        return NULL;
    }
    /* One byte more than the file should have: a file that grows meanwhile is refused, not cut. */
    g_autofree char *text = g_malloc((size_t) info.st_size + 2);
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, text + have, (size_t) info.st_size + 1 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            alj_fail_errno(error, errno, "cannot read '%s'", name);
            return NULL;
        }
        have += (size_t) got;
        if (got == 0 || have > (size_t) info.st_size)
            break;
    }
    if (have > (size_t) info.st_size) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "'%s' changed while it was read", name);
        return NULL;
    }
    text[have] = '\0';
    if (ret_length)
        *ret_length = have;
    return g_steal_pointer(&text);
}

bool
alj_files_remove(int dir_fd, const char *dir_path, const char *name, GError **error)
{
    g_autofree char *temporary = g_strdup_printf("%s.new", name);
    bool is_aside = is_there(dir_fd, name) && renameat(dir_fd, name, dir_fd, temporary) == 0;
    if (!is_aside && unlinkat(dir_fd, name, 0) < 0)
        return alj_fail_errno(error, errno, "cannot remove '%s/%s'", dir_path, name);
    if (fsync(dir_fd) < 0) {
        int failed = errno;
        take_back(dir_fd, temporary, name, is_aside ? BEFORE_ASIDE : BEFORE_GONE);
        return alj_fail_errno(error, failed, "cannot flush directory '%s'", dir_path);
    }
    if (is_aside)
        (void) unlinkat(dir_fd, temporary, 0); /* the next start removes what stays */
    return true;
}

bool
alj_files_link(int dir_fd, const char *dir_path, const char *name, const char *target, GError **error)
{
    if (symlinkat(target, dir_fd, name) < 0)
        return alj_fail_errno(error, errno, "Failed to create symlink '%s/%s' to '%s'", dir_path, name, target);
    if (fsync(dir_fd) < 0) {
        int failed = errno;
        take_back(dir_fd, NULL, name, BEFORE_NOTHING);
        return alj_fail_errno(error, failed, "cannot flush directory '%s'", dir_path);
    }
    return true;
}

int
alj_files_lock(const char *dir_path, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dir_path, name, NULL);
    alj_autofd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        alj_fail_errno(error, errno, "cannot open lock file '%s'", path);
        return -1;
    }
    /* A lock of the open file: it also excludes libvirt's daemons, whose locks belong to processes (fcntl(2)). */
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(fd, F_OFD_SETLK, &whole) < 0) {
        char holder[16] = "";
        ssize_t got = pread(fd, holder, sizeof holder - 1, 0);
        holder[got > 0 ? got : 0] = '\0';
        alj_fail(error, ALJ_ERROR_BUSY, "'%s' is in use by another daemon (process %s): end it, or use another directory",
                 dir_path, *g_strstrip(holder) ? holder : "unknown");
        return -1;
    }
    char pid[16];
    int length = snprintf(pid, sizeof pid, "%d\n", (int) getpid());
    /* The number is for people; the lock itself does not depend on it. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t) length, 0) < 0)
        g_debug("cannot write the process number into '%s'", path);
    return alj_steal_fd(&fd);
}

int
alj_files_lock_dir(const char *path, GError **error)
{
    if (!alj_files_make_dirs(path, 0755, error))
        return -1;
    alj_autofd fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        alj_fail_errno(error, errno, "cannot open directory '%s'", path);
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        alj_fail(error, ALJ_ERROR_BUSY, "'%s' is in use by another daemon: end it, or use another directory", path);
        return -1;
    }
    return alj_steal_fd(&fd);
}
