/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disk pools on real loop devices: what is refused, what is made and deleted, and that every failure and every crash leaves the
 * table as it was. Skips where there are no loop devices.
 */
#include "fixture.h"

#include "base/guard.h"
#include "host/partitions.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB          ((uint64_t) 1 << 20)
#define shell(...)   g_free(fixture_shell(__VA_ARGS__))

static const AljBackend *const disk = &aljibe_backend;
static char *device; /* of the running test */

/* ---- a disk ---- */

static bool
attach(Fixture *f, const char *format)
{
    const char *argv[] = { "sh", "-ec", "truncate -s 64M ../image; losetup -f --show ../image", NULL };
    int status = -1;
    g_clear_pointer(&device, g_free);
    g_assert_true(g_spawn_sync(f->pool->target_path, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                               NULL, &device, NULL, &status, NULL));
    g_strchomp(device);
    if (status != 0) {
        g_test_skip("there are no loop devices");
        return false;
    }
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_DISK);
    f->pool->name = g_strdup("p");
    f->pool->format = format;
    f->pool->target_path = g_strdup("/dev");
    alj_pool_def_add_device(f->pool, device);
    return true;
}

static void
detach(Fixture *f)
{
    shell(f, "partx -d %s >/dev/null 2>&1 || true; losetup -d %s", device, device);
}

static void
must_build(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(disk->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error));
    g_assert_no_error(error);
}

static AljInventory *
must_scan(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    AljInventory *inventory = disk->scan(&f->call, f->pool, NULL, &error);
    g_assert_no_error(error);
    return inventory;
}

static char *
part_name(unsigned number)
{
    g_autofree char *base = g_path_get_basename(device);
    return g_strdup_printf("%sp%u", base, number);
}

static AljVolDef *
new_request(unsigned number, uint64_t bytes, AljVolFormat format)
{
    g_autofree char *name = part_name(number);
    AljVolDef *request = alj_vol_def_new(name);
    request->capacity_bytes = request->allocation_bytes = bytes;
    request->format = format;
    return request;
}

static AljVolDef *
create(Fixture *f, unsigned number, uint64_t bytes, AljVolFormat format, GError **error)
{
    g_autoptr(AljVolDef) request = new_request(number, bytes, format);
    return disk->vol_plan(&f->call, f->pool, request, 0, error) ? disk->vol_create(&f->call, f->pool, request, 0, error) : NULL;
}

static AljVolDef *
must_create(Fixture *f, unsigned number, uint64_t bytes, AljVolFormat format)
{
    g_autoptr(GError) error = NULL;
    AljVolDef *vol = create(f, number, bytes, format, &error);
    g_assert_no_error(error);
    return vol;
}

static void
assert_create_fails(Fixture *f, unsigned number, uint64_t bytes, AljVolFormat format, const char *text)
{
    g_autoptr(GError) error = NULL;
    fixture_assert_fails(create(f, number, bytes, format, &error), error, text);
}

/* What is on the disk, what the kernel has of it, and what is recorded. (transfer full) */
static char *
picture(Fixture *f)
{
    return fixture_shell(f, "{ head -c 1M %s; tail -c 1M %s; } | sha256sum; "
                            "cat /sys/class/block/%s/*p*/start /sys/class/block/%s/*p*/size 2>/dev/null || true; "
                            "ls %s/partition-tables 2>/dev/null || true",
                         device, device, device + strlen("/dev/"), device + strlen("/dev/"), f->base);
}

/* ---- build and start ---- */

