/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies a volume by the cheapest means the medium allows: shared blocks, else its data extents inside the
 * kernel, else reads and writes. The target is first made to read as zeros, so holes and zeros of the
 * source cost nothing; where that would mean to write them, every byte is copied instead. Owns nothing; runs on the thread of the job.
 */
#include "host/data.h"

#include "base/error.h"
#include "host/actor.h"
#include "host/bytes.h"
#include "host/files.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLEAR_BYTES        (UINT64_C(256) << 20) /* between two looks at the task: seconds, where the device writes each of them */
#define KERNEL_PIECE_BYTES (16u << 20)           /* the same for what the kernel copies */
#define PIECE_BYTES        (1u << 20)
#define BLOCK_BYTES        65536u /* shorter runs of zeros are written like data */

typedef struct Copy {
    AljHost *host;
    int from, to;
    AljTask *task;
    bool is_in_kernel; /* copy_file_range() is wanted and has not refused */
    bool is_blank;     /* the target reads as zeros, and has what blocks it is to have: zeros need not be written */
    uint8_t *buffer;   /* PIECE_BYTES */
} Copy;

static int
set_size(AljHost *host, int fd, uint64_t bytes)
{
    int failed = alj_host_gate(host, "ftruncate");
    if (failed == 0 && ftruncate(fd, (off_t) bytes) < 0)
        failed = errno;
    return failed;
}

/* Shares all blocks of @from, then cuts or lengthens. Returns: 0 or an errno, and then @to is empty again. */
static int
clone_file(AljHost *host, int from, int to, uint64_t bytes)
{
    int failed = alj_host_gate(host, "FICLONE");
    g_auto(AljActor) actor = alj_actor_begin(to);
    if (failed == 0)
        do
            failed = ioctl(to, FICLONE, from) < 0 ? errno : 0;
        while (failed != 0 && alj_actor_next(&actor, failed));
    if (failed != 0)
        return failed;
    failed = set_size(host, to, bytes);
    if (failed != 0 && ftruncate(to, 0) < 0)
        g_debug("cannot empty a file again"); /* what comes next overwrites it or gives it up */
    return failed;
}

static bool
clear_device(Copy *copy, uint64_t bytes, GError **error)
{
    uint64_t at = 0;
    while (copy->is_blank && at < bytes) {
        uint64_t piece = MIN(bytes - at, CLEAR_BYTES);
        if (!alj_task_check(copy->task, "copy", error)
            || !alj_data_punch(copy->host, copy->to, at, piece, &copy->is_blank, error))
            return false;
        alj_task_add(copy->task, piece);
        at += piece;
    }
    alj_task_subtract(copy->task, at);
    return true;
}

static bool
prepare_target(Copy *copy, uint64_t bytes, AljCopyMode mode, GError **error)
{
    struct stat info;
    copy->is_blank = true;
    int failed = alj_host_gate(copy->host, "fstat");
    if (failed == 0 && fstat(copy->to, &info) < 0)
        failed = errno;
    if (failed == 0 && S_ISBLK(info.st_mode))
        return clear_device(copy, bytes, error);
    if (failed == 0)
        failed = set_size(copy->host, copy->to, bytes);
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot set the size of the copy");
    return mode != ALJ_COPY_FULL ||
           alj_data_reserve(copy->host, copy->to, 0, bytes, copy->task, &copy->is_blank, error);
}

/* *@ret_done stays 0 if the kernel refuses or was interrupted. */
static bool
copy_in_kernel(Copy *copy, uint64_t offset, uint64_t bytes, uint64_t *ret_done, GError **error)
{
    off_t from_offset = (off_t) offset, to_offset = (off_t) offset;
    ssize_t done = -1;
    int failed = alj_host_gate(copy->host, "copy_file_range");
    g_auto(AljActor) actor = alj_actor_begin(copy->to);
    if (failed == 0)
        do {
            done = copy_file_range(copy->from, &from_offset, copy->to, &to_offset, MIN(bytes, KERNEL_PIECE_BYTES),
                                   0);
            failed = done < 0 ? errno : 0;
        } while (failed != 0 && alj_actor_next(&actor, failed));
    /* Another file system, a device, an old kernel: no failure. Nothing copied: let the other way see why. */
    if (failed == EXDEV || failed == EINVAL || failed == EOPNOTSUPP || failed == ENOSYS || done == 0)
        copy->is_in_kernel = false;
    else if (failed != 0 && failed != EINTR)
        return alj_fail_errno(error, failed, "cannot copy at offset %" G_GUINT64_FORMAT, offset);
    *ret_done = done > 0 ? (uint64_t) done : 0;
    return true;
}

