/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes arrive, holes stay holes, sizes stay sizes; and when a call fails, it says so and leaves nothing odd. */
#include "base/error.h"
#include "base/guard.h"
#include "host/data.h"
#include "host/dm.h"
#include "host/files.h"
#include "host/run.h"

#include "tools.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)
#define SOURCE_BYTES (8 * MIB + 100)

/* Data at the start, in the middle and at the odd end; zeros that are data; holes between. */
static int
make_source(const Scratch *s)
{
    int fd = scratch_open(s, "source");
    g_autofree char *data = g_strnfill(MIB, 'd');
    g_autofree char *zeros = g_malloc0(MIB);
    g_assert_cmpint(pwrite(fd, data, MIB, 0), ==, MIB);
    g_assert_cmpint(pwrite(fd, zeros, MIB, MIB), ==, MIB);
    g_assert_cmpint(pwrite(fd, data, 4096, 5 * MIB + 4096), ==, 4096);
    g_assert_cmpint(pwrite(fd, "end", 3, SOURCE_BYTES - 3), ==, 3);
    return fd;
}

static uint64_t
size_of(int fd, uint64_t *ret_allocated)
{
    struct stat info;
    g_assert_cmpint(fstat(fd, &info), ==, 0);
    if (ret_allocated)
        *ret_allocated = (uint64_t) info.st_blocks * 512;
    return (uint64_t) info.st_size;
}

/* @fd holds the first @bytes of the source, continued by zeros. */
static void
assert_copied(int source, int fd, uint64_t bytes)
{
    g_autofree char *wanted = g_malloc0(bytes + 1); /* 0 bytes are something, too */
    g_autofree char *found = g_malloc0(bytes + 1);
    g_assert_cmpint(pread(source, wanted, bytes, 0), ==, MIN(bytes, SOURCE_BYTES));
    g_assert_cmpint(pread(fd, found, bytes, 0), ==, bytes);
    g_assert_cmpuint(size_of(fd, NULL), ==, bytes);
    g_assert_cmpint(memcmp(wanted, found, bytes), ==, 0);
}

static bool
reads_as_zeros(int fd, uint64_t offset, uint64_t bytes)
{
    g_autofree char *found = g_malloc(bytes);
    g_assert_cmpint(pread(fd, found, bytes, (off_t) offset), ==, bytes);
    for (uint64_t i = 0; i < bytes; i++)
        if (found[i] != 0)
            return false;
    return true;
}

static void
copy_all(const Scratch *s, int target)
{
    static const uint64_t sizes[] = { 0, 1, MIB + 1, SOURCE_BYTES, SOURCE_BYTES + MIB };
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    alj_autofd source = make_source(s);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (int mode = 0; mode < 2; mode++) {
            g_autoptr(GError) error = NULL;
            AljTask task = { 0 };
            uint64_t allocated;
            g_assert_cmpint(ftruncate(target, 0), ==, 0);
            alj_data_copy(host, source, "source", target, sizes[i], mode ? ALJ_COPY_FULL : ALJ_COPY_SPARSE, &task, &error);
            g_assert_no_error(error);
            assert_copied(source, target, sizes[i]);
            g_assert_cmpuint(atomic_load(&task.done_bytes), ==, sizes[i]);
            g_assert_cmpuint(atomic_load(&task.total_bytes), ==, sizes[i]);
            g_assert_cmpint(fsync(target), ==, 0);
            size_of(target, &allocated);
            if (mode)
                g_assert_cmpuint(allocated, >=, sizes[i]);
            else
                g_assert_cmpuint(allocated, <=, 2 * MIB + 3 * 65536);
        }
}

static void
test_copy(Scratch *s, gconstpointer unused)
{
    alj_autofd target = scratch_open(s, "target");
    copy_all(s, target);
}

static void
test_copy_across(Scratch *s, gconstpointer unused)
{
    alj_autofd target = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (target < 0)
        g_test_skip("no second file system on /dev/shm");
    else
        copy_all(s, target);
}