/* mission: A9-01 */
static void
test_build(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *unknown = g_strdup_printf("Storage pool probe failed: Device '%s' is unrecognized, requires build", device);
    g_autofree char *again = g_strdup_printf("Storage pool already built: Device '%s' already formatted using 'gpt'", device);
    g_autofree char *other = g_strdup_printf("Storage pool already built: Format of device '%s' does not match the expected "
                                             "format 'dos', forced overwrite is necessary", device);
    g_autofree char *unlike = g_strdup_printf("Requested operation is not valid: Format of device '%s' does not match the "
                                              "expected format 'dos'", device);
    fixture_assert_fails(disk->pool_start(&f->call, f->pool, &error), error, unknown);
    g_assert_true(disk->pool_build(&f->call, f->pool, 0, &error));
    fixture_assert_fails(disk->pool_build(&f->call, f->pool, 0, &error), error, again);
    fixture_assert_fails(disk->pool_build(&f->call, f->pool, ALJ_BUILD_NO_OVERWRITE, &error), error, again);
    g_assert_true(disk->pool_start(&f->call, f->pool, &error));
    f->pool->format = "unknown"; /* means dos */
    fixture_assert_fails(disk->pool_build(&f->call, f->pool, 0, &error), error, other);
    fixture_assert_fails(disk->pool_start(&f->call, f->pool, &error), error, unlike);
    g_assert_true(disk->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error));
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpstr(inventory->live.format, ==, "dos");
    f->pool->format = "bsd"; /* a label that libblkid does not know is content all the same */
    must_build(f);
    f->pool->format = "gpt";
    g_assert_false(disk->pool_build(&f->call, f->pool, 0, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_POOL_BUILT));
    g_clear_error(&error);
    g_assert_true(disk->pool_delete(&f->call, f->pool, 0, &error));
    fixture_assert_fails(disk->pool_start(&f->call, f->pool, &error), error, unknown);
    detach(f);
}

/* ---- volumes ---- */

static void
test_volumes(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autoptr(AljVolDef) first = must_create(f, 1, 5 * MIB, ALJ_FORMAT_LINUX_LVM);
    g_assert_cmpuint(first->capacity_bytes, ==, 5 * MIB);
    g_assert_cmpint(first->format, ==, ALJ_FORMAT_LINUX_LVM);
    g_assert_cmpint(access(first->path, F_OK), ==, 0);
    g_autoptr(AljVolDef) second = must_create(f, 2, 1000, ALJ_FORMAT_NONE);
    g_assert_cmpuint(second->capacity_bytes, ==, 1024);
    g_autofree char *third = part_name(3), *fourth = part_name(4);
    g_autofree char *wrong = g_strdup_printf("invalid argument: invalid partition name '%s', expected '%s'", fourth, third);
    g_autofree char *before = picture(f);
    assert_create_fails(f, 4, MIB, ALJ_FORMAT_NONE, wrong);
    assert_create_fails(f, 3, 64 * MIB, ALJ_FORMAT_NONE, "internal error: no large enough free extent");
    assert_create_fails(f, 3, G_MAXUINT64, ALJ_FORMAT_NONE, "internal error: no large enough free extent");
    assert_create_fails(f, 3, 0, ALJ_FORMAT_NONE,
                        "this function is not supported by the connection driver: volume capacity required for this storage pool");
    fixture_assert_fails(disk->vol_delete(&f->call, f->pool, first, ALJ_VOL_DELETE_ZEROED, &error), error,
                         "unsupported flags (0x1) in function virStorageBackendDiskDeleteVol");
    g_autofree char *after = picture(f);
    g_assert_cmpstr(before, ==, after);
    g_assert_true(disk->vol_delete(&f->call, f->pool, first, 0, &error));
    g_assert_cmpint(access(first->path, F_OK), ==, -1);
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    g_assert_cmpuint(inventory->live.allocation_bytes, ==, 1024);
    g_assert_cmpuint(inventory->live.free_extents->len, ==, 2);
    g_autofree char *gone = g_strdup_printf("Storage volume not found: no storage vol with matching name '%s'", first->name);
    fixture_assert_fails(disk->vol_delete(&f->call, f->pool, first, 0, &error), error, gone);
    detach(f);
}

