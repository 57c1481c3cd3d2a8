/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts. The kernel's table is read through libmount and never remembered; mounting and unmounting is left to the programs.
 * Which mount is the visible one at a path is asked of the kernel, by its number: paths in the table may be
 * covered by other mounts. Owns nothing. Runs on a pool's workers.
 */
#include "host/mounts.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/blocks.h"
#include "host/run.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE      "/proc/self/mountinfo"
#define MAX_STACK  64 /* mounts over one another at one directory */
#define TAKE_BACK_USEC (10 * G_USEC_PER_SEC) /* for an unmount that nobody asked for */

static void
free_table(struct libmnt_table **table)
{
    mnt_unref_table(*table);
}

#define autotable __attribute__((cleanup(free_table))) struct libmnt_table

static struct libmnt_table *
read_table(AljHost *host, GError **error)
{
    int failed = alj_host_gate(host, "read mounts");
    autotable *table = failed ? NULL : mnt_new_table();
    if (!failed)
        failed = table ? -mnt_table_parse_file(table, TABLE) : ENOMEM;
    if (failed) {
        alj_fail_errno(error, failed > 0 ? failed : EIO, "cannot read the table of mounts");
        return NULL;
    }
    return g_steal_pointer(&table);
}

/* ---- whose mount it is ---- */

/*
 * The device a mount stands on. Some file systems (btrfs) show another number in the table than that of their device. Only
 * nodes are looked at: other sources may be paths on servers that do not answer.
 */
static dev_t
device_of(struct libmnt_fs *mount)
{
    struct stat st;
    const char *source = mnt_fs_get_source(mount);
    bool is_node = source && g_str_has_prefix(source, "/dev/") && stat(source, &st) == 0 && S_ISBLK(st.st_mode);
    return is_node ? st.st_rdev : mnt_fs_get_devno(mount);
}

static bool
is_from(struct libmnt_fs *mount, const char *source)
{
    struct stat st;
    if (*source == '/' && stat(source, &st) == 0) {
        if (S_ISBLK(st.st_mode))
            return st.st_rdev == mnt_fs_get_devno(mount) || st.st_rdev == device_of(mount)
                || alj_block_stands_on(device_of(mount), &st); /* option `loop` */
        if (S_ISREG(st.st_mode))
            return alj_block_stands_on(device_of(mount), &st);
    }
    return g_strcmp0(mnt_fs_get_source(mount), source) == 0;
}

/* ---- looking ---- */

static struct libmnt_fs *
find_by_id(struct libmnt_table *table, int id)
{
    struct libmnt_fs *mount = NULL;
    struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
    while (iter && mnt_table_next_fs(table, iter, &mount) == 0 && mnt_fs_get_id(mount) != id)
        mount = NULL;
    mnt_free_iter(iter);
    return mount && mnt_fs_get_id(mount) == id ? mount : NULL;
}

/*
 * The number of the mount whose root is at @target, or -1 if @target is no root of a mount. Opening a path and asking for what is
 * known of it waits for no server.
 */
static bool
read_mount_id(AljHost *host, const char *target, int *ret_id, GError **error)
{
    struct statx st = { 0 };
    int failed = alj_host_gate(host, "look at target");
    alj_autofd fd = failed ? -1 : open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *ret_id = -1;
    if (fd < 0 && !failed && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "cannot look at '%s'", target);
    if (!(st.stx_mask & STATX_MNT_ID) || !(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)) /* Linux before 5.8 */
        return alj_fail_errno(error, ENOSYS, "cannot look at '%s'", target);
    if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
        *ret_id = (int) st.stx_mnt_id;
    return true;
}

bool
alj_mount_look(AljHost *host, const char *source, const char *target, AljMounted *ret, GError **error)
{
    int id;
    if (!read_mount_id(host, target, &id, error))
        return false;
    *ret = ALJ_MOUNTED_NOT;
    if (id < 0)
        return true;
    autotable *table = read_table(host, error);
    if (!table)
        return false;
    struct libmnt_fs *top = find_by_id(table, id), *mount = top;
    for (int i = 0; mount && i < MAX_STACK && g_strcmp0(mnt_fs_get_target(mount), mnt_fs_get_target(top)) == 0; i++) {
        if (is_from(mount, source)) {
            *ret = mount == top ? ALJ_MOUNTED_HERE : ALJ_MOUNTED_HIDDEN;
            return true;
        }
        mount = find_by_id(table, mnt_fs_get_parent_id(mount));
    }
    return true;
}

