/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Block devices by name and descriptor: opened, claimed, measured, waited for. Owns nothing but the descriptors it returns. Runs on a
 * pool's workers.
 */
#include "host/blocks.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/block_users.h"
#include "host/files.h"
#include "host/sysfs.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define POLL_USEC      (10 * G_TIME_SPAN_MILLISECOND)
#define SECTOR_BYTES   512
#define SYS_BLOCK      "/sys/block"

/* ---- opening ---- */

static bool
fail_busy(const char *path, const char *user, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BUSY, "'%s' is in use: %s", path, user);
}

static bool
check_opened(const char *path, int fd, int flags, struct stat *st, GError **error)
{
    if (fstat(fd, st) < 0)
        return alj_fail_errno(error, errno, "cannot open '%s'", path);
    if (!S_ISBLK(st->st_mode) && !S_ISREG(st->st_mode))
        return alj_fail_errno(error, ENOTBLK, "cannot open '%s'", path);
    if (!S_ISREG(st->st_mode) || !(flags & O_EXCL))
        return true;
    if (alj_file_has_writer(fd))
        return fail_busy(path, "a running guest writes to it", error);
    g_autofree char *loop = alj_block_find_loop(st);
    return !loop || fail_busy(path, loop, error);
}

int
alj_block_open(AljHost *host, const char *path, int flags, struct stat *ret_stat, GError **error)
{
    struct stat st = { 0 };
    int failed = alj_host_gate(host, "open device");
    if (!failed && stat(path, &st) < 0)
        failed = errno;
    else if (!failed && !S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) /* opening some devices has effects of its own */
        failed = ENOTBLK;
    alj_autofd fd = failed ? -1 : open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && !failed && errno == EBUSY) {
        g_autofree char *user = alj_block_find_user(host, &st);
        fail_busy(path, user, error);
        return -1;
    }
    if (fd < 0) {
        alj_fail_errno(error, failed ? failed : errno, "cannot open '%s'", path);
        return -1;
    }
    if (!check_opened(path, fd, flags, &st, error))
        return -1;
    if (ret_stat)
        *ret_stat = st;
    return alj_steal_fd(&fd);
}

bool
alj_block_check_free(AljHost *host, const char *path, GError **error)
{
    alj_autofd fd = alj_block_open(host, path, O_RDONLY | O_EXCL, NULL, error);
    return fd >= 0;
}

/* ---- sizes and bytes ---- */

bool
alj_block_geometry(AljHost *host, int fd, const char *name, uint64_t *ret_bytes, unsigned *ret_sector_bytes, GError **error)
{
    struct stat st;
    int sector_bytes = SECTOR_BYTES;
    uint64_t bytes = 0;
    int failed = alj_host_gate(host, "geometry");
    if (!failed && fstat(fd, &st) < 0)
        failed = errno;
    if (!failed && S_ISBLK(st.st_mode) && (ioctl(fd, BLKGETSIZE64, &bytes) < 0 || ioctl(fd, BLKSSZGET, &sector_bytes) < 0))
        failed = errno;
    if (failed)
        return alj_fail_errno(error, failed, "cannot read the size of '%s'", name);
    *ret_bytes = S_ISBLK(st.st_mode) ? bytes : (uint64_t) st.st_size;
    *ret_sector_bytes = (unsigned) sector_bytes;
    return true;
}

/* ---- nodes ---- */

static bool
is_block_node(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

bool
alj_block_wait(AljHost *host, const char *path, bool is_there, gint64 usec, const AljTask *task, GError **error)
{
    gint64 until_usec = g_get_monotonic_time() + usec;
    int failed = alj_host_gate(host, "wait for device");
    if (failed)
        return alj_fail_errno(error, failed, "cannot wait for '%s'", path);
    while (is_block_node(path) != is_there) {
        if (!alj_task_check(task, path, error))
            return false;
        if (g_get_monotonic_time() >= until_usec)
            return alj_fail(error, ALJ_ERROR_TIMEOUT, "device '%s' %s", path,
                            is_there ? "did not appear" : "did not go away");
        g_usleep(POLL_USEC);
    }
    return true;
}

bool
alj_block_is_whole_disk(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISBLK(st.st_mode))
        return false;
    g_autofree char *hardware = alj_block_sys_path(st.st_rdev, "device");
    g_autofree char *partition = alj_block_sys_path(st.st_rdev, "partition");
    return access(hardware, F_OK) == 0 && access(partition, F_OK) != 0;
}

uint64_t
alj_block_discard_bytes(AljHost *host, dev_t device)
{
    g_autofree char *queue = alj_block_sys_path(device, "queue");
    g_autofree char *text = alj_sys_attr(host, queue, "discard_granularity");
    guint64 bytes;
    return text && g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, &bytes, NULL) ? bytes : 0;
}