static void
test_logical(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "dos"))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autoptr(AljVolDef) first = must_create(f, 1, 2 * MIB, ALJ_FORMAT_NONE);
    g_autoptr(AljVolDef) extended = must_create(f, 2, 30 * MIB, ALJ_FORMAT_EXTENDED);
    g_autoptr(AljVolDef) third = must_create(f, 3, 2 * MIB, ALJ_FORMAT_NONE), fourth = must_create(f, 4, 2 * MIB, ALJ_FORMAT_NONE);
    g_autoptr(AljVolDef) fifth = must_create(f, 5, 4 * MIB, ALJ_FORMAT_NONE), sixth = must_create(f, 6, 4 * MIB, ALJ_FORMAT_NONE);
    assert_create_fails(f, 7, MIB, ALJ_FORMAT_EXTENDED, "internal error: extended partition already exists");
    g_autofree char *renamed = g_strdup_printf("Requested operation is not valid: logical partition 5 of '%s' cannot be deleted: "
                                               "partition 6 would become partition 5", device);
    g_autofree char *wipe = g_strdup_printf("this function is not supported by the connection driver: cannot wipe extended "
                                            "partition '%s'", extended->path);
    fixture_assert_fails(disk->vol_delete(&f->call, f->pool, fifth, 0, &error), error, renamed);
    fixture_assert_fails(disk->vol_wipe(&f->call, f->pool, extended, ALJ_WIPE_ZERO, &error), error, wipe);
    AljVolStat stat = { 0 };
    g_assert_true(disk->vol_stat(&f->call, f->pool, extended, &stat, &error));
    g_assert_cmpuint(stat.allocation_bytes, ==, 8 * MIB);
    g_assert_true(disk->vol_delete(&f->call, f->pool, sixth, 0, &error));
    g_assert_true(disk->vol_delete(&f->call, f->pool, fifth, 0, &error));
    g_assert_true(disk->vol_delete(&f->call, f->pool, extended, 0, &error));
    g_assert_no_error(error);
    detach(f);
}

/* A partition that anybody has open stays, in the table and in the kernel. */
static void
test_in_use(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autoptr(AljVolDef) vol = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE);
    g_autofree char *before = picture(f);
    g_autofree char *busy = g_strdup_printf("resource busy: partition '%s' is in use", vol->path);
    alj_autofd fd = open(vol->path, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    fixture_assert_fails(disk->vol_delete(&f->call, f->pool, vol, 0, &error), error, busy);
    fixture_assert_fails(disk->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error), error, busy);
    fixture_assert_fails(disk->pool_delete(&f->call, f->pool, 0, &error), error, busy);
    g_autofree char *after = picture(f);
    g_assert_cmpstr(before, ==, after);
    close(alj_steal_fd(&fd));
    g_assert_true(disk->vol_delete(&f->call, f->pool, vol, 0, &error));
    detach(f);
}

/* The node leads elsewhere than the table says: nothing is written through it. */
static void
test_node_elsewhere(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autoptr(AljVolDef) vol = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE);
    shell(f, "partx -d --nr 1 %s; addpart %s 1 40960 2048", device, device);
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: the kernel does not have partition '%s' as the "
                                            "table of '%s' has it", vol->path, device);
    fixture_assert_fails(disk->vol_open(&f->call, f->pool, vol, O_RDWR, &error), error, text);
    fixture_assert_fails(disk->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_ZERO, &error), error, text);
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    g_assert_nonnull(((AljVolDef *) g_ptr_array_index(inventory->vols, 0))->problem);
    detach(f);
}

/* ---- resize ---- */

static AljVolDef *
resize(Fixture *f, const AljVolDef *vol, uint64_t bytes, GError **error)
{
    return disk->vol_resize(&f->call, f->pool, vol, bytes, ALJ_VOL_RESIZE_SHRINK, error);
}

static uint64_t
size_of(int fd)
{
    uint64_t bytes = 0;
    g_assert_cmpint(ioctl(fd, BLKGETSIZE64, &bytes), ==, 0);
    return bytes;
}

