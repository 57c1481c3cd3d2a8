/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories that are pools: opened, listed, measured, made and removed. Owns nothing. Runs on a pool's workers, because
 * any call here can wait for storage. What is inside a directory is for files.c.
 */
#include "host/files.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/actor.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define POOL_MODE 0711   /* libvirt's */
#define PARENT_MODE 0755

int
alj_dir_open(AljHost *host, const char *path, GError **error)
{
    int failed = alj_host_gate(host, "open directory");
    int fd = failed ? -1 : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        alj_fail_errno(error, failed ? failed : errno, "cannot open directory '%s'", path);
    return fd;
}

/* An O_PATH descriptor cannot be read or synced; this is the same directory again, for whoever @actor is then. */
static int
reopen_dir(AljHost *host, AljActor *actor, const char *what, GError **error)
{
    int failed = alj_host_gate(host, what), fd = -1;
    if (!failed)
        do
            fd = openat(actor->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        while (fd < 0 && alj_actor_next(actor, errno));
    if (fd < 0)
        alj_fail_errno(error, failed ? failed : errno, "cannot %s", what);
    return fd;
}

static void
close_dir(DIR **dir)
{
    if (*dir)
        (void) closedir(*dir); /* only read from */
}

bool
alj_dir_each(AljHost *host, int dir_fd,
             bool (*each)(const char *name, uint64_t inode, unsigned char type, void *data), void *data,
             GError **error)
{
    g_auto(AljActor) actor = alj_actor_begin(dir_fd); /* gluster asks for each part of the list anew */
    alj_autofd fd = reopen_dir(host, &actor, "read directory", error);
    if (fd < 0)
        return false;
    __attribute__((cleanup(close_dir))) DIR *dir = fdopendir(fd);
    if (!dir)
        return alj_fail_errno(error, errno, "cannot read directory");
    fd = -1; /* the stream's now */
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            return errno == 0 || alj_fail_errno(error, errno, "cannot read directory");
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!each(entry->d_name, entry->d_ino, entry->d_type, data))
            return true;
    }
}

bool
alj_dir_sync(AljHost *host, int dir_fd, GError **error)
{
    g_auto(AljActor) actor = alj_actor_begin(dir_fd);
    alj_autofd fd = reopen_dir(host, &actor, "sync directory", error);
    if (fd < 0)
        return false;
    /* EINVAL: a file system without anything to sync, as some FUSE ones. */
    if (fsync(fd) < 0 && errno != EINVAL)
        return alj_fail_errno(error, errno, "cannot sync directory");
    return true;
}

bool
alj_dir_space(AljHost *host, int dir_fd, uint64_t *ret_capacity, uint64_t *ret_available, GError **error)
{
    struct statvfs space;
    int failed = alj_host_gate(host, "statvfs");
    if (failed || fstatvfs(dir_fd, &space) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "cannot read the space of the file system");
    *ret_capacity = (uint64_t) space.f_blocks * space.f_frsize;
    *ret_available = (uint64_t) space.f_bfree * space.f_frsize;
    return true;
}

static void
undo_mkdir(void *path)
{
    (void) rmdir(path); /* not empty: someone else has put something in; it is theirs now */
}

/* Makes a name in a directory durable. Without it a pool could vanish in a power cut with what was put in later. */
static bool
sync_parent(AljHost *host, const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    alj_autofd fd = alj_dir_open(host, parent, error);
    return fd >= 0 && alj_dir_sync(host, fd, error);
}

static bool
make_dir(AljHost *host, const char *path, mode_t mode, AljUndo *undo, bool *ret_is_new)
{
    int failed = alj_host_gate(host, "mkdir");
    *ret_is_new = !failed && mkdir(path, mode) == 0;
    if (*ret_is_new)
        alj_undo_push(undo, undo_mkdir, g_strdup(path), g_free);
    else if (failed)
        errno = failed;
    return *ret_is_new || errno == EEXIST;
}

/* The message names the whole of @parent, not the part of it that is in the way: clients know it so. */
static bool
fail_parent(const char *parent, int os_errno, GError **error)
{
    return alj_fail_errno(error, os_errno, "cannot create path '%s'", parent);
}

static bool
make_parents(AljHost *host, const char *path, const char *parent, AljUndo *undo, GError **error)
{
    g_autofree char *part = g_strdup(path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        bool is_new;
        *slash = '\0';
        if (!make_dir(host, part, PARENT_MODE, undo, &is_new))
            return fail_parent(parent, errno, error);
        if (is_new && !sync_parent(host, part, error))
            return false;
        *slash = '/';
    }
    return true;
}

/* Not asked for: a new directory for images is best without copy on write, where the file system has it at all. */
static bool
apply_cow(AljHost *host, int fd, const char *path, const AljDirRequest *request, bool is_new, GError **error)
{
    if (request->cow >= 0)
        return alj_file_set_cow(host, fd, path, request->cow == 1, error);
    g_autoptr(GError) refused = NULL;
    if (!is_new || alj_file_set_cow(host, fd, path, false, &refused) || alj_error_errno(refused) == ENOSYS)
        return true;
    g_propagate_error(error, g_steal_pointer(&refused));
    return false;
}

static bool
apply_request(AljHost *host, int fd, const char *path, const AljDirRequest *request, bool is_new, GError **error)
{
    if (request->owner != (uid_t) -1 || request->group != (gid_t) -1) {
        int failed = alj_host_gate(host, "chown");
        if (failed || fchown(fd, request->owner, request->group) < 0)
            return alj_fail_errno(error, failed ? failed : errno, "cannot chown '%s' to (%u, %u)", path,
                                  request->owner, request->group);
    }
    if (request->has_mode || is_new) {
        mode_t mode = request->has_mode ? request->mode : POOL_MODE;
        int failed = alj_host_gate(host, "chmod");
        if (failed || fchmod(fd, mode) < 0)
            return alj_fail_errno(error, failed ? failed : errno, "cannot set mode of '%s' to %04o", path, mode);
    }
    return apply_cow(host, fd, path, request, is_new, error);
}

bool
alj_dir_build(AljHost *host, const char *path, const AljDirRequest *request, AljUndo *undo, GError **error)
{
    bool is_new;
    if (*path != '/')
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "path '%s' is not absolute", path);
    g_autofree char *parent = g_path_get_dirname(path);
    if (!make_parents(host, path, parent, undo, error))
        return false;
    if (!make_dir(host, path, POOL_MODE, undo, &is_new))
        return errno == ENOTDIR ? fail_parent(parent, errno, error)
                                : alj_fail_errno(error, errno, "failed to create directory '%s'", path);
    alj_autofd fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) /* it was there, but is no directory (D-18) */
        return alj_fail_errno(error, errno == ENOTDIR || errno == ENOENT ? EEXIST : errno,
                              "failed to create directory '%s'", path);
    if (!apply_request(host, fd, path, request, is_new, error))
        return false;
    return !is_new || sync_parent(host, path, error);
}

bool
alj_dir_remove(AljHost *host, const char *path, GError **error)
{
    int failed = alj_host_gate(host, "rmdir");
    if (failed || rmdir(path) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "failed to remove pool '%s'", path);
    return sync_parent(host, path, error);
}
