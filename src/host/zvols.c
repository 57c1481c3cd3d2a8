/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes of OpenZFS volumes: found, and told from each other, by the name the driver gives; blocks given back by discarding,
 * after which the driver reads zeros. Owns nothing; runs on the threads of jobs.
 */
#include "host/zvols.h"

#include "base/guard.h"
#include "host/blocks.h"
#include "host/data.h"
#include "host/sysfs.h"
#include "host/udev.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#define NAME_BYTES      256                               /* ZFS_MAX_DATASET_NAME_LEN */
#define BLKZNAME        _IOR(0x12, 125, char[NAME_BYTES]) /* OpenZFS include/sys/fs/zfs.h */
#define KSTATS          "/proc/spl/kstat/zfs"             /* OpenZFS module/os/linux/spl/spl-kstat.c, spa_stats.c */
#define POLL_USEC       (20 * G_TIME_SPAN_MILLISECOND)
#define PIECE_BYTES     (UINT64_C(1) << 30)  /* between two looks at the task */
#define BLOCK_MAX_BYTES (UINT64_C(16) << 20) /* SPA_MAXBLOCKSIZE: no volume has larger blocks */

bool
alj_zpool_is_suspended(AljHost *host, const char *name)
{
    g_autofree char *dir = g_build_filename(KSTATS, name, NULL);
    g_autofree char *state = alj_sys_attr(host, dir, "state");
    return g_strcmp0(state, "SUSPENDED") == 0;
}

bool
alj_zvol_is(AljHost *host, int fd, const char *dataset)
{
    char name[NAME_BYTES + 1] = "";
    return alj_host_gate(host, "name of zvol") == 0 && ioctl(fd, BLKZNAME, name) == 0 && strcmp(name, dataset) == 0;
}

/* What to open, and how. */
typedef struct Want {
    AljHost *host;
    const char *dataset;
    int flags;
} Want;

/*
 * Returns: descriptor, or -1 if @path is not the volume's node, or no node at all, or (@error) the right one cannot be opened.
 * A node is only claimed, or opened for writing, once it is known to be the one.
 */
static int
open_if_volume(const Want *want, const char *path, GError **error)
{
    alj_autofd look = alj_block_open(want->host, path, O_RDONLY, NULL, NULL);
    if (look < 0 || !alj_zvol_is(want->host, look, want->dataset))
        return -1;
    alj_autofd fd = alj_block_open(want->host, path, want->flags, NULL, error);
    return fd >= 0 && alj_zvol_is(want->host, fd, want->dataset) ? alj_steal_fd(&fd) : -1;
}

/* Asks all nodes of the kernel. As open_if_volume(). */
static int
open_kernel_node(const Want *want, GError **error)
{
    g_autoptr(GDir) nodes = g_dir_open("/sys/block", 0, NULL);
    const char *name;
    GError *failure = NULL;
    int fd = -1;
    while (fd < 0 && !failure && nodes && (name = g_dir_read_name(nodes)) != NULL) {
        if (!g_str_has_prefix(name, "zd"))
            continue;
        g_autofree char *path = g_strconcat("/dev/", name, NULL);
        fd = open_if_volume(want, path, &failure);
    }
    if (failure)
        g_propagate_error(error, failure);
    return fd;
}

int
alj_zvol_open(AljHost *host, const char *dataset, const char *link, int flags, gint64 wait_usec, const AljTask *task,
              GError **error)
{
    const Want want = { host, dataset, flags };
    gint64 until_usec = g_get_monotonic_time() + wait_usec;
    for (;;) {
        GError *failure = NULL;
        bool is_late = g_get_monotonic_time() >= until_usec;
        int fd = open_if_volume(&want, link, &failure);
        if (fd < 0 && !failure && (is_late || !alj_udev_answers(host)))
            fd = open_kernel_node(&want, &failure);
        if (fd >= 0)
            return fd;
        if (!failure && is_late)
            alj_fail(&failure, ALJ_ERROR_TIMEOUT, "volume '%s' has no device node", dataset);
        if (failure || !alj_task_check(task, dataset, &failure)) {
            g_propagate_error(error, failure);
            return -1;
        }
        g_usleep(POLL_USEC);
    }
}

/* Returns: 0 or an errno. */
static int
discard(AljHost *host, int fd, uint64_t offset, uint64_t bytes)
{
    uint64_t range[] = { offset, bytes };
    int failed = alj_host_gate(host, "discard");
    while (failed == 0 && ioctl(fd, BLKDISCARD, range) < 0)
        if (errno != EINTR)
            failed = errno;
    return failed;
}

bool
alj_zvol_discard(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error)
{
    alj_task_expect(task, bytes);
    for (uint64_t at = 0, piece; at < bytes; at += piece) {
        piece = MIN(bytes - at, PIECE_BYTES);
        if (!alj_task_check(task, "wipe", error))
            return false;
        int failed = discard(host, fd, at, piece);
        if (failed)
            return alj_fail_errno(error, failed, "cannot discard '%s'", name);
        alj_task_add(task, piece);
    }
    return true;
}

/* Parts of blocks are left as they are by a discard, without an error (OpenZFS zvol_os.c): what is aligned to this is whole blocks. */
static uint64_t
block_bytes(AljHost *host, int fd)
{
    struct stat st;
    uint64_t bytes = fstat(fd, &st) < 0 ? 0 : alj_block_discard_bytes(host, st.st_rdev);
    return bytes > 0 ? bytes : BLOCK_MAX_BYTES;
}

bool
alj_zvol_zero(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, GError **error)
{
    uint64_t end = offset + bytes, block = block_bytes(host, fd);
    uint64_t first = (offset + block - 1) / block * block, last = end / block * block;
    if (first >= last)
        return alj_data_zero(host, fd, name, offset, bytes, error);
    int failed = discard(host, fd, first, last - first);
    if (failed)
        return alj_fail_errno(error, failed, "cannot clear '%s'", name);
    return (first == offset || alj_data_zero(host, fd, name, offset, first - offset, error))
        && (last == end || alj_data_zero(host, fd, name, last, end - last, error));
}