static void
test_resize(Fixture *f, gconstpointer format)
{
    if (!attach(f, format))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autoptr(AljVolDef) first = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE), second = must_create(f, 2, 7 * MIB, ALJ_FORMAT_NONE);
    g_autofree char *no_room = g_strdup_printf("operation failed: partition '%s' has no room to grow: 0 bytes are free behind it",
                                               first->path);
    fixture_assert_fails(resize(f, first, 6 * MIB, &error), error, no_room);
    shell(f, "head -c 7M /dev/urandom > bytes; cat bytes > %s", second->path);
    alj_autofd fd = open(second->path, O_RDONLY | O_EXCL | O_CLOEXEC);
    g_autoptr(AljVolDef) longer = resize(f, second, 20 * MIB + 1, &error); /* in use, and stays so */
    g_assert_no_error(error);
    g_assert_cmpuint(longer->capacity_bytes, ==, 20 * MIB + 512);
    g_assert_cmpuint(size_of(fd), ==, 20 * MIB + 512);
    g_autofree char *busy = g_strdup_printf("resource busy: '%s' is in use: a part of it is mounted, or a program has claimed it", second->path);
    fixture_assert_fails(resize(f, longer, 7 * MIB, &error), error, busy);
    close(alj_steal_fd(&fd));
    g_autoptr(AljVolDef) shorter = resize(f, longer, 7 * MIB, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(shorter->capacity_bytes, ==, 7 * MIB);
    shell(f, "cmp bytes %s", second->path);
    shell(f, "mkswap -q %s 2>&1", second->path);
    g_autofree char *destroys = g_strdup_printf("Requested operation is not valid: volume '%s' is not cut off, because that could "
                                                "destroy what is in it (swap); make that smaller and use parted, then refresh the pool",
                                                second->name);
    fixture_assert_fails(resize(f, shorter, 6 * MIB, &error), error, destroys);
    g_assert_null(resize(f, longer, 9 * MIB, &error)); /* it is known to be elsewhere by now */
    g_clear_error(&error);
    detach(f);
}

static void
test_resize_gpt(Fixture *f, gconstpointer unused)
{
    test_resize(f, "gpt");
}

static void
test_resize_dos(Fixture *f, gconstpointer unused)
{
    test_resize(f, "dos");
}

typedef struct Rival {
    const char *path;
    atomic_bool has_ended;
    atomic_uint cut; /* how often the partition got shorter while it was claimed */
} Rival;

/* Claims the partition again and again, as a mount would, and looks whether it stays as long as it was. */
static void *
claim_and_look(void *data)
{
    Rival *rival = data;
    for (unsigned n = 0; !rival->has_ended; n++) {
        alj_autofd fd = open(rival->path, O_RDONLY | O_EXCL | O_CLOEXEC);
        if (fd < 0)
            continue; /* at once: what is looked for is the moment after somebody else's claim */
        uint64_t before = size_of(fd);
        g_usleep(5000);
        rival->cut += size_of(fd) < before;
        close(alj_steal_fd(&fd));
        g_usleep(n % 8 * 1000);
    }
    return NULL;
}

static void
test_cut_race(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    must_build(f);
    g_autoptr(AljVolDef) vol = must_create(f, 1, 40 * MIB, ALJ_FORMAT_NONE);
    Rival rival = { .path = vol->path };
    GThread *thread = g_thread_new("rival", claim_and_look, &rival);
    for (unsigned i = 0, cuts = 0; i < 400 && cuts < 60; i++) {
        g_autoptr(AljVolDef) shorter = resize(f, vol, vol->capacity_bytes - MIB, NULL); /* fails while the rival has it */
        if (shorter) {
            cuts++;
            alj_vol_def_unref(vol);
            vol = g_steal_pointer(&shorter);
        }
    }
    rival.has_ended = true;
    g_thread_join(thread);
    g_assert_cmpuint(rival.cut, ==, 0);
    detach(f);
}

/* ---- failures ---- */

/* Repeats @attempt with its 1st, 2nd, … call failing; the picture must be as @before after each failure. */
static void
fail_each(Fixture *f, bool (*attempt)(Fixture *f, GError **error), const char *before)
{
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_done = attempt(f, &error);
        unsigned calls = alj_host_calls(f->host);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_done == (error == NULL));
        if (is_done && calls < nth) {
            g_assert_cmpuint(nth, >, 10);
            return;
        }
        g_assert_false(is_done);
        g_autofree char *after = picture(f);
        if (strcmp(before, after) != 0)
            g_error("after the failure of call %u:\n%swas before:\n%s", nth, after, before);
    }
}

static bool
attempt_create(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = create(f, 2, 7 * MIB, ALJ_FORMAT_NONE, error);
    return vol != NULL;
}

static const AljVolDef *doomed;

