/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wiping what is thin: a device whose blocks come when they are written and go when they are discarded. Zeros are written only over
 * what is not zero, so no block comes for them, and what was wiped goes window by window, so the room that others share is not
 * needed for all of it at once. Owns nothing; runs on the thread of the job.
 */
#include "host/bytes.h"
#include "host/data.h"

#include "base/error.h"
#include "host/files.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define BLOCK_BYTES  (64u << 10) /* the smallest of dm-thin; what is larger is a multiple of it */
#define PIECE_BYTES  (1u << 20)
#define WINDOW_BYTES (64u << 20)

static bool
zero_piece(AljHost *host, int fd, const uint8_t *piece, size_t bytes, uint64_t offset, GError **error)
{
    static const uint8_t zeros[BLOCK_BYTES];
    for (size_t at = 0; at < bytes; at += BLOCK_BYTES) {
        size_t length = MIN(bytes - at, BLOCK_BYTES);
        if (!is_zeros(piece + at, length) && !alj_data_pwrite(host, fd, zeros, length, offset + at, error))
            return false;
    }
    return true;
}

static bool
zero_window(AljHost *host, int fd, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    g_autofree uint8_t *piece = g_malloc(PIECE_BYTES);
    while (offset < end) {
        gssize got = alj_task_check(task, "wipe", error) ? alj_data_pread(host, fd, piece, MIN(end - offset, PIECE_BYTES), offset, error)
                                                         : -1;
        if (got <= 0)
            return got == 0; /* it has become smaller */
        if (!zero_piece(host, fd, piece, (size_t) got, offset, error))
            return false;
        offset += (uint64_t) got;
        alj_task_add(task, (uint64_t) got);
    }
    return true;
}

/* A device that cannot discard keeps its blocks, of zeros. */
static bool
discard(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, GError **error)
{
    uint64_t range[2] = { offset, bytes };
    int failed = alj_host_gate(host, "discard");
    if (failed == 0 && ioctl(fd, BLKDISCARD, range) < 0)
        failed = errno;
    return failed == 0 || failed == EOPNOTSUPP || failed == ENOTTY || alj_fail_errno(error, failed, "cannot discard '%s'", name);
}

bool
alj_data_discard(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    for (uint64_t at = offset; at < end; at += WINDOW_BYTES)
        if (!alj_task_check(task, "discard", error) || !discard(host, fd, name, at, MIN(end - at, WINDOW_BYTES), error))
            return false;
    return true;
}

bool
alj_data_wipe_thin(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error)
{
    alj_task_expect(task, bytes);
    for (uint64_t at = 0; at < bytes; at += WINDOW_BYTES) {
        uint64_t end = MIN(bytes, at + WINDOW_BYTES);
        if (!zero_window(host, fd, at, end, task, error) || !alj_file_sync(host, fd, name, error)
            || !discard(host, fd, name, at, end - at, error))
            return false;
    }
    return true;
}