static void
test_reflink_refused(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    alj_autofd source = make_source(s);
    alj_autofd target = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (target < 0) {
        g_test_skip("no second file system on /dev/shm");
        return;
    }
    g_assert_false(alj_data_copy(host, source, "source", target, SOURCE_BYTES, ALJ_COPY_REFLINK_ONLY, NULL, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_SYSTEM);
    g_assert_true(g_str_has_prefix(error->message, "failed to clone files from 'source': "));
    g_assert_cmpuint(size_of(target, NULL), ==, 0);
}

/* A file system with shared blocks on a loop device, mounted on the scratch directory for the time of one test. */
static bool
mount_reflinking(const Scratch *s)
{
    if (geteuid() != 0) {
        g_test_skip("only root may mount a file system with shared blocks");
        return false;
    }
    if (!have_tool("mkfs.xfs"))
        return false;
    g_autofree char *mounted =
        scratch_try(s, "truncate -s 320M fs && mkfs.xfs -q -m reflink=1 fs && mkdir m && mount -o loop fs m");
    if (!mounted)
        g_test_skip("cannot mount an xfs image by a loop device");
    return mounted != NULL;
}

static void
test_reflink(Scratch *s, gconstpointer unused)
{
    if (!mount_reflinking(s))
        return;
    g_autofree char *path = scratch_file(s, "m");
    const Scratch inside = { path };
    {
        g_autoptr(AljHost) host = alj_host_new("/run/x");
        g_autoptr(GError) error = NULL;
        alj_autofd target = scratch_open(&inside, "target");
        copy_all(&inside, target);
        alj_autofd source = make_source(&inside);
        g_assert_cmpint(ftruncate(target, 0), ==, 0);
        alj_data_copy(host, source, "source", target, SOURCE_BYTES, ALJ_COPY_REFLINK_ONLY, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(alj_host_calls(host), ==, 2); /* shared, size set; nothing was copied */
        assert_copied(source, target, SOURCE_BYTES);
    }
    g_free(scratch_run(s, "umount m"));
}

static void
work_on_device(const Scratch *s, int device)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    alj_autofd source = make_source(s);
    g_autofree char *junk = g_strnfill(16 * MIB, 'j');
    g_autofree char *wanted = g_malloc0(SOURCE_BYTES);
    g_autofree char *found = g_malloc0(16 * MIB);
    g_assert_cmpint(pread(source, wanted, SOURCE_BYTES, 0), ==, SOURCE_BYTES);
    for (int mode = 0; mode < 4; mode++) {
        g_autoptr(GError) error = NULL;
        AljTask task = { 0 };
        bool is_full = mode % 2, can_punch = mode < 2;
        g_assert_cmpint(pwrite(device, junk, 16 * MIB, 0), ==, 16 * MIB);
        alj_host_fail_nth(host, can_punch ? 0 : is_full ? 2 : 3, EOPNOTSUPP); /* the call that makes the device blank */
        alj_data_copy(host, source, "source", device, SOURCE_BYTES, is_full ? ALJ_COPY_FULL : ALJ_COPY_SPARSE, &task, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(atomic_load(&task.done_bytes), ==, SOURCE_BYTES);
        g_assert_cmpint(pread(device, found, 16 * MIB, 0), ==, 16 * MIB);
        g_assert_cmpint(memcmp(found, wanted, SOURCE_BYTES), ==, 0);
        g_assert_cmpint(memcmp(found + SOURCE_BYTES, junk, 16 * MIB - SOURCE_BYTES), ==, 0); /* what is behind stays */
    }
    /* Nothing is written, or cleared, once nobody wants it any more, whatever a device can do. */
    for (int can_punch = 0; can_punch < 2; can_punch++) {
        g_autoptr(GError) cancelled = NULL;
        AljTask task = { .is_cancelled = true };
        alj_host_fail_nth(host, can_punch ? 0 : 2, EOPNOTSUPP);
        g_assert_cmpint(pwrite(device, junk, 16 * MIB, 0), ==, 16 * MIB);
        g_assert_false(alj_data_copy(host, source, "source", device, 8 * MIB, ALJ_COPY_FULL, &task, &cancelled));
        g_assert_error(cancelled, ALJ_ERROR, ALJ_ERROR_ABORTED);
        g_assert_cmpint(pread(device, found, 16 * MIB, 0), ==, 16 * MIB);
        g_assert_cmpint(memcmp(found, junk, 16 * MIB), ==, 0);
        alj_host_fail_nth(host, can_punch ? 0 : 2, EOPNOTSUPP);
        atomic_store(&task.is_cancelled, false);
        g_assert_true(alj_data_copy(host, source, "source", device, 8 * MIB, ALJ_COPY_FULL, &task, NULL));
        g_assert_cmpuint(atomic_load(&task.done_bytes), ==, 8 * MIB);
    }
    alj_host_fail_nth(host, 0, 0);
    g_autoptr(GError) error = NULL;
    g_assert_true(alj_data_copy(host, source, "source", device, SOURCE_BYTES, ALJ_COPY_FULL, NULL, &error));
    alj_autofd back = scratch_open(s, "back");
    g_assert_true(alj_data_copy(host, device, "device", back, SOURCE_BYTES, ALJ_COPY_SPARSE, NULL, &error));
    assert_copied(source, back, SOURCE_BYTES);
    g_assert_true(alj_data_wipe(host, device, "device", 16 * MIB, NULL, NULL, &error));
    g_assert_true(reads_as_zeros(device, 0, 16 * MIB));
}

static void
test_device(Scratch *s, gconstpointer unused)
{
    g_autofree char *name = geteuid() == 0 ? scratch_try(s, "truncate -s 16M disk && losetup --show -f disk") : NULL;
    if (!name) {
        g_test_skip("no loop device can be had");
        return;
    }
    int device = open(g_strchomp(name), O_RDWR | O_CLOEXEC);
    g_assert_cmpint(device, >=, 0);
    work_on_device(s, device);
    close(device);
    g_free(scratch_run(s, "losetup -d %s", name));
}

static void
test_cancelled(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    AljTask task = { .is_cancelled = true };
    alj_autofd source = make_source(s);
    alj_autofd target = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    g_autoptr(GError) error = NULL;
    g_assert_false(alj_data_copy(host, source, "source", target, SOURCE_BYTES, ALJ_COPY_SPARSE, &task, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_ABORTED);
    g_assert_cmpstr(error->message, ==, "'copy' was cancelled");
    g_clear_error(&error);
    g_assert_false(alj_data_wipe(host, source, "source", 0, "random", &task, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_ABORTED);
}

static void
test_allocate(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    static const int refusals[] = { 0, EOPNOTSUPP };
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(GError) error = NULL;
        uint64_t allocated;
        alj_autofd source = make_source(s);
        alj_autofd fd = make_source(s);
        alj_host_fail_nth(host, refusals[i] ? 1 : 0, refusals[i]);
        alj_data_allocate(host, fd, "f", 0, SOURCE_BYTES, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpint(fsync(fd), ==, 0);
        g_assert_cmpuint(size_of(fd, &allocated), ==, SOURCE_BYTES);
        g_assert_cmpuint(allocated, >=, SOURCE_BYTES);
        assert_copied(source, fd, SOURCE_BYTES); /* what was there stays */
        g_assert_true(alj_data_allocate(host, fd, "f", SOURCE_BYTES, 4096, NULL, &error));
        g_assert_cmpuint(size_of(fd, NULL), ==, SOURCE_BYTES + 4096);
        g_assert_true(alj_data_allocate(host, fd, "f", 0, 0, NULL, &error));
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) too_large = NULL;
    alj_autofd fd = scratch_open(s, "f");
    alj_host_fail_nth(host, 1, ENOSPC);
    g_assert_false(alj_data_allocate(host, fd, "/p/f", 0, 1048576, NULL, &error));
    g_assert_cmpstr(error->message, ==, "cannot allocate 1048576 bytes in file '/p/f': No space left on device");
    g_assert_false(alj_data_allocate(host, fd, "/p/f", 1, UINT64_MAX, NULL, &too_large));
    g_assert_cmpstr(too_large->message, ==, "cannot allocate 18446744073709551615 bytes in file '/p/f': File too large");
}

/* On a file system that cannot reserve blocks: each byte of the copy is written once, zeros too. */
static void
test_copy_by_writing(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    AljTask task = { 0 };
    uint64_t allocated;
    alj_autofd source = make_source(s);
    alj_autofd target = scratch_open(s, "target");
    alj_host_fail_nth(host, 3, EOPNOTSUPP); /* after fstat and ftruncate */
    alj_data_copy(host, source, "source", target, SOURCE_BYTES + MIB, ALJ_COPY_FULL, &task, &error);
    g_assert_no_error(error);
    assert_copied(source, target, SOURCE_BYTES + MIB);
    g_assert_cmpint(fsync(target), ==, 0);
    size_of(target, &allocated);
    g_assert_cmpuint(allocated, >=, SOURCE_BYTES + MIB);
    g_assert_cmpuint(atomic_load(&task.done_bytes), ==, SOURCE_BYTES + MIB);
    g_assert_cmpuint(alj_host_calls(host), <=, 3 + 2 * 11); /* a read and a write for each MiB */
}

/* A guest may write anywhere at any moment: what would be written back could be older than what it wrote. */
static void
test_allocate_in_use(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    uint64_t before, after;
    alj_autofd fd = make_source(s);
    g_autofree char *path = scratch_file(s, "source");
    int guest = open(path, O_RDWR | O_CLOEXEC);
    struct flock writes = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 101, .l_len = 1 };
    g_assert_cmpint(fcntl(guest, F_OFD_SETLK, &writes), ==, 0); /* as QEMU does */
    g_assert_cmpint(fsync(fd), ==, 0);
    size_of(fd, &before);
    alj_host_fail_nth(host, 1, EOPNOTSUPP);
    g_assert_false(alj_data_allocate(host, fd, "/p/f", 0, SOURCE_BYTES, NULL, &error));
    g_assert_cmpstr(error->message, ==, "cannot allocate 8388708 bytes in file '/p/f': Device or resource busy");
    g_assert_cmpint(fsync(fd), ==, 0);
    size_of(fd, &after);
    g_assert_cmpuint(before, ==, after);
    g_clear_error(&error);
    g_assert_true(alj_data_allocate(host, fd, "/p/f", 0, SOURCE_BYTES, NULL, &error)); /* the file system does it without harm */
    close(guest);
    AljTask task = { 0 };
    alj_host_fail_nth(host, 1, EOPNOTSUPP);
    g_assert_true(alj_data_allocate(host, fd, "/p/f", 0, SOURCE_BYTES, &task, &error));
    g_assert_cmpuint(atomic_load(&task.done_bytes), ==, SOURCE_BYTES); /* it takes long, so it must be seen to go on */
    g_assert_false(alj_file_has_writer(fd));
}

static void
test_zero(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    for (unsigned refuse = 0; refuse <= 2; refuse += 2) { /* the second call is the one that punches the hole */
        g_autoptr(GError) error = NULL;
        alj_autofd fd = make_source(s);
        alj_host_fail_nth(host, refuse, EOPNOTSUPP);
        alj_data_zero(host, fd, "f", 1000, MIB - 2000, &error);
        g_assert_no_error(error);
        g_assert_true(reads_as_zeros(fd, 1000, MIB - 2000));
        g_assert_false(reads_as_zeros(fd, 999, 1));
        g_assert_false(reads_as_zeros(fd, MIB - 1000, 1));
        g_assert_true(alj_data_zero(host, fd, "f", SOURCE_BYTES - 10, UINT64_MAX, &error));
        g_assert_true(alj_data_zero(host, fd, "f", SOURCE_BYTES + 10, 10, &error));
        g_assert_true(reads_as_zeros(fd, SOURCE_BYTES - 3, 3));
        g_assert_cmpuint(size_of(fd, NULL), ==, SOURCE_BYTES);
    }
}

static void
test_wipe(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    AljTask task = { 0 };
    uint64_t allocated;
    alj_autofd fd = make_source(s);
    g_assert_true(alj_data_wipe(host, fd, "f", 0, NULL, &task, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(size_of(fd, &allocated), ==, SOURCE_BYTES);
    g_assert_cmpuint(allocated, <=, 4096); /* sparse files become fully sparse */
    g_assert_true(reads_as_zeros(fd, 0, SOURCE_BYTES));
    g_assert_cmpuint(atomic_load(&task.done_bytes), ==, SOURCE_BYTES);

    g_autofree char *data = g_strnfill(SOURCE_BYTES, 'd');
    g_assert_cmpint(pwrite(fd, data, SOURCE_BYTES, 0), ==, SOURCE_BYTES);
    g_assert_cmpint(fsync(fd), ==, 0);
    g_assert_true(alj_data_wipe(host, fd, "f", 0, NULL, NULL, &error));
    g_assert_cmpuint(size_of(fd, &allocated), ==, SOURCE_BYTES);
    g_assert_cmpuint(allocated, >=, SOURCE_BYTES); /* others stay allocated, and no longer than they were */
    g_assert_true(reads_as_zeros(fd, 0, SOURCE_BYTES));
}

static void
test_thin_status(void)
{
    static const char *const bad[] = { "", "-", "Fail", "Error", "12", "12 ", "12 x", "-1 5", "12 -5", "12 5 6", " 12 5", "36028797018963968 1",
                                       "1 36028797018963967", "1 18446744073709551615" };
    AljDmThin thin;
    g_assert_true(alj_dm_parse_thin("0 -", &thin));
    g_assert_cmpuint(thin.mapped_bytes, ==, 0);
    g_assert_cmpuint(thin.mapped_end_bytes, ==, 0);
    g_assert_true(alj_dm_parse_thin("256 4194303", &thin));
    g_assert_cmpuint(thin.mapped_bytes, ==, 131072);
    g_assert_cmpuint(thin.mapped_end_bytes, ==, UINT64_C(2) << 30);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(alj_dm_parse_thin(bad[i], &thin));
}

/* No blocks come where there are none: a thin device would have to find them. */
static void
test_wipe_thin(Scratch *s, gconstpointer unused)
{
    uint64_t before, after;
    g_autoptr(GError) error = NULL;
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    alj_autofd fd = make_source(s);
    AljTask task = { 0 };
    (void) size_of(fd, &before);
    g_assert_true(alj_data_wipe_thin(host, fd, "source", SOURCE_BYTES, &task, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(size_of(fd, &after), ==, SOURCE_BYTES);
    g_assert_cmpuint(after, <=, before + 2 * 65536); /* whole blocks of thin devices at the two places where there was a part of one */
    g_assert_true(reads_as_zeros(fd, 0, SOURCE_BYTES));
    g_assert_cmpuint(task.done_bytes, ==, SOURCE_BYTES);
    atomic_store(&task.is_cancelled, true);
    g_assert_false(alj_data_wipe_thin(host, fd, "source", SOURCE_BYTES, &task, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
}

static void
test_wipe_without_holes(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    alj_autofd fd = make_source(s);
    alj_host_fail_nth(host, 2, EOPNOTSUPP); /* fstat, punch */
    g_assert_true(alj_data_wipe(host, fd, "f", 0, NULL, NULL, &error));
    g_assert_cmpuint(size_of(fd, NULL), ==, SOURCE_BYTES);
    g_assert_true(reads_as_zeros(fd, 0, SOURCE_BYTES));
}

static void
test_scrub(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    g_autofree char *scrub = alj_run_find("scrub");
    alj_autofd fd = make_source(s);
    if (!scrub) {
        g_assert_false(alj_data_wipe(host, fd, "f", 0, "random", NULL, &error));
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_CONFIG_UNSUPPORTED);
        g_assert_cmpstr(error->message, ==, "algorithm 'random' needs the program 'scrub': install package 'scrub'");
        g_test_skip("scrub is not installed");
        return;
    }
    alj_data_wipe(host, fd, "f", 0, "random", NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(size_of(fd, NULL), ==, SOURCE_BYTES); /* scrub itself would fill the last block */
    char end[4] = "";
    g_assert_cmpint(pread(fd, end, 3, SOURCE_BYTES - 3), ==, 3);
    g_assert_cmpstr(end, !=, "end");
    g_assert_false(reads_as_zeros(fd, 3 * MIB, 65536));

    g_assert_false(alj_data_wipe(host, fd, "f", 0, "no-such-pattern", NULL, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_INTERNAL);
}

static void
test_extent(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autoptr(GError) error = NULL;
    uint64_t start, end;
    alj_autofd fd = make_source(s);
    g_assert_true(alj_data_extent(host, fd, 3 * MIB, SOURCE_BYTES, &start, &end, &error));
    g_assert_cmpuint(start, >, 3 * MIB);
    g_assert_cmpuint(start, <=, 5 * MIB + 4096);
    g_assert_cmpuint(end, >=, 5 * MIB + 8192);
    g_assert_cmpuint(end, <, SOURCE_BYTES);
    g_assert_true(alj_data_extent(host, fd, 0, 4096, &start, &end, &error)); /* not beyond what was asked for */
    g_assert_cmpuint(start, ==, 0);
    g_assert_cmpuint(end, ==, 4096);
    g_assert_true(alj_data_extent(host, fd, SOURCE_BYTES, SOURCE_BYTES + 10, &start, &end, &error));
    g_assert_cmpuint(start, ==, SOURCE_BYTES + 10);
    g_assert_cmpuint(end, ==, SOURCE_BYTES + 10);
    alj_host_fail_nth(host, 1, EINVAL); /* a device */
    g_assert_true(alj_data_extent(host, fd, 3 * MIB, 4 * MIB, &start, &end, &error));
    g_assert_cmpuint(start, ==, 3 * MIB);
    g_assert_cmpuint(end, ==, 4 * MIB);
    alj_host_fail_nth(host, 1, EIO);
    g_assert_false(alj_data_extent(host, fd, 3 * MIB, 4 * MIB, &start, &end, &error));
    g_assert_cmpstr(error->message, ==, "cannot look for data at offset 3145728: Input/output error");
}

typedef bool (*Work)(AljHost *host, int source, int target, GError **error);

static bool
work_copy(AljHost *host, int source, int target, GError **error)
{
    return alj_data_copy(host, source, "source", target, SOURCE_BYTES, ALJ_COPY_SPARSE, NULL, error);
}

static bool
work_copy_full(AljHost *host, int source, int target, GError **error)
{
    return alj_data_copy(host, source, "source", target, SOURCE_BYTES, ALJ_COPY_FULL, NULL, error);
}

static bool
work_allocate(AljHost *host, int source, int target, GError **error)
{
    return alj_data_allocate(host, source, "source", 0, SOURCE_BYTES, NULL, error);
}

static bool
work_zero(AljHost *host, int source, int target, GError **error)
{
    return alj_data_zero(host, source, "source", 0, SOURCE_BYTES, error);
}

static bool
work_wipe(AljHost *host, int source, int target, GError **error)
{
    return alj_data_wipe(host, source, "source", SOURCE_BYTES, NULL, NULL, error);
}

/* Each call fails once, in two ways: as if the disk were broken, and as if the system did not offer the call. */
static void
test_nth_failure(Scratch *s, gconstpointer unused)
{
    static const struct {
        const char *name;
        Work work;
        bool is_copy;
        const char *message; /* what a failure begins with */
    } rows[] = {
        { "copy", work_copy, true, "cannot copy 'source': " },
        { "copy-full", work_copy_full, true, "cannot copy 'source': " },
        { "allocate", work_allocate, false, "cannot allocate 8388708 bytes in file 'source': " },
        { "zero", work_zero, false, "cannot clear 'source': " },
        { "wipe", work_wipe, false, "cannot wipe 'source': " },
    };
    static const int ways[] = { EIO, EOPNOTSUPP };
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    for (gsize row = 0; row < G_N_ELEMENTS(rows) * G_N_ELEMENTS(ways); row++) {
        const char *message = rows[row / 2].message;
        unsigned failures = 0;
        for (unsigned nth = 1;; nth++) {
            g_autoptr(GError) error = NULL;
            alj_autofd source = make_source(s);
            alj_autofd target = scratch_open(s, "target");
            alj_host_fail_nth(host, nth, ways[row % 2]);
            bool is_done = rows[row / 2].work(host, source, target, &error);
            g_assert_cmpint(is_done, ==, error == NULL);
            g_assert_cmpuint(size_of(source, NULL), ==, SOURCE_BYTES);
            if (is_done && rows[row / 2].is_copy)
                assert_copied(source, target, SOURCE_BYTES);
            if (!is_done) {
                g_assert_error(error, ALJ_ERROR, ALJ_ERROR_SYSTEM);
                g_assert_true(g_str_has_prefix(error->message, message));
                g_assert_cmpint(alj_error_errno(error), ==, ways[row % 2]);
                g_assert_cmpuint(size_of(target, NULL), <=, SOURCE_BYTES);
                failures++;
            }
            if (alj_host_calls(host) < nth)
                break;
        }
        g_test_message("%s: %u failures", rows[row / 2].name, failures);
        g_assert_true(failures > 0 || ways[row % 2] == EOPNOTSUPP);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/host/data/" name, Scratch, NULL, scratch_set_up, func, scratch_tear_down)
    ADD("copy", test_copy);
    ADD("copy-across", test_copy_across);
    ADD("reflink", test_reflink);
    ADD("reflink-refused", test_reflink_refused);
    ADD("device", test_device);
    ADD("cancelled", test_cancelled);
    ADD("copy-by-writing", test_copy_by_writing);
    ADD("allocate", test_allocate);
    ADD("allocate-in-use", test_allocate_in_use);
    ADD("zero", test_zero);
    ADD("wipe", test_wipe);
    ADD("wipe-thin", test_wipe_thin);
    g_test_add_func("/host/data/thin-status", test_thin_status);
    ADD("wipe-without-holes", test_wipe_without_holes);
    ADD("scrub", test_scrub);
    ADD("extent", test_extent);
    ADD("nth-failure", test_nth_failure);
    return g_test_run();
}