static bool
attempt_delete(Fixture *f, GError **error)
{
    return disk->vol_delete(&f->call, f->pool, doomed, 0, error);
}

static bool
attempt_longer(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = resize(f, doomed, 9 * MIB, error);
    return vol != NULL;
}

static bool
attempt_shorter(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = resize(f, doomed, 3 * MIB, error);
    return vol != NULL;
}

static bool
attempt_build(Fixture *f, GError **error)
{
    return disk->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, error);
}

static void
test_each_failure(Fixture *f, gconstpointer format)
{
    if (!attach(f, format))
        return;
    must_build(f);
    g_autoptr(AljVolDef) vol = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE);
    g_autofree char *before = picture(f);
    doomed = vol;
    fail_each(f, attempt_longer, before);
    g_autoptr(AljVolDef) longer = disk->vol_probe(&f->call, f->pool, vol->name, NULL);
    g_autofree char *with_longer = picture(f);
    doomed = longer;
    fail_each(f, attempt_shorter, with_longer);
    g_autoptr(AljVolDef) shorter = disk->vol_probe(&f->call, f->pool, vol->name, NULL);
    g_autofree char *with_shorter = picture(f);
    doomed = shorter;
    fail_each(f, attempt_create, with_shorter);
    g_autofree char *with_two = picture(f);
    fail_each(f, attempt_delete, with_two);
    g_autofree char *with_one = picture(f);
    fail_each(f, attempt_build, with_one);
    detach(f);
}

static void
test_each_failure_gpt(Fixture *f, gconstpointer unused)
{
    test_each_failure(f, "gpt");
}

static void
test_each_failure_dos(Fixture *f, gconstpointer unused)
{
    test_each_failure(f, "dos");
}

/* Stand before those of the C library: the file of a record cannot be removed while this is set. */
static bool keeps_records;

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (keeps_records && g_str_has_suffix(to, ".new")) {
        errno = EIO;
        return -1;
    }
    return (int) syscall(SYS_renameat2, from_dir, from, to_dir, to, 0u);
}

int
unlinkat(int dir, const char *name, int flags)
{
    if (keeps_records && !g_str_has_suffix(name, ".new")) {
        errno = EIO;
        return -1;
    }
    return (int) syscall(SYS_unlinkat, dir, name, flags);
}

/* A deletion is over with the table: only a volume that is made is taken back if its record cannot go. */
static void
test_record_stays(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autoptr(AljVolDef) vol = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE);
    keeps_records = true;
    g_assert_true(disk->vol_delete(&f->call, f->pool, vol, 0, &error));
    g_assert_no_error(error);
    g_assert_null(create(f, 1, 7 * MIB, ALJ_FORMAT_NONE, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_SYSTEM));
    keeps_records = false;
    g_autofree char *before = picture(f);
    g_assert_nonnull(strstr(before, "00000000-")); /* two, which this scan finds to be over */
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 0);
    g_autofree char *after = picture(f);
    g_assert_null(strstr(after, "00000000-"));
    detach(f);
}

/* Stands before that of the C library: how many locks are had before somebody else has the disk for a moment. */
static int n_locks = -1;

int
flock(int fd, int operation)
{
    if (n_locks >= 0 && n_locks-- == 0) {
        n_locks = -1;
        errno = EWOULDBLOCK;
        return -1;
    }
    return (int) syscall(SYS_flock, fd, operation);
}

/* A copy that is cancelled is taken back at once, even if udev looks at the disk just then. */
static void
test_cancelled(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    g_autoptr(GError) error = NULL;
    must_build(f);
    g_autofree char *before = picture(f);
    shell(f, "yes | head -c 1M > %s/src", f->base);
    g_autoptr(AljVolDef) from = alj_vol_def_new("src");
    from->path = g_build_filename(f->base, "src", NULL);
    from->format = ALJ_FORMAT_RAW;
    from->capacity_bytes = MIB;
    g_autoptr(AljVolDef) request = new_request(1, 5 * MIB, ALJ_FORMAT_NONE);
    g_assert_true(disk->vol_plan(&f->call, f->pool, request, 0, NULL));
    atomic_store(&f->task.is_cancelled, true);
    n_locks = 1;
    g_assert_null(disk->vol_copy(&f->call, f->pool, request, from, ALJ_POOL_DIR, 0, &error));
    atomic_store(&f->task.is_cancelled, false);
    g_assert_cmpint(n_locks, ==, -1);
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_ABORTED);
    g_autofree char *after = picture(f);
    g_assert_cmpstr(after, ==, before);
    detach(f);
}

