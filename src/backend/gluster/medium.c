/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open file of a gluster volume as a medium. What is written may wait in libgfapi: only flush tells whether it has arrived. Owns
 * the descriptor. Runs on a pool's workers.
 */
#include "backend/gluster/medium.h"

#include "base/task.h"
#include "host/host.h"

#include <errno.h>

#define PIECE_BYTES (1u << 20)
#define ALLOCATE_BYTES (UINT64_C(1) << 30) /* between two looks at the task */
#define STAT_BLOCK_BYTES 512

typedef struct GlusterMedium {
    AljMedium medium;
    AljHost *host;
    glfs_fd_t *fd;
    char *name;
} GlusterMedium;

static GlusterMedium *
own(AljMedium *medium)
{
    return (GlusterMedium *) medium;
}

static bool
fail(const GlusterMedium *medium, const char *what, int os_errno, GError **error)
{
    return alj_fail_errno(error, os_errno, "cannot %s '%s'", what, medium->name);
}

static bool
gluster_stat(const GlusterMedium *medium, struct stat *ret, GError **error)
{
    int failed = alj_host_gate(medium->host, "gluster stat");
    if (!failed && glfs_fstat(medium->fd, ret) < 0)
        failed = errno;
    return !failed || fail(medium, "read the size of file", failed, error);
}

static bool
gluster_size(AljMedium *medium, uint64_t *ret_bytes, GError **error)
{
    struct stat st;
    if (!gluster_stat(own(medium), &st, error))
        return false;
    *ret_bytes = (uint64_t) st.st_size;
    return true;
}

static gssize
gluster_read(AljMedium *medium, void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    size_t done = 0;
    int failed = alj_host_gate(own(medium)->host, "gluster read");
    while (!failed && done < bytes) {
        ssize_t got = glfs_pread(own(medium)->fd, (char *) data + done, bytes - done, (off_t) (offset_bytes + done), 0, NULL);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t) got;
        else if (errno != EINTR)
            failed = errno;
    }
    if (failed)
        fail(own(medium), "read", failed, error);
    return failed ? -1 : (gssize) done;
}

static bool
gluster_write(AljMedium *medium, const void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    size_t done = 0;
    int failed = alj_host_gate(own(medium)->host, "gluster write");
    while (!failed && done < bytes) {
        ssize_t written = glfs_pwrite(own(medium)->fd, (const char *) data + done, bytes - done,
                                      (off_t) (offset_bytes + done), 0, NULL, NULL);
        if (written > 0)
            done += (size_t) written;
        else if (written == 0 || errno != EINTR)
            failed = written == 0 ? EIO : errno;
    }
    return !failed || fail(own(medium), "write", failed, error);
}

static bool
write_zeros(AljMedium *medium, uint64_t at_bytes, uint64_t end_bytes, AljTask *task, GError **error)
{
    g_autofree char *zeros = g_malloc0(PIECE_BYTES);
    for (size_t bytes; at_bytes < end_bytes; at_bytes += bytes) {
        bytes = (size_t) MIN(end_bytes - at_bytes, PIECE_BYTES);
        if (!alj_task_check(task, "write", error) || !gluster_write(medium, zeros, bytes, at_bytes, error))
            return false;
        if (task)
            alj_task_add(task, bytes);
    }
    return true;
}

static bool
is_not_offered(int os_errno)
{
    return os_errno == EOPNOTSUPP || os_errno == ENOSYS || os_errno == EINVAL;
}

static bool
gluster_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, GError **error)
{
    uint64_t size_bytes, end_bytes;
    if (!gluster_size(medium, &size_bytes, error))
        return false;
    if (__builtin_add_overflow(offset_bytes, bytes, &end_bytes) || end_bytes > size_bytes)
        end_bytes = size_bytes;
    if (offset_bytes >= end_bytes)
        return true;
    int failed = alj_host_gate(own(medium)->host, "gluster discard");
    if (!failed && glfs_discard(own(medium)->fd, (off_t) offset_bytes, (size_t) (end_bytes - offset_bytes)) < 0)
        failed = errno;
    if (is_not_offered(failed))
        return write_zeros(medium, offset_bytes, end_bytes, NULL, error);
    return !failed || fail(own(medium), "clear", failed, error);
}

static bool
gluster_extent(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error)
{
    uint64_t size_bytes;
    int failed = alj_host_gate(own(medium)->host, "gluster seek");
    off_t from = (off_t) offset_bytes, data = failed ? -1 : glfs_lseek(own(medium)->fd, from, SEEK_DATA);
    if (data < 0 && !failed)
        failed = errno;
    if (failed && failed != ENXIO && !is_not_offered(failed))
        return fail(own(medium), "find data in file", failed, error);
    if (!gluster_size(medium, &size_bytes, error))
        return false;
    bool is_told = !failed && data >= from; /* some servers name a place before @from: that says nothing */
    *ret_is_data = failed != ENXIO && (!is_told || data == from); /* ENXIO: nothing but a hole up to the end */
    off_t end = !is_told ? -1 : data > from ? data : glfs_lseek(own(medium)->fd, from, SEEK_HOLE);
    *ret_end_bytes = end > from ? (uint64_t) end : size_bytes;
    return true;
}

