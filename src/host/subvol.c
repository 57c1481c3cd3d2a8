/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What btrfs has no plain system call for. Making and destroying a sub-volume are transactions of the file system: after a crash it is
 * there as a whole or not at all. Owns nothing. Runs on a pool's workers.
 */
#include "host/subvol.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/files.h"

#include <dirent.h>
#include <errno.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

bool
alj_subvol_is_possible(int dir_fd)
{
    struct statfs fs;
    return fstatfs(dir_fd, &fs) == 0 && fs.f_type == BTRFS_SUPER_MAGIC;
}

static bool
is_root(int fd)
{
    struct stat st;
    return alj_subvol_is_possible(fd) && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_ino == BTRFS_FIRST_FREE_OBJECTID;
}

/* @name is one entry, so that O_NOFOLLOW is all there is to follow. */
static int
open_dir(int dir_fd, const char *name, int flags)
{
    return openat(dir_fd, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

bool
alj_subvol_open(AljHost *host, int dir_fd, const char *name, int *ret_fd, GError **error)
{
    struct stat st;
    int failed = strchr(name, '/') ? EXDEV : alj_host_gate(host, "open sub-volume");
    alj_autofd fd = failed ? -1 : open_dir(dir_fd, name, O_PATH);
    if (!failed && fd < 0)
        failed = errno;
    *ret_fd = -1;
    if (failed == ENOENT || failed == ENOTDIR || failed == ELOOP)
        return true;
    if (failed)
        return alj_fail_errno(error, failed, "cannot open sub-volume '%s'", name);
    if (is_root(fd) && fstatat(fd, ALJ_SUBVOL_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        *ret_fd = alj_steal_fd(&fd);
    return true;
}

/* Returns: 0 or an errno. */
static int
inherit_cow(int parent_fd, int dir_fd, const char *name)
{
    int flags = 0, new_flags = 0;
    alj_autofd fd = open_dir(dir_fd, name, O_RDONLY);
    if (fd < 0 || ioctl(parent_fd, FS_IOC_GETFLAGS, &flags) < 0 || ioctl(fd, FS_IOC_GETFLAGS, &new_flags) < 0)
        return errno;
    new_flags |= flags & FS_NOCOW_FL;
    return ioctl(fd, FS_IOC_SETFLAGS, &new_flags) < 0 ? errno : 0;
}

bool
alj_subvol_make(AljHost *host, int dir_fd, const char *name, GError **error)
{
    struct btrfs_ioctl_vol_args_v2 args = { 0 };
    int failed = g_strlcpy(args.name, name, sizeof args.name) >= sizeof args.name ? ENAMETOOLONG : alj_host_gate(host, "make sub-volume");
    alj_autofd fd = failed ? -1 : openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* ioctls do not take O_PATH */
    if (!failed && (fd < 0 || ioctl(fd, BTRFS_IOC_SUBVOL_CREATE_V2, &args) < 0))
        failed = errno == ENOTTY ? EOPNOTSUPP : errno;
    if (!failed && (failed = inherit_cow(fd, dir_fd, name)) != 0)
        alj_subvol_discard(dir_fd, name);
    return !failed || alj_fail_errno(error, failed, "cannot create sub-volume '%s'", name);
}

static bool
is_only_file(const char *name, uint64_t inode, unsigned char type, void *data)
{
    bool *is_single = data;
    *is_single = strcmp(name, ALJ_SUBVOL_FILE) == 0;
    return *is_single;
}

bool
alj_subvol_is_single(AljHost *host, int subvol_fd, bool *ret, GError **error)
{
    *ret = true;
    return alj_dir_each(host, subvol_fd, is_only_file, ret, error);
}

/* Returns: 0 or an errno. */
static int
set_read_only(int fd, bool is_on)
{
    uint64_t flags;
    if (ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) < 0)
        return errno;
    flags = is_on ? flags | BTRFS_SUBVOL_RDONLY : flags & ~(uint64_t) BTRFS_SUBVOL_RDONLY;
    return ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) < 0 ? errno : 0;
}

static void
close_dir(DIR **dir)
{
    if (*dir)
        (void) closedir(*dir); /* only read from */
}

/* Returns: 0 if the sub-volume holds ALJ_SUBVOL_FILE or nothing, ENOTEMPTY if it holds anything else, or another errno. */
static int
look_for_others(int subvol_fd)
{
    alj_autofd fd = openat(subvol_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    __attribute__((cleanup(close_dir))) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return errno;
    (void) alj_steal_fd(&fd); /* the stream's now */
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            return errno;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, ALJ_SUBVOL_FILE) != 0)
            return ENOTEMPTY;
    }
}

/*
 * Looks while nobody can put anything in: not by a name, and not through a descriptor. Who was about to when it became read-only has
 * done so before it is listed, because both hold the directory's lock. Returns: 0 or an errno.
 */
static int
destroy_sealed(int parent_fd, int fd, const char *name)
{
    struct btrfs_ioctl_vol_args args = { 0 };
    g_strlcpy(args.name, name, sizeof args.name);
    int failed = set_read_only(fd, true);
    if (!failed)
        failed = look_for_others(fd);
    if (!failed && ioctl(parent_fd, BTRFS_IOC_SNAP_DESTROY, &args) == 0)
        return 0;
    failed = failed ? failed : errno;
    (void) set_read_only(fd, false); /* who has put something in may go on with it */
    return failed;
}

/* Without root's rights: what is empty may be removed like a directory, and nothing else is. Returns: 0 or an errno. */
static int
remove_empty(int dir_fd, int fd, const char *name)
{
    int failed = look_for_others(fd);
    if (!failed && unlinkat(fd, ALJ_SUBVOL_FILE, 0) < 0 && errno != ENOENT)
        failed = errno;
    if (!failed && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0)
        failed = errno;
    return failed;
}

/* Returns: 0 or an errno. */
static int
destroy(int dir_fd, const char *name)
{
    alj_autofd fd = open_dir(dir_fd, name, O_RDONLY);
    alj_autofd parent_fd = fd < 0 ? -1 : openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent_fd < 0)
        return errno;
    if (!is_root(fd))
        return ENOTDIR;
    int failed = destroy_sealed(parent_fd, fd, name);
    bool is_forbidden = failed == EPERM || failed == EACCES || failed == EROFS; /* the last is what we have made of it */
    return is_forbidden ? remove_empty(dir_fd, fd, name) : failed;
}

bool
alj_subvol_destroy(AljHost *host, int dir_fd, const char *name, GError **error)
{
    int failed = alj_host_gate(host, "destroy sub-volume");
    if (!failed)
        failed = destroy(dir_fd, name);
    return !failed || alj_fail_errno(error, failed, "cannot destroy sub-volume '%s'", name);
}

void
alj_subvol_discard(int dir_fd, const char *name)
{
    (void) destroy(dir_fd, name); /* a later sweep tries again */
}
