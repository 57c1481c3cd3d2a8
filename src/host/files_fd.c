/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts and changes of a file that is already open: size, holes, durability, flags. Bytes are for data.c. Owns nothing.
 * Runs on a pool's workers.
 */
#include "host/files.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/actor.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

/* QEMU marks an open image by OFD locks on single bytes in this range (its block/file-posix.c). */
#define QEMU_LOCK_START 100
#define QEMU_LOCK_BYTES 200
#define QEMU_WRITE_BYTE 101 /* first permission byte 100 + BLK_PERM_WRITE's bit 1 */
#define QEMU_NO_WRITE_BYTE 201 /* the same of what is not shared with others */

int
alj_path_open(AljHost *host, const char *path, int fd_flags, struct stat *ret_stat, GError **error)
{
    struct stat seen, opened;
    int failed = alj_host_gate(host, "open path");
    if (!failed && stat(path, &seen) < 0)
        failed = errno;
    if (!failed && !S_ISREG(seen.st_mode) && !S_ISBLK(seen.st_mode))
        failed = S_ISDIR(seen.st_mode) ? EISDIR : ENXIO; /* opening a FIFO or a tape would already have an effect */
    alj_autofd fd = failed ? -1 : open(path, fd_flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (!failed && (fd < 0 || fstat(fd, &opened) < 0))
        failed = errno;
    if (!failed && (seen.st_dev != opened.st_dev || seen.st_ino != opened.st_ino))
        failed = ESTALE;
    if (failed) {
        alj_fail_errno(error, failed, "cannot open '%s'", path);
        return -1;
    }
    if (ret_stat)
        *ret_stat = opened;
    return alj_steal_fd(&fd);
}

/* lstat() as somebody who may look into the directory. Returns: 0 or an errno. */
static int
look_at_path(const char *path, struct stat *ret)
{
    int failed = alj_stat_now(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, ret) < 0 ? errno : 0;
    if (failed != EACCES)
        return failed;
    g_autofree char *dir = g_path_get_dirname(path), *name = g_path_get_basename(path);
    alj_autofd dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    while (failed != 0 && dir_fd >= 0 && alj_actor_next(&actor, failed))
        failed = alj_stat_now(dir_fd, name, AT_SYMLINK_NOFOLLOW, ret) < 0 ? errno : 0;
    return failed;
}

bool
alj_path_stat(AljHost *host, const char *path, struct stat *ret, GError **error)
{
    int failed = alj_host_gate(host, "stat path");
    if (!failed)
        failed = look_at_path(path, ret);
    return !failed || alj_fail_errno(error, failed, "cannot stat file '%s'", path);
}

bool
alj_file_stat(AljHost *host, int fd, const char *name, struct stat *ret, GError **error)
{
    int failed = alj_host_gate(host, "stat file");
    if (failed || fstat(fd, ret) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "cannot stat file '%s'", name);
    return true;
}

int
alj_file_scratch(AljHost *host, const char *what, GError **error)
{
    int failed = alj_host_gate(host, what);
    int fd = failed ? -1 : memfd_create(what, MFD_CLOEXEC);
    if (fd < 0)
        alj_fail_errno(error, failed ? failed : errno, "cannot make a file in memory");
    return fd;
}

int
alj_file_secret(AljHost *host, GBytes *secret, GError **error)
{
    gsize size;
    const void *bytes = g_bytes_get_data(secret, &size);
    alj_autofd fd = alj_file_scratch(host, "secret", error);
    if (fd >= 0 && write(fd, bytes, size) != (ssize_t) size) {
        alj_fail_errno(error, errno, "cannot pass on a secret");
        return -1;
    }
    return alj_steal_fd(&fd);
}

bool
alj_file_size(AljHost *host, int fd, const char *name, uint64_t *ret_bytes, GError **error)
{
    int failed = alj_host_gate(host, "seek to the end");
    off_t end = failed ? -1 : lseek(fd, 0, SEEK_END); /* block devices have no st_size */
    if (end < 0)
        return alj_fail_errno(error, failed ? failed : errno, "cannot read the size of file '%s'", name);
    *ret_bytes = (uint64_t) end;
    return true;
}

bool
alj_file_truncate(AljHost *host, int fd, const char *name, uint64_t bytes, GError **error)
{
    int failed = alj_host_gate(host, "truncate");
    if (!failed && bytes > INT64_MAX)
        failed = EFBIG;
    if (failed || ftruncate(fd, (off_t) bytes) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "Failed to truncate file '%s'", name);
    return true;
}

bool
alj_file_cut_back(int fd, uint64_t bytes)
{
    return ftruncate(fd, (off_t) bytes) == 0;
}

bool
alj_file_sync(AljHost *host, int fd, const char *name, GError **error)
{
    int failed = alj_host_gate(host, "sync file");
    /* EINVAL: nothing to sync there. */
    if (failed || (fsync(fd) < 0 && errno != EINVAL))
        return alj_fail_errno(error, failed ? failed : errno, "cannot sync data to file '%s'", name);
    return true;
}

void
alj_file_sync_begin(int fd, uint64_t offset, uint64_t bytes)
{
    if (sync_file_range(fd, (off64_t) offset, (off64_t) bytes, SYNC_FILE_RANGE_WRITE) < 0)
        g_debug("writing is not begun ahead of the sync: %s", g_strerror(errno));
}

bool
alj_file_extent(AljHost *host, int fd, const char *name, uint64_t offset, bool *ret_is_data, uint64_t *ret_end,
                GError **error)
{
    int failed = alj_host_gate(host, "seek data");
    off_t from = (off_t) offset, data = -1;
    g_auto(AljActor) actor = alj_actor_begin(fd); /* NFS 4.2 asks for each question anew, gluster too */
    if (!failed)
        do
            data = lseek(fd, from, SEEK_DATA);
        while (data < 0 && alj_actor_next(&actor, errno));
    /* A device; a file system without the notion; or (some gluster servers) a place before the one that was asked about. */
    if (!failed && (data < 0 ? errno == EINVAL || errno == EOPNOTSUPP : data < from)) {
        *ret_is_data = true;
        *ret_end = INT64_MAX;
        return true;
    }
    if (data < 0 && (failed || errno != ENXIO))
        return alj_fail_errno(error, failed ? failed : errno, "cannot find data in file '%s'", name);
    *ret_is_data = data == from;
    if (data > from) {
        *ret_end = (uint64_t) data;
        return true;
    }
    off_t end = data < 0 ? lseek(fd, 0, SEEK_END) : lseek(fd, from, SEEK_HOLE);
    if (end < 0)
        return alj_fail_errno(error, errno, "cannot find data in file '%s'", name);
    *ret_end = (uint64_t) MAX(end, from);
    return true;
}

bool
alj_file_has_writer(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = QEMU_WRITE_BYTE, .l_len = 1 };
    /* Where locks cannot be asked for, QEMU does not take them either. */
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool
set_lock(int fd, short type, off_t start, off_t bytes)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes };
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool
alj_file_keep_writers_out(int fd)
{
    /* In this order, as QEMU has it: first said what is not wanted, then looked who does it. */
    (void) set_lock(fd, F_RDLCK, QEMU_NO_WRITE_BYTE, 1); /* no locks there: QEMU has none either */
    if (!alj_file_has_writer(fd))
        return true;
    alj_file_unlock_image(fd);
    return false;
}

