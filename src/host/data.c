/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole reads and writes at an offset of a descriptor: interrupted and short ones are continued; and where
 * the data are. Owns nothing; runs on the thread of the job.
 */
#include "host/data.h"

#include "base/error.h"
#include "host/actor.h"

#include <errno.h>
#include <unistd.h>

bool
alj_data_pwrite(AljHost *host, int fd, const void *data, size_t bytes, uint64_t offset, GError **error)
{
    int failed = alj_host_gate(host, "pwrite");
    for (size_t done = 0; failed == 0 && done < bytes;) {
        ssize_t wrote = pwrite(fd, (const char *) data + done, bytes - done, (off_t) (offset + done));
        if (wrote > 0)
            done += (size_t) wrote;
        else if (wrote == 0)
            failed = ENOSPC; /* the end of a device */
        else if (errno != EINTR)
            failed = errno;
    }
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot write %zu bytes at offset %" G_GUINT64_FORMAT, bytes,
                              offset);
    return true;
}

gssize
alj_data_pread(AljHost *host, int fd, void *data, size_t bytes, uint64_t offset, GError **error)
{
    int failed = alj_host_gate(host, "pread");
    size_t done = 0;
    while (failed == 0 && done < bytes) {
        ssize_t got = pread(fd, (char *) data + done, bytes - done, (off_t) (offset + done));
        if (got > 0)
            done += (size_t) got;
        else if (got == 0)
            break;
        else if (errno != EINTR)
            failed = errno;
    }
    if (failed == 0)
        return (gssize) done;
    alj_fail_errno(error, failed, "cannot read %zu bytes at offset %" G_GUINT64_FORMAT, bytes, offset);
    return -1;
}

/* lseek() through the gate. Returns: 0 or an errno. */
static int
seek(AljHost *host, int fd, uint64_t offset, int whence, uint64_t *ret)
{
    int failed = alj_host_gate(host, "lseek");
    if (failed != 0)
        return failed;
    off_t found;
    g_auto(AljActor) actor = alj_actor_begin(fd);
    do
        found = lseek(fd, (off_t) offset, whence);
    while (found < 0 && alj_actor_next(&actor, errno));
    if (found < 0)
        return errno;
    *ret = (uint64_t) found;
    return 0;
}

bool
alj_data_extent(AljHost *host, int fd, uint64_t offset, uint64_t end, uint64_t *ret_start, uint64_t *ret_end,
                GError **error)
{
    uint64_t start = end, stop = end;
    int failed = seek(host, fd, offset, SEEK_DATA, &start);
    /* Devices; file systems that do not say; some gluster servers name a place before the one that was asked about. */
    if (failed == EINVAL || failed == EOPNOTSUPP || (failed == 0 && start < offset)) {
        *ret_start = offset;
        *ret_end = end;
        return true;
    }
    if (failed == 0 && start < end)
        failed = seek(host, fd, start, SEEK_HOLE, &stop);
    if (failed != 0 && failed != ENXIO) /* ENXIO: no data any more, or the file has become shorter */
        return alj_fail_errno(error, failed, "cannot look for data at offset %" G_GUINT64_FORMAT, offset);
    *ret_start = failed == 0 ? MIN(start, end) : end;
    *ret_end = failed == 0 && stop > start ? MIN(stop, end) : end;
    return true;
}
