/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks for a range of a file: reserved by the file system, or, where it cannot do that, by writing every
 * byte. Owns nothing; runs on the thread of the job.
 */
#include "host/data.h"

#include "base/error.h"
#include "host/actor.h"
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define RESERVE_BYTES (UINT64_C(4) << 30) /* between two looks at the task */
#define PIECE_BYTES   (1u << 20)

/* Returns: 0 or an errno. */
static int
reserve_piece(AljHost *host, int fd, uint64_t offset, uint64_t bytes)
{
    int failed = alj_host_gate(host, "fallocate");
    g_auto(AljActor) actor = alj_actor_begin(fd);
    while (failed == 0 && fallocate(fd, 0, (off_t) offset, (off_t) bytes) < 0)
        if (errno != EINTR && !alj_actor_next(&actor, errno))
            failed = errno;
    return failed;
}

/* Writes back what is there, zeros for holes: the content stays, the blocks come. */
static bool
rewrite(AljHost *host, int fd, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    g_autofree uint8_t *piece = g_malloc(PIECE_BYTES);
    for (size_t bytes; offset < end; offset += bytes) {
        bytes = MIN(end - offset, PIECE_BYTES);
        memset(piece, 0, bytes); /* for what is behind the end of the file */
        if (!alj_task_check(task, "allocate", error) ||
            alj_data_pread(host, fd, piece, bytes, offset, error) < 0 ||
            !alj_data_pwrite(host, fd, piece, bytes, offset, error))
            return false;
        alj_file_sync_begin(fd, offset, bytes); /* the sync at the end reports no progress, so it must not be left all of it */
        alj_task_add(task, bytes);
    }
    return true;
}

/* Nobody may write between the reading and the writing: with QEMU's lock, no guest has the image open, nor does one start. */
static bool
rewrite_locked(AljHost *host, int fd, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    bool is_in_use = false;
    bool is_locked = alj_file_lock_image(fd, &is_in_use);
    if (is_in_use)
        return alj_fail_errno(error, EBUSY, "it is in use");
    bool is_done = rewrite(host, fd, offset, end, task, error);
    if (is_locked)
        alj_file_unlock_image(fd);
    return is_done;
}

bool
alj_data_reserve(AljHost *host, int fd, uint64_t offset, uint64_t bytes, AljTask *task, bool *ret_done, GError **error)
{
    *ret_done = false;
    for (uint64_t piece; bytes > 0; offset += piece, bytes -= piece) {
        piece = MIN(bytes, RESERVE_BYTES);
        if (!alj_task_check(task, "allocate", error))
            return false;
        int failed = reserve_piece(host, fd, offset, piece);
        if (failed != 0)
            return failed == EOPNOTSUPP || failed == ENOSYS || alj_fail_errno(error, failed, "cannot reserve blocks");
    }
    *ret_done = true;
    return true;
}

static bool
allocate(AljHost *host, int fd, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    bool is_done;
    return alj_data_reserve(host, fd, offset, end - offset, task, &is_done, error)
        && (is_done || rewrite_locked(host, fd, offset, end, task, error));
}

bool
alj_data_allocate(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, AljTask *task,
                  GError **error)
{
    GError *failure = NULL;
    uint64_t end;
    if (__builtin_add_overflow(offset, bytes, &end) || end > INT64_MAX)
        return alj_fail_errno(error, EFBIG, "cannot allocate %" G_GUINT64_FORMAT " bytes in file '%s'", bytes,
                              name);
    if (allocate(host, fd, offset, end, task, &failure))
        return true;
    /* The reference's words, which clients know, are for the errno alone. */
    if (!alj_error_is(failure, ALJ_ERROR_SYSTEM)) {
        g_propagate_error(error, failure);
        return false;
    }
    int failed = alj_error_errno(failure);
    g_error_free(failure);
    return alj_fail_errno(error, failed, "cannot allocate %" G_GUINT64_FORMAT " bytes in file '%s'", bytes,
                          name);
}