bool
alj_file_lock_image(int fd, bool *ret_is_in_use)
{
    bool is_locked = set_lock(fd, F_WRLCK, QEMU_LOCK_START, QEMU_LOCK_BYTES);
    if (ret_is_in_use)
        *ret_is_in_use = !is_locked && (errno == EAGAIN || errno == EACCES);
    return is_locked;
}

void
alj_file_unlock_image(int fd)
{
    (void) set_lock(fd, F_UNLCK, QEMU_LOCK_START, QEMU_LOCK_BYTES); /* taking back a lock cannot fail in a way that matters */
}

bool
alj_file_set_cow(AljHost *host, int fd, const char *path, bool is_on, GError **error)
{
    struct statfs fs;
    int flags = 0;
    int failed = alj_host_gate(host, "set copy on write");
    if (!failed && fstatfs(fd, &fs) < 0)
        failed = errno;
    if (!failed && fs.f_type != BTRFS_SUPER_MAGIC)
        return alj_fail_errno(error, ENOSYS, "unable to control COW flag on '%s', not btrfs", path);
    if (!failed && ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        failed = errno;
    flags = is_on ? flags & ~FS_NOCOW_FL : flags | FS_NOCOW_FL;
    if (failed || ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "unable to set COW flag on '%s'", path);
    return true;
}

void
alj_file_take_cow(int from_fd, int to_fd)
{
    struct statfs from_fs, to_fs;
    int from_flags = 0, flags = 0;
    if (fstatfs(from_fd, &from_fs) < 0 || fstatfs(to_fd, &to_fs) < 0 || from_fs.f_type != BTRFS_SUPER_MAGIC
        || to_fs.f_type != BTRFS_SUPER_MAGIC || ioctl(from_fd, FS_IOC_GETFLAGS, &from_flags) < 0
        || ioctl(to_fd, FS_IOC_GETFLAGS, &flags) < 0)
        return;
    int wanted = (flags & ~FS_NOCOW_FL) | (from_flags & FS_NOCOW_FL);
    if (wanted != flags && ioctl(to_fd, FS_IOC_SETFLAGS, &wanted) < 0)
        g_debug("the copy will not share: %s", g_strerror(errno));
}