char *
alj_mount_where(AljHost *host, dev_t device)
{
    autotable *table = read_table(host, NULL);
    struct libmnt_fs *mount = NULL;
    char *target = NULL;
    struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
    while (table && iter && !target && mnt_table_next_fs(table, iter, &mount) == 0)
        if (mnt_fs_get_devno(mount) == device || device_of(mount) == device)
            target = g_strdup(mnt_fs_get_target(mount));
    mnt_free_iter(iter);
    return target;
}

/* Whether @path is @target or below it. */
static bool
is_at_or_below(const char *path, const char *target)
{
    size_t length = strlen(target);
    return *target == '/' && length > 1 && strncmp(path, target, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

char *
alj_mount_find_missing(AljHost *host, const char *path)
{
    g_autofree char *real = realpath(path, NULL);
    autotable *table = mnt_new_table();
    struct libmnt_fs *entry = NULL;
    char *missing = NULL;
    struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
    if (table && iter && alj_host_gate(host, "read fstab") == 0 && mnt_table_parse_fstab(table, NULL) == 0)
        while (!missing && mnt_table_next_fs(table, iter, &entry) == 0) {
            const char *target = mnt_fs_get_target(entry);
            int id = -1;
            if (target && is_at_or_below(real ? real : path, target) && read_mount_id(host, target, &id, NULL) && id < 0)
                missing = g_strdup(target);
        }
    mnt_free_iter(iter);
    return missing;
}

/* ---- changing ---- */

static bool
run(AljHost *host, const AljRun *run, AljTask *task, GError **error)
{
    g_autofree char *output = alj_run(host, run, task, error);
    return output != NULL;
}

/* What is known of @path; waits for no server. */
static bool
identify(const char *path, struct statx *ret)
{
    return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, ret) == 0;
}

/* The root stays as it is: what is mounted over it nobody sees, and taking it away makes it read-only. */
static bool
check_target(const char *target, GError **error)
{
    struct statx root, st;
    bool is_root = identify("/", &root) && identify(target, &st) && st.stx_dev_major == root.stx_dev_major
        && st.stx_dev_minor == root.stx_dev_minor && st.stx_ino == root.stx_ino;
    return !is_root || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' is the root directory: nothing is mounted or "
                                "unmounted there", target);
}

static bool
detach(AljHost *host, const char *target, gint64 timeout_usec, AljTask *task, GError **error)
{
    const char *argv[] = { "/bin/umount", target, NULL };
    const AljRun umount = { .argv = argv, .timeout_usec = timeout_usec };
    return check_target(target, error) && run(host, &umount, task, error);
}

bool
alj_mount_detach(AljHost *host, const char *target, AljTask *task, GError **error)
{
    return detach(host, target, 0, task, error);
}

/* A program that was ended in the middle may have mounted already. One that failed by itself has not. */
static void
take_back(AljHost *host, const AljMountRequest *request)
{
    AljMounted mounted = ALJ_MOUNTED_NOT;
    g_autoptr(GError) error = NULL;
    if (alj_mount_look(host, request->source, request->target, &mounted, &error) && mounted == ALJ_MOUNTED_HERE)
        detach(host, request->target, TAKE_BACK_USEC, NULL, &error);
    if (error)
        g_debug("a mount that failed is not taken back: %s", error->message);
}

bool
alj_mount_attach(AljHost *host, const AljMountRequest *request, AljTask *task, GError **error)
{
    const char *argv[8] = { "/bin/mount", "-o", request->options };
    size_t n = 3;
    if (request->fs_type) {
        argv[n++] = "-t";
        argv[n++] = request->fs_type;
    }
    argv[n++] = request->source;
    argv[n++] = request->target;
    /* File systems without modes, vfat for one, show those that mount's umask leaves. */
    const AljRun mount = { .argv = argv, .pass_fds = request->pass_fds, .names = request->names,
                           .makes_public_files = true };
    GError *failure = NULL;
    if (!check_target(request->target, error))
        return false;
    if (run(host, &mount, task, &failure))
        return true;
    if (alj_error_is(failure, ALJ_ERROR_TIMEOUT) || alj_error_is(failure, ALJ_ERROR_ABORTED))
        take_back(host, request);
    g_propagate_error(error, failure);
    return false;
}