/* Writes what is not zeros of the first @length bytes of the buffer. */
static bool
write_data(const Copy *copy, size_t length, uint64_t offset, GError **error)
{
    size_t from = 0; /* all before is written or zeros */
    for (size_t at = 0; at < length; at += BLOCK_BYTES) {
        size_t block_bytes = MIN(BLOCK_BYTES, length - at);
        if (!is_zeros(copy->buffer + at, block_bytes))
            continue;
        if (from < at &&
            !alj_data_pwrite(copy->host, copy->to, copy->buffer + from, at - from, offset + from, error))
            return false;
        from = at + block_bytes;
    }
    return from == length ||
           alj_data_pwrite(copy->host, copy->to, copy->buffer + from, length - from, offset + from, error);
}

static bool
copy_by_buffer(const Copy *copy, uint64_t offset, uint64_t bytes, uint64_t *ret_done, GError **error)
{
    gssize got = alj_data_pread(copy->host, copy->from, copy->buffer, MIN(bytes, PIECE_BYTES), offset, error);
    if (got < 0 || !write_data(copy, (size_t) got, offset, error))
        return false;
    *ret_done = got > 0 ? (uint64_t) got : bytes; /* behind the end of the source there are only zeros */
    return true;
}

/* Holes and zeros as well, and those behind the end of the source. */
static bool
copy_every_byte(const Copy *copy, uint64_t bytes, GError **error)
{
    for (uint64_t offset = 0; offset < bytes;) {
        size_t wanted = MIN(bytes - offset, PIECE_BYTES);
        gssize got = alj_task_check(copy->task, "copy", error)
                         ? alj_data_pread(copy->host, copy->from, copy->buffer, wanted, offset, error) : -1;
        if (got < 0)
            return false;
        memset(copy->buffer + got, 0, wanted - (size_t) got);
        if (!alj_data_pwrite(copy->host, copy->to, copy->buffer, wanted, offset, error))
            return false;
        alj_file_sync_begin(copy->to, offset, wanted);
        alj_task_add(copy->task, wanted);
        offset += wanted;
    }
    return true;
}

static bool
copy_extent(Copy *copy, uint64_t offset, uint64_t end, GError **error)
{
    while (offset < end) {
        uint64_t done = 0;
        if (!alj_task_check(copy->task, "copy", error) ||
            !(copy->is_in_kernel ? copy_in_kernel(copy, offset, end - offset, &done, error)
                                 : copy_by_buffer(copy, offset, end - offset, &done, error)))
            return false;
        alj_file_sync_begin(copy->to, offset, done); /* a copy is synced before it gets its name */
        alj_task_add(copy->task, done);
        offset += done;
    }
    return true;
}

static bool
copy_extents(Copy *copy, uint64_t bytes, GError **error)
{
    for (uint64_t offset = 0; offset < bytes;) {
        uint64_t start, end;
        if (!alj_data_extent(copy->host, copy->from, offset, bytes, &start, &end, error) ||
            !copy_extent(copy, start, end, error))
            return false;
        alj_task_add(copy->task, start - offset);
        offset = end;
    }
    return true;
}

bool
alj_data_copy(AljHost *host, int from, const char *from_name, int to, uint64_t bytes, AljCopyMode mode,
              AljTask *task, GError **error)
{
    alj_task_expect(task, bytes);
    if (mode != ALJ_COPY_FULL) {
        int failed = clone_file(host, from, to, bytes);
        if (failed == 0) {
            alj_task_add(task, bytes);
            return true;
        }
        if (mode == ALJ_COPY_REFLINK_ONLY)
            return alj_fail_errno(error, failed, "failed to clone files from '%s'", from_name);
    }
    g_autofree uint8_t *buffer = g_malloc(PIECE_BYTES);
    /* On file systems that can share blocks, copy_file_range() does so: not what FULL asks for. */
    Copy copy = {
        .host = host,
        .from = from,
        .to = to,
        .task = task,
        .is_in_kernel = mode == ALJ_COPY_SPARSE,
        .buffer = buffer,
    };
    GError *failure = NULL;
    if (prepare_target(&copy, bytes, mode, &failure)
        && (copy.is_blank ? copy_extents(&copy, bytes, &failure) : copy_every_byte(&copy, bytes, &failure)))
        return true;
    if (alj_error_is(failure, ALJ_ERROR_SYSTEM))
        g_prefix_error(&failure, "cannot copy '%s': ", from_name);
    g_propagate_error(error, failure);
    return false;
}