/* ---- crashes ---- */

/* The call that is to fail is where the child ends, as by SIGKILL: no step back runs. */
static void
die(const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
    if (strstr(message, "fails on purpose"))
        _exit(9);
}

/* Returns: whether the child came to the end of @attempt. */
static bool
crash_at(Fixture *f, unsigned nth, bool (*attempt)(Fixture *f, GError **error))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        g_log_set_default_handler(die, NULL);
        alj_host_fail_nth(f->host, nth, EIO);
        _exit(attempt(f, NULL) ? 0 : 1);
    }
    g_assert_cmpint(child, >, 0);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9));
    return WEXITSTATUS(status) == 0;
}

/* Where there were @n_before volumes there are now so many or, complete, @n_after, and the kernel agrees. */
static void
check_after_crash(Fixture *f, const char *before, guint n_before, guint n_after, unsigned nth)
{
    g_autoptr(AljInventory) inventory = must_scan(f);
    for (guint i = 0; i < inventory->vols->len; i++)
        g_assert_null(((AljVolDef *) g_ptr_array_index(inventory->vols, i))->problem);
    g_autofree char *after = picture(f);
    if (inventory->vols->len == n_before && strcmp(before, after) != 0)
        g_error("after a crash at call %u:\n%swas before:\n%s", nth, after, before);
    g_assert_true(inventory->vols->len == n_before || inventory->vols->len == n_after);
    g_assert_null(strstr(after, "00000000-")); /* no record, named after the pool, is left */
}

/* What was not acknowledged is taken back; after the last step but the answer it may stand. */
static void
crash_each_resize(Fixture *f)
{
    bool (*const attempts[])(Fixture *f, GError **error) = { attempt_longer, attempt_shorter };
    g_autofree char *name = part_name(2);
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
        g_autoptr(AljVolDef) vol = disk->vol_probe(&f->call, f->pool, name, NULL);
        g_autofree char *before = picture(f);
        unsigned nth = 1;
        const AljVolDef *kept = doomed;
        doomed = vol;
        for (; !crash_at(f, nth, attempts[i]); nth++) {
            g_autoptr(AljInventory) inventory = must_scan(f);
            g_autofree char *after = picture(f);
            g_autoptr(AljVolDef) now = disk->vol_probe(&f->call, f->pool, name, NULL);
            if (now->capacity_bytes != vol->capacity_bytes) /* done, if not acknowledged */
                break;
            if (strcmp(before, after) != 0)
                g_error("after a crash at call %u:\n%swas before:\n%s", nth, after, before);
        }
        g_assert_cmpuint(nth, >, 10);
        doomed = kept;
    }
}

static void
test_crashes(Fixture *f, gconstpointer format)
{
    if (!attach(f, format))
        return;
    must_build(f);
    g_autoptr(AljVolDef) vol = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE);
    g_autofree char *before = picture(f);
    unsigned nth = 1;
    doomed = vol;
    for (; !crash_at(f, nth, attempt_create); nth++)
        check_after_crash(f, before, 1, 1, nth); /* not acknowledged: gone */
    g_assert_cmpuint(nth, >, 10);
    crash_each_resize(f);
    g_autofree char *resized = picture(f);
    for (nth = 1; !crash_at(f, nth, attempt_delete); nth++) {
        check_after_crash(f, resized, 2, 1, nth);
        g_autofree char *name = part_name(1);
        g_autoptr(AljVolDef) still = disk->vol_probe(&f->call, f->pool, name, NULL);
        if (!still) /* deleted, if not acknowledged */
            break;
    }
    g_assert_cmpuint(nth, >, 5);
    detach(f);
}

static void
test_crashes_gpt(Fixture *f, gconstpointer unused)
{
    test_crashes(f, "gpt");
}

