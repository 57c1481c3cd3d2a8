/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entries of a pool directory: which of them may be opened, how a new one comes into being, how one goes. Whoever can write
 * in the directory may change names and links at any moment, so nothing here trusts a name twice: what was opened is
 * compared with what was looked at. Owns nothing. Runs on a pool's workers.
 */
#include "host/files.h"

#include "base/error.h"
#include "base/guard.h"
#include "base/text.h"
#include "host/actor.h"
#include "host/subvol.h"

#include <errno.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TMP_RANDOM_DIGITS 8
#define IN_USE_BYTE       (INT64_C(1) << 62)

/* ---- looking and opening ---- */

static bool
is_trusted(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

/* Whether only root (or our own user, where we have no more rights than he) can change what @dir_fd holds. */
static bool
is_private_dir(int dir_fd)
{
    struct stat st;
    return fstat(dir_fd, &st) == 0 && is_trusted(st.st_uid) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int
alj_stat_now(int dir_fd, const char *name, int flags, struct stat *ret)
{
    struct statx now;
    int done = statx(dir_fd, name, flags | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &now);
    if (done < 0)
        return done;
    *ret = (struct stat){
        .st_dev = makedev(now.stx_dev_major, now.stx_dev_minor), .st_ino = now.stx_ino, .st_mode = now.stx_mode,
        .st_nlink = now.stx_nlink, .st_uid = now.stx_uid, .st_gid = now.stx_gid,
        .st_rdev = makedev(now.stx_rdev_major, now.stx_rdev_minor), .st_size = (off_t) now.stx_size,
        .st_blksize = (blksize_t) now.stx_blksize, .st_blocks = (blkcnt_t) now.stx_blocks,
        .st_atim = { now.stx_atime.tv_sec, now.stx_atime.tv_nsec }, .st_mtim = { now.stx_mtime.tv_sec, now.stx_mtime.tv_nsec },
        .st_ctim = { now.stx_ctime.tv_sec, now.stx_ctime.tv_nsec },
    };
    return 0;
}

/* alj_stat_now() as somebody who may. Returns: 0 or an errno. */
static int
stat_at(int dir_fd, const char *name, struct stat *ret, int flags)
{
    int done;
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    do
        done = alj_stat_now(dir_fd, name, flags, ret);
    while (done < 0 && alj_actor_next(&actor, errno));
    return done < 0 ? errno : 0;
}

/*
 * Finds out what @name is. *ret is what it leads to, *ret_is_special says that it is a link or device node that the
 * rule lets pass. Returns: 0 or an errno.
 */
static int
look_at(int dir_fd, const char *name, struct stat *ret, bool *ret_is_special)
{
    if (strchr(name, '/') || strcmp(name, "..") == 0)
        return EXDEV; /* not of this directory */
    int failed = stat_at(dir_fd, name, ret, AT_SYMLINK_NOFOLLOW);
    if (failed)
        return failed;
    *ret_is_special = !S_ISREG(ret->st_mode) && !S_ISDIR(ret->st_mode);
    if (!*ret_is_special)
        return 0;
    if (!S_ISLNK(ret->st_mode) && !S_ISBLK(ret->st_mode))
        return ENXIO;
    if (!is_trusted(ret->st_uid) || !is_private_dir(dir_fd))
        return S_ISLNK(ret->st_mode) ? ELOOP : ENXIO;
    if (S_ISLNK(ret->st_mode) && (failed = stat_at(dir_fd, name, ret, 0)))
        return failed;
    return S_ISREG(ret->st_mode) || S_ISBLK(ret->st_mode) || S_ISDIR(ret->st_mode) ? 0 : ENXIO;
}

static int
open_beneath(int dir_fd, const char *name, int flags)
{
    struct open_how how = {
        .flags = (uint64_t) (flags | O_NOFOLLOW),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    return (int) syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
}

/* Opens what look_at() saw, but no directory behind a link. Returns: a descriptor, or -1 with errno. */
static int
open_seen(int dir_fd, const char *name, int flags, const struct stat *seen, bool is_special, struct stat *ret)
{
    if (is_special && S_ISDIR(seen->st_mode)) {
        errno = ENXIO;
        return -1;
    }
    flags = (flags & ~O_CREAT) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    alj_autofd fd = -1;
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    alj_actor_add(&actor, seen->st_uid, seen->st_gid);
    do
        fd = alj_actor_try(is_special ? openat(dir_fd, name, flags) : open_beneath(dir_fd, name, flags));
    while (fd < 0 && alj_actor_next(&actor, errno));
    if (fd < 0 || fstat(fd, ret) < 0)
        return -1;
    if (ret->st_dev != seen->st_dev || ret->st_ino != seen->st_ino || (ret->st_mode & S_IFMT) != (seen->st_mode & S_IFMT)) {
        errno = ESTALE; /* exchanged between the look and the open */
        return -1;
    }
    return alj_steal_fd(&fd);
}

int
alj_entry_open(AljHost *host, int dir_fd, const char *name, int flags, struct stat *ret_stat, GError **error)
{
    struct stat seen, opened;
    bool is_special;
    int failed = alj_host_gate(host, "open entry");
    if (!failed)
        failed = look_at(dir_fd, name, &seen, &is_special);
    int fd = failed ? -1 : open_seen(dir_fd, name, flags, &seen, is_special, &opened);
    if (fd < 0)
        alj_fail_errno(error, failed ? failed : errno, "cannot open volume '%s'", name);
    else if (ret_stat)
        *ret_stat = opened;
    return fd;
}

int
alj_entry_open_seen(AljHost *host, int dir_fd, const char *name, const struct stat *seen, GError **error)
{
    struct stat opened;
    int failed = alj_host_gate(host, "open entry");
    int fd = failed ? -1 : open_seen(dir_fd, name, O_RDONLY, seen, false, &opened);
    /* A link or device: what was seen may be what it leads to. The rule is asked again. */
    bool is_special = S_ISBLK(seen->st_mode);
    if (fd < 0 && !failed && errno == ELOOP && look_at(dir_fd, name, &opened, &is_special) != 0)
        failed = ELOOP;
    if (fd < 0 && !failed && is_special)
        fd = open_seen(dir_fd, name, O_RDONLY, seen, true, &opened);
    if (fd < 0)
        alj_fail_errno(error, failed ? failed : errno, "cannot open volume '%s'", name);
    return fd;
}

bool
alj_entry_stat(AljHost *host, int dir_fd, const char *name, struct stat *ret, GError **error)
{
    bool is_special;
    int failed = alj_host_gate(host, "stat entry");
    if (!failed)
        failed = look_at(dir_fd, name, ret, &is_special);
    return !failed || alj_fail_errno(error, failed, "cannot open volume '%s'", name);
}

bool
alj_entry_exists(AljHost *host, int dir_fd, const char *name)
{
    struct stat st;
    /* Anything but a plain "no" counts as there: the commit finds out for certain. */
    return stat_at(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != ENOENT;
}

/* ---- making ---- */

char *
alj_entry_tmp_name(AljHost *host)
{
    return g_strdup_printf("%s%0*x", alj_host_tmp_prefix(host), TMP_RANDOM_DIGITS, g_random_int());
}

/*
 * A lock says "in use" to every process of this host as long as @fd is open; on a server, to those of all hosts. There it is on a byte
 * that no image has and no QEMU program locks, because a lock on the whole file would be in their way.
 */
static bool
lock_entry(int dir_fd, int fd)
{
    struct flock byte = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = IN_USE_BYTE, .l_len = 1 };
    return alj_dir_is_local(dir_fd) ? flock(fd, LOCK_EX | LOCK_NB) == 0 : fcntl(fd, F_OFD_SETLK, &byte) == 0;
}

/* Owner first: a change of owner may clear bits of the mode. */
static bool
set_owner_and_mode(AljHost *host, int fd, mode_t mode, uid_t owner, gid_t group)
{
    int failed = alj_host_gate(host, "set owner and mode");
    if (failed) {
        errno = failed;
        return false;
    }
    bool has_owner = owner != (uid_t) -1 || group != (gid_t) -1;
    return (!has_owner || fchown(fd, owner, group) == 0) && fchmod(fd, mode) == 0;
}

/* Locks the new entry behind @take_fd (-1: it could not be opened; errno) and gives it its owner. Returns: @take_fd, or -1 and no entry. */
static int
finish_entry(AljHost *host, int dir_fd, const char *tmp, int take_fd, mode_t mode, uid_t owner, gid_t group)
{
    alj_autofd fd = take_fd;
    if (fd >= 0)
        (void) lock_entry(dir_fd, fd); /* without it only this process's own list protects it */
    if (fd >= 0 && set_owner_and_mode(host, fd, mode, owner, group))
        return alj_steal_fd(&fd);
    int failed = errno;
    alj_entry_discard(dir_fd, tmp);
    errno = failed;
    return -1;
}

static int
open_new_dir(int dir_fd, const char *tmp)
{
    return open_beneath(dir_fd, tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Makes the file or directory @tmp. Returns: a descriptor, or -1 with errno and no entry. */
static int
make_entry(AljHost *host, int dir_fd, const char *tmp, bool is_dir, mode_t mode, uid_t owner, gid_t group)
{
    if (is_dir)
        return mkdirat(dir_fd, tmp, 0700) < 0
            ? -1 : finish_entry(host, dir_fd, tmp, open_new_dir(dir_fd, tmp), mode, owner, group);
    int fd = openat(dir_fd, tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    return fd < 0 ? -1 : finish_entry(host, dir_fd, tmp, fd, mode, owner, group);
}

/* As ourselves, as the owner it is to have, or as the directory's. */
static int
new_entry(AljHost *host, int dir_fd, const char *tmp, bool is_dir, mode_t mode, uid_t owner, gid_t group, GError **error)
{
    int failed = alj_host_gate(host, is_dir ? "create directory entry" : "create entry"), fd = -1;
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    alj_actor_add(&actor, owner, group);
    if (!failed)
        do
            fd = make_entry(host, dir_fd, tmp, is_dir, mode, owner, group);
        while (fd < 0 && alj_actor_next(&actor, errno));
    if (fd < 0)
        alj_fail_errno(error, failed ? failed : errno, "cannot create volume '%s'", tmp);
    return fd;
}

int
alj_entry_new(AljHost *host, int dir_fd, const char *tmp, mode_t mode, uid_t owner, gid_t group, GError **error)
{
    return new_entry(host, dir_fd, tmp, false, mode, owner, group, error);
}

int
alj_entry_new_dir(AljHost *host, int dir_fd, const char *tmp, mode_t mode, uid_t owner, gid_t group, GError **error)
{
    return new_entry(host, dir_fd, tmp, true, mode, owner, group, error);
}

int
alj_entry_new_subvol(AljHost *host, int dir_fd, const char *tmp, mode_t mode, GError **error)
{
    if (!alj_subvol_make(host, dir_fd, tmp, error))
        return -1;
    int fd = finish_entry(host, dir_fd, tmp, open_new_dir(dir_fd, tmp), mode, (uid_t) -1, (gid_t) -1);
    if (fd < 0)
        alj_fail_errno(error, errno, "cannot set owner and mode of volume '%s'", tmp);
    return fd;
}

/* Whether both names are one file. */
static bool
is_same(int dir_fd, const char *a, const char *b)
{
    struct stat x, y;
    return alj_stat_now(dir_fd, a, AT_SYMLINK_NOFOLLOW, &x) == 0 && alj_stat_now(dir_fd, b, AT_SYMLINK_NOFOLLOW, &y) == 0
        && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Returns: 0 or an errno. A server that has done it may say EEXIST all the same, if it was asked twice because its answer was lost. */
static int
link_new(int dir_fd, const char *tmp, const char *name)
{
    if (linkat(dir_fd, tmp, dir_fd, name, 0) < 0 && (errno != EEXIST || !is_same(dir_fd, tmp, name)))
        return errno;
    int failed = unlinkat(dir_fd, tmp, 0) == 0 || errno == ENOENT ? 0 : errno;
    if (failed)
        alj_entry_discard(dir_fd, name);
    return failed;
}

/* Puts the new entry in the place of an empty one that nobody else can have made at the same moment. Returns: 0 or an errno. */
static int
replace_own(int dir_fd, const char *tmp, const char *name, bool is_dir)
{
    alj_autofd fd = is_dir ? -1 : openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (is_dir ? mkdirat(dir_fd, name, 0700) < 0 : fd < 0)
        return errno;
    alj_autofd_clear(&fd); /* some servers replace no open file */
    if (renameat(dir_fd, tmp, dir_fd, name) == 0)
        return 0;
    int failed = errno;
    (void) unlinkat(dir_fd, name, is_dir ? AT_REMOVEDIR : 0);
    return failed;
}

/* Returns: 0 or an errno. EEXIST if @name is there in any form, be it that another host has made it at this moment. */
static int
rename_new(int dir_fd, const char *tmp, const char *name, bool is_dir)
{
    if (alj_dir_renames_at_once(dir_fd)) {
        if (renameat2(dir_fd, tmp, dir_fd, name, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOSYS)
            return errno;
    }
    int failed = is_dir ? EPERM : link_new(dir_fd, tmp, name);
    bool has_no_links = failed == EPERM || failed == EOPNOTSUPP || failed == ENOSYS || failed == EMLINK;
    return has_no_links ? replace_own(dir_fd, tmp, name, is_dir) : failed;
}

bool
alj_entry_commit(AljHost *host, int dir_fd, int fd, const char *tmp, const char *name, GError **error)
{
    if (!alj_file_sync(host, fd, name, error))
        return false;
    struct stat st;
    int failed = alj_host_gate(host, "rename entry");
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    bool is_known = fstat(fd, &st) == 0;
    if (is_known)
        alj_actor_add(&actor, st.st_uid, st.st_gid);
    if (!failed)
        do
            failed = rename_new(dir_fd, tmp, name, is_known && S_ISDIR(st.st_mode));
        while (failed && alj_actor_next(&actor, failed));
    if (failed == EEXIST)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '%s' already exists", name);
    if (failed)
        return alj_fail_errno(error, failed, "cannot give volume '%s' its name", name);
    if (!alj_dir_sync(host, dir_fd, error)) {
        alj_entry_discard(dir_fd, name); /* not durable: then it must not be seen either */
        return false;
    }
    return true;
}

/* ---- removing ---- */

static bool
is_link(int dir_fd, const char *name)
{
    struct stat st;
    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* unlinkat() as somebody who may: ourselves, the owner of the entry (a sticky directory's), the directory's. Returns: 0 or an errno. */
static int
unlink_at(int dir_fd, const char *name, int flags)
{
    struct stat st;
    int done;
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        alj_actor_add(&actor, st.st_uid, st.st_gid);
    do
        done = unlinkat(dir_fd, name, flags);
    while (done < 0 && alj_actor_next(&actor, errno));
    return done < 0 ? errno : 0;
}

bool
alj_entry_unlink(AljHost *host, int dir_fd, const char *name, bool is_dir, GError **error)
{
    int failed = alj_host_gate(host, "unlink entry");
    if (!failed)
        failed = unlink_at(dir_fd, name, is_dir ? AT_REMOVEDIR : 0);
    if (failed == ENOTDIR && is_link(dir_fd, name))
        failed = unlinkat(dir_fd, name, 0) < 0 ? errno : 0;
    if (failed && failed != ENOENT)
        return alj_fail_errno(error, failed, is_dir ? "cannot remove directory '%s'" : "cannot unlink file '%s'", name);
    return alj_dir_sync(host, dir_fd, error);
}

bool
alj_entry_hide(AljHost *host, int dir_fd, const char *name, const char *tmp, GError **error)
{
    int failed = alj_host_gate(host, "hide entry");
    if (!failed && renameat2(dir_fd, name, dir_fd, tmp, RENAME_NOREPLACE) < 0)
        failed = errno;
    if (failed)
        return alj_fail_errno(error, failed, "cannot remove volume '%s'", name);
    if (alj_dir_sync(host, dir_fd, error))
        return true;
    (void) alj_entry_unhide(dir_fd, tmp, name); /* else the next sweep finishes what was asked for */
    return false;
}

bool
alj_entry_unhide(int dir_fd, const char *tmp, const char *name)
{
    return renameat2(dir_fd, tmp, dir_fd, name, RENAME_NOREPLACE) == 0;
}

void
alj_entry_discard(int dir_fd, const char *name)
{
    if (unlink_at(dir_fd, name, 0) == EISDIR && unlink_at(dir_fd, name, AT_REMOVEDIR) == ENOTEMPTY) /* a later sweep tries again */
        alj_subvol_discard(dir_fd, name);
}

/* Whether the directory or file @name is no longer in use. Directories of a server cannot be locked; they are made in no time. */
static bool
is_left_over(int dir_fd, const char *name)
{
    struct stat st, opened;
    bool is_special;
    if (look_at(dir_fd, name, &st, &is_special) != 0 || is_special)
        return false;
    bool is_local = alj_dir_is_local(dir_fd);
    if (S_ISDIR(st.st_mode) && !is_local)
        return true;
    alj_autofd fd = open_seen(dir_fd, name, is_local ? O_RDONLY : O_RDWR, &st, false, &opened);
    return fd >= 0 && lock_entry(dir_fd, fd);
}

void
alj_entry_reap(AljHost *host, int dir_fd, const char *name)
{
    if (g_str_has_prefix(name, alj_host_tmp_prefix(host)) && is_left_over(dir_fd, name))
        alj_entry_discard(dir_fd, name);
}
