/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wiping what is thin: a device whose blocks come when they are written and go when they are discarded. Zeros are written only over
 * what is not zero, so no block comes for them, and what was wiped goes window by window, so the room that others share is not
 * needed for all of it at once. Owns nothing; runs on the thread of the job.
 */
#include "host/bytes.h"
#include "host/data.h"

#include "base/error.h"
#include "host/blocks.h"
#include "host/dm.h"
#include "host/files.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define BLOCK_BYTES     (64u << 10) /* the smallest of dm-thin; what is larger is a multiple of it */
#define BLOCK_MAX_BYTES (1u << 30)
#define PIECE_BYTES     (1u << 20)
#define WINDOW_BYTES    (UINT64_C(64) << 20)

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

/* ---- where there is something to wipe ---- */

static bool
wipe_window(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    return zero_window(host, fd, offset, end, task, error) && alj_file_sync(host, fd, name, error)
        && discard(host, fd, name, offset, end - offset, error);
}

/* Windows are made of whole blocks of the thin pool: parts of blocks cannot be discarded. */
static uint64_t
window_of(AljHost *host, dev_t device)
{
    uint64_t block = alj_block_discard_bytes(host, device);
    return block == 0 || block > BLOCK_MAX_BYTES ? WINDOW_BYTES : (WINDOW_BYTES + block - 1) / block * block;
}

/* Where the last byte before @end may be that is not a hole. Without an answer: anywhere. */
static uint64_t
end_of_data(AljHost *host, dev_t device, uint64_t end)
{
    AljDmThin thin;
    return alj_dm_thin(host, device, &thin, NULL) ? MIN(end, thin.mapped_end_bytes) : end;
}

/*
 * From the end to the beginning: the kernel tells the highest block that is mapped, and once that is discarded the next one, so
 * what lies between is never read, however large it is.
 */
bool
alj_data_wipe_thin(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error)
{
    struct stat st;
    int failed = alj_host_gate(host, "fstat");
    if (failed || fstat(fd, &st) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "cannot wipe '%s'", name);
    uint64_t window = window_of(host, st.st_rdev), at = bytes;
    alj_task_expect(task, bytes);
    while (at > 0) {
        uint64_t end = end_of_data(host, st.st_rdev, at), start = end > 0 ? (end - 1) / window * window : 0;
        alj_task_add(task, at - end);
        if (end > 0 && !wipe_window(host, fd, name, start, end, task, error))
            return false;
        at = start;
    }
    return true;
}