static bool
gluster_grow(AljMedium *medium, uint64_t bytes, GError **error)
{
    return alj_gluster_medium_truncate(medium, bytes, error);
}

static bool
gluster_flush(AljMedium *medium, GError **error)
{
    struct stat st;
    int failed = alj_host_gate(own(medium)->host, "gluster sync");
    if (!failed && (glfs_fsync(own(medium)->fd, NULL, NULL) < 0 || glfs_fstat(own(medium)->fd, &st) < 0))
        failed = errno;
    if (!failed && st.st_nlink == 0)
        failed = ENOENT; /* deleted by another host: what was written is lost, and must not be said to be there */
    return !failed || fail(own(medium), "sync data to file", failed, error);
}

static void
gluster_close(AljMedium *medium)
{
    (void) glfs_close(own(medium)->fd); /* a writer that cares has flushed */
    g_free(own(medium)->name);
    g_free(medium);
}

AljMedium *
alj_gluster_medium_new(AljHost *host, glfs_fd_t *take_fd, const char *name)
{
    static const AljMediumOps ops = {
        .size = gluster_size, .read = gluster_read, .write = gluster_write, .zero = gluster_zero, .extent = gluster_extent,
        .grow = gluster_grow, .flush = gluster_flush, .close = gluster_close,
    };
    GlusterMedium *medium = g_new(GlusterMedium, 1);
    *medium = (GlusterMedium){ { &ops }, host, take_fd, g_strdup(name) };
    return &medium->medium;
}

bool
alj_gluster_medium_set_owner(AljMedium *medium, uid_t owner, gid_t group, mode_t mode, GError **error)
{
    bool has_owner = owner != (uid_t) -1 || group != (gid_t) -1;
    int failed = alj_host_gate(own(medium)->host, "gluster set owner and mode");
    if (!failed && ((has_owner && glfs_fchown(own(medium)->fd, owner, group) < 0) || glfs_fchmod(own(medium)->fd, mode) < 0))
        failed = errno;
    return !failed || fail(own(medium), "set owner and mode of volume", failed, error);
}

bool
alj_gluster_medium_truncate(AljMedium *medium, uint64_t bytes, GError **error)
{
    int failed = bytes > INT64_MAX ? EFBIG : alj_host_gate(own(medium)->host, "gluster truncate");
    if (!failed && glfs_ftruncate(own(medium)->fd, (off_t) bytes, NULL, NULL) < 0)
        failed = errno;
    return !failed || alj_fail_errno(error, failed, "Failed to truncate file '%s'", own(medium)->name);
}

/*
 * Zeros where there is a hole, and behind the end. What is a hole when it is looked at may be data when the zeros come, so @is_shared, a file that
 * others may write to, gets none before its end.
 */
static bool
fill_holes(AljMedium *medium, uint64_t at_bytes, uint64_t end_bytes, bool is_shared, AljTask *task, GError **error)
{
    uint64_t size_bytes;
    if (!gluster_size(medium, &size_bytes, error))
        return false;
    while (at_bytes < end_bytes) {
        bool is_data = false;
        uint64_t next_bytes = end_bytes;
        if (at_bytes < size_bytes && !gluster_extent(medium, at_bytes, &is_data, &next_bytes, error))
            return false;
        next_bytes = MIN(next_bytes, end_bytes);
        if (!is_data && is_shared && at_bytes < size_bytes)
            return alj_fail_errno(error, EOPNOTSUPP, "cannot allocate the holes of volume '%s', which others may be writing to",
                                  own(medium)->name);
        if (!is_data && !write_zeros(medium, at_bytes, next_bytes, task, error))
            return false;
        at_bytes = next_bytes;
    }
    return true;
}

bool
alj_gluster_medium_allocate(AljMedium *medium, uint64_t bytes, bool is_shared, AljTask *task, GError **error)
{
    uint64_t at_bytes = 0, end_bytes = bytes;
    int failed = 0;
    while (!failed && at_bytes < end_bytes) {
        uint64_t piece_bytes = MIN(end_bytes - at_bytes, ALLOCATE_BYTES);
        if (!alj_task_check(task, "allocate", error))
            return false;
        failed = alj_host_gate(own(medium)->host, "gluster allocate");
        if (!failed && glfs_fallocate(own(medium)->fd, 0, (off_t) at_bytes, (size_t) piece_bytes) < 0)
            failed = errno;
        at_bytes += failed ? 0 : piece_bytes;
    }
    if (is_not_offered(failed))
        return fill_holes(medium, at_bytes, end_bytes, is_shared, task, error);
    return !failed || alj_fail_errno(error, failed, "cannot allocate %" G_GUINT64_FORMAT " bytes in file '%s'", bytes,
                                     own(medium)->name);
}

bool
alj_gluster_medium_wipe(AljMedium *medium, AljTask *task, GError **error)
{
    struct stat st;
    if (!gluster_stat(own(medium), &st, error))
        return false;
    uint64_t bytes = (uint64_t) st.st_size;
    bool is_sparse = (uint64_t) st.st_blocks * STAT_BLOCK_BYTES < bytes;
    alj_task_expect(task, bytes);
    bool is_done = is_sparse ? gluster_zero(medium, 0, bytes, error) : write_zeros(medium, 0, bytes, task, error);
    return is_done && gluster_flush(medium, error);
}