static void
test_crashes_dos(Fixture *f, gconstpointer unused)
{
    test_crashes(f, "dos");
}

static bool
attempt_first(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = create(f, 1, 5 * MIB, ALJ_FORMAT_NONE, error);
    return vol != NULL;
}

/* A path may be another disk's after a boot: what is there is nobody's to take back, even if it lies at the very same place. */
static void
test_other_disk(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "gpt"))
        return;
    must_build(f);
    g_autofree char *name = part_name(1);
    for (unsigned nth = 1;; nth++) {
        g_assert_false(crash_at(f, nth, attempt_first));
        g_autoptr(AljVolDef) half_made = disk->vol_probe(&f->call, f->pool, name, NULL);
        if (half_made)
            break;
        alj_inventory_free(must_scan(f));
    }
    shell(f, "mv %s/partition-tables %s/away", f->base, f->base);
    g_assert_true(disk->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, NULL));
    g_autoptr(AljVolDef) other = must_create(f, 1, 5 * MIB, ALJ_FORMAT_NONE);
    shell(f, "mv %s/away/* %s/partition-tables", f->base, f->base);
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    g_autofree char *told = g_strdup_printf("a change of a partition table that was interrupted cannot be taken back: "
                                            "'%s' is another disk than the one that was changed", device);
    g_assert_cmpstr(g_ptr_array_index(inventory->problems, 0), ==, told);
    shell(f, "rm %s/partition-tables/*", f->base);
    detach(f);
}

/* The same where the table says nothing that tells disks apart: then the kernel does. */
static void
test_other_disk_unsigned(Fixture *f, gconstpointer unused)
{
    if (!attach(f, "dos"))
        return;
    must_build(f);
    shell(f, "head -c 4 /dev/zero | dd of=%s bs=1 seek=440 conv=notrunc,fsync status=none", device);
    g_autofree char *name = part_name(1);
    for (unsigned nth = 1;; nth++) {
        g_assert_false(crash_at(f, nth, attempt_first));
        g_autoptr(AljVolDef) half_made = disk->vol_probe(&f->call, f->pool, name, NULL);
        if (half_made)
            break;
        alj_inventory_free(must_scan(f));
    }
    shell(f, "partx -d %s 2>/dev/null || true; losetup -d %s; losetup %s %s/image", device, device, device, f->base);
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    g_autofree char *told = g_strdup_printf("a change of a partition table that was interrupted cannot be taken back: "
                                            "'%s' is another disk than the one that was changed", device);
    g_assert_cmpstr(g_ptr_array_index(inventory->problems, 0), ==, told);
    shell(f, "rm %s/partition-tables/*", f->base);
    detach(f);
}

int
main(int argc, char **argv)
{
    if (access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", TRUE); /* these tests sync a thousand times */
    g_test_init(&argc, &argv, NULL);
    fixture_add("/backend/disk/build", test_build);
    fixture_add("/backend/disk/volumes", test_volumes);
    fixture_add("/backend/disk/logical", test_logical);
    fixture_add("/backend/disk/in-use", test_in_use);
    fixture_add("/backend/disk/resize/gpt", test_resize_gpt);
    fixture_add("/backend/disk/resize/dos", test_resize_dos);
    fixture_add("/backend/disk/resize/claimed", test_cut_race);
    fixture_add("/backend/disk/node-elsewhere", test_node_elsewhere);
    fixture_add("/backend/disk/each-failure/gpt", test_each_failure_gpt);
    fixture_add("/backend/disk/each-failure/dos", test_each_failure_dos);
    fixture_add("/backend/disk/crashes/gpt", test_crashes_gpt);
    fixture_add("/backend/disk/crashes/dos", test_crashes_dos);
    fixture_add("/backend/disk/crashes/other-disk", test_other_disk);
    fixture_add("/backend/disk/crashes/other-disk/unsigned", test_other_disk_unsigned);
    fixture_add("/backend/disk/record-stays", test_record_stays);
    fixture_add("/backend/disk/cancelled", test_cancelled);
    int result = g_test_run();
    g_free(device);
    return result;
}
