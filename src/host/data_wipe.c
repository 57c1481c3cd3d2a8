/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes data unreadable: zeros over a range or over a whole volume, or the patterns of scrub(1). Sizes
 * never change. Owns nothing; runs on the thread of the job.
 */
#include "host/data.h"

#include "base/error.h"
#include "host/actor.h"
#include "host/files.h"
#include "host/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES      (1u << 20)
#define STAT_BLOCK_BYTES 512 /* unit of st_blocks, whatever the file system */

static bool
write_zeros(AljHost *host, int fd, uint64_t offset, uint64_t end, AljTask *task, GError **error)
{
    g_autofree char *zeros = g_malloc0(PIECE_BYTES);
    for (size_t bytes; offset < end; offset += bytes) {
        bytes = MIN(end - offset, PIECE_BYTES);
        if (!alj_task_check(task, "wipe", error) || !alj_data_pwrite(host, fd, zeros, bytes, offset, error))
            return false;
        alj_file_sync_begin(fd, offset, bytes); /* the sync at the end reports no progress, so it must not be left all of it */
        alj_task_add(task, bytes);
    }
    return true;
}

static bool
find_size(AljHost *host, int fd, struct stat *ret, uint64_t *ret_bytes, GError **error)
{
    off_t end = -1;
    int failed = alj_host_gate(host, "fstat");
    if (failed == 0 && fstat(fd, ret) < 0)
        failed = errno;
    if (failed == 0 && (end = lseek(fd, 0, SEEK_END)) < 0) /* of a device, too */
        failed = errno;
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot find the size");
    *ret_bytes = (uint64_t) end;
    return true;
}

/* Takes the blocks away. Returns: 0 or an errno. */
static int
punch(AljHost *host, int fd, uint64_t offset, uint64_t bytes)
{
    int failed = alj_host_gate(host, "fallocate");
    g_auto(AljActor) actor = alj_actor_begin(fd);
    while (failed == 0 &&
           fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t) offset, (off_t) bytes) < 0)
        if (errno != EINTR && !alj_actor_next(&actor, errno))
            failed = errno;
    return failed;
}

/* Whether punching may yet be replaced by writing. Devices say EINVAL to what is not whole sectors. */
static bool
is_not_offered(int failed)
{
    return failed == EOPNOTSUPP || failed == ENOSYS || failed == ENODEV || failed == EINVAL;
}

bool
alj_data_punch(AljHost *host, int fd, uint64_t offset, uint64_t bytes, bool *ret_done, GError **error)
{
    int failed = punch(host, fd, offset, bytes);
    *ret_done = failed == 0;
    return failed == 0 || is_not_offered(failed) || alj_fail_errno(error, failed, "cannot punch a hole");
}

/* Adds what could not be done to a failure of the system; others (cancelled) speak for themselves. */
static bool
pass_failure(GError *take_failure, const char *what, const char *name, GError **error)
{
    if (alj_error_is(take_failure, ALJ_ERROR_SYSTEM))
        g_prefix_error(&take_failure, "cannot %s '%s': ", what, name);
    g_propagate_error(error, take_failure);
    return false;
}

bool
alj_data_zero(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, GError **error)
{
    GError *failure = NULL;
    struct stat info;
    uint64_t size = 0, end;
    if (!find_size(host, fd, &info, &size, &failure))
        return pass_failure(failure, "clear", name, error);
    if (__builtin_add_overflow(offset, bytes, &end) || end > size)
        end = size;
    if (offset >= end)
        return true;
    int failed = punch(host, fd, offset, end - offset);
    if (failed == 0)
        return true;
    if (!is_not_offered(failed))
        return alj_fail_errno(error, failed, "cannot clear '%s'", name);
    return write_zeros(host, fd, offset, end, NULL, &failure) || pass_failure(failure, "clear", name, error);
}

/*
 * Where holes cannot be punched (NFS before 4.2): the file is emptied and given its size back. The second
 * step is tried once more outside the gate, for it must not be what remains undone.
 */
static bool
empty_and_restore(AljHost *host, int fd, uint64_t size, GError **error)
{
    int failed = alj_host_gate(host, "ftruncate");
    if (failed == 0 && ftruncate(fd, 0) < 0)
        failed = errno;
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot empty the file");
    failed = alj_host_gate(host, "ftruncate");
    if (failed == 0 && ftruncate(fd, (off_t) size) < 0)
        failed = errno;
    if (failed != 0 && ftruncate(fd, (off_t) size) < 0)
        return alj_fail_errno(error, failed, "cannot give the file its size back");
    return true;
}

static bool
wipe_by_zeros(AljHost *host, int fd, uint64_t bytes, AljTask *task, GError **error)
{
    struct stat info;
    uint64_t size = 0;
    if (!find_size(host, fd, &info, &size, error))
        return false;
    bool is_file = S_ISREG(info.st_mode);
    if (!is_file)
        size = MIN(size, bytes);
    alj_task_expect(task, size);
    bool is_sparse = is_file && (uint64_t) info.st_blocks * STAT_BLOCK_BYTES < size;
    if (!is_sparse)
        return write_zeros(host, fd, 0, size, task, error);
    int failed = punch(host, fd, 0, size);
    if (is_not_offered(failed))
        return empty_and_restore(host, fd, size, error);
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot make it sparse");
    alj_task_add(task, size);
    return true;
}

/* scrub(1) lengthens files to whole blocks, so the size is put back. */
static bool
wipe_by_scrub(AljHost *host, int fd, const char *algorithm, AljTask *task, GError **error)
{
    struct stat info;
    uint64_t size = 0;
    g_autofree char *program = alj_run_find("scrub");
    if (!program)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "algorithm '%s' needs the program 'scrub': install package 'scrub'", algorithm);
    if (!find_size(host, fd, &info, &size, error))
        return false;
    g_autofree char *path = g_strdup_printf("/dev/fd/%d", fd);
    const char *const argv[] = { program, "-f", "-p", algorithm, path, NULL };
    const int pass[] = { fd, -1 };
    const AljRun run = { .argv = argv, .pass_fds = pass, .shows_io = true };
    g_autofree char *output = alj_run(host, &run, task, error);
    if (S_ISREG(info.st_mode) && ftruncate(fd, (off_t) size) < 0 && output)
        return alj_fail_errno(error, errno, "cannot give the file its size back");
    return output != NULL;
}

bool
alj_data_wipe(AljHost *host, int fd, const char *name, uint64_t bytes, const char *algorithm, AljTask *task,
              GError **error)
{
    GError *failure = NULL;
    bool is_wiped = algorithm ? wipe_by_scrub(host, fd, algorithm, task, &failure)
                              : wipe_by_zeros(host, fd, bytes, task, &failure);
    if (!is_wiped)
        return pass_failure(failure, "wipe", name, error);
    int failed = alj_host_gate(host, "fsync");
    if (failed == 0 && fsync(fd) < 0)
        failed = errno;
    return failed == 0 || alj_fail_errno(error, failed, "cannot wipe '%s'", name);
}
