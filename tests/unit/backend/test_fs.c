/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of type fs on loop devices and image files, mounted in a namespace of this test. */
#include "fixture.h"

#include "backend/files/files.h"
#include "base/guard.h"
#include "host/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define outside(...) g_free(shell_outside(__VA_ARGS__))

static const AljBackend *const fs = &aljibe_backend;
static bool can_mount;

/* The fixture with a device of 32 MiB as the source of its pool, whose format is ext4. */
typedef struct Device {
    Fixture f; /* first */
    char *path; /* NULL: there are none here, and the test skips */
} Device;

/* fixture_shell() beside the pool's directory, which need not be there. DEV stands for the device. */
static char *
shell_outside(Device *d, const char *command)
{
    char *target = d->f.pool->target_path;
    g_autoptr(GString) text = g_string_new(command);
    g_string_replace(text, "DEV", d->path, 0);
    d->f.pool->target_path = d->f.base;
    char *output = fixture_shell(&d->f, "%s", text->str);
    d->f.pool->target_path = target;
    return output;
}

static void
set_up(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    fixture_set_up(f, NULL);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_FS);
    f->pool->name = g_strdup("p");
    f->pool->format = "ext4";
    f->pool->target_path = g_build_filename(f->base, "pool", NULL);
    if (!can_mount)
        g_test_skip("mounting is not allowed here");
    else if (fixture_has_tool("mkfs.ext4"))
        d->path = fixture_shell(f, "truncate -s 32M ../disk; losetup -f --show ../disk || true");
    if (d->path && *g_strchomp(d->path) == '\0') {
        g_test_skip("there are no loop devices");
        g_clear_pointer(&d->path, g_free);
    }
    if (d->path)
        alj_pool_def_add_device(f->pool, d->path);
}

static void
tear_down(Device *d, gconstpointer unused)
{
    while (umount2(d->f.pool->target_path, UMOUNT_NOFOLLOW) == 0)
        continue;
    if (d->path)
        outside(d, "losetup -d DEV");
    g_free(d->path);
    fixture_tear_down(&d->f, NULL);
}

#define device_add(path, function) g_test_add(path, Device, NULL, set_up, function, tear_down)

static void
must(bool is_done, GError *error)
{
    g_assert_no_error(error);
    g_assert_true(is_done);
}

static void
must_build(Fixture *f, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    must(fs->pool_build(&f->call, f->pool, flags, &error), error);
}

/* Starts and scans, as the core does, and lets later calls know the root that was found. */
static void
must_start(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    must(fs->pool_start(&f->call, f->pool, &error), error);
    AljInventory *inventory = fs->scan(&f->call, f->pool, NULL, &error);
    must(inventory != NULL, error);
    alj_inventory_free(f->inventory);
    f->inventory = inventory;
    f->root = inventory->root;
}

static void
must_stop(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    must(fs->pool_stop(&f->call, f->pool, &error), error);
    f->root = (AljRoot){ 0 };
}

static bool
is_active(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    bool is_up = false;
    must(fs->pool_probe(&f->call, f->pool, &is_up, &error), error);
    return is_up;
}

static void
assert_type(Device *d, const char *type)
{
    g_autofree char *found = shell_outside(d, "blkid -p -o value -s TYPE DEV || true");
    g_assert_cmpstr(g_strchomp(found), ==, type);
}

/* @format: of the text, where DEV and PATH stand for device and target. */
static void
assert_build_fails(Device *d, unsigned flags, const char *format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(format);
    g_string_replace(text, "DEV", d->path, 0);
    g_string_replace(text, "PATH", d->f.pool->target_path, 0);
    fixture_assert_fails(fs->pool_build(&d->f.call, d->f.pool, flags, &error), error, text->str);
}

static void
assert_start_fails(Device *d, const char *format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(format);
    g_string_replace(text, "DEV", d->path, 0);
    g_string_replace(text, "PATH", d->f.pool->target_path, 0);
    fixture_assert_fails(fs->pool_start(&d->f.call, d->f.pool, &error), error, text->str);
}

/* ---- build ---- */

/* mission: A4-10 A4-12 A9-01 */
static void
test_build(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    shell(f, "rmdir ../pool");
    must_build(f, 0);
    assert_type(d, ""); /* the directory only */
    g_assert_cmpint(rmdir(f->pool->target_path), ==, 0);
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    assert_type(d, "ext4");
    assert_build_fails(d, ALJ_BUILD_NO_OVERWRITE, "Storage pool already built: Device 'DEV' already formatted using 'ext4'");
    f->pool->format = "ext2";
    assert_build_fails(d, ALJ_BUILD_NO_OVERWRITE, "Storage pool already built: Format of device 'DEV' does not match the "
                       "expected format 'ext2', forced overwrite is necessary");
    assert_type(d, "ext4");
    must_build(f, ALJ_BUILD_OVERWRITE);
    assert_type(d, "ext2");
    assert_build_fails(d, ALJ_BUILD_RESIZE, "unsupported flags (0x2) in function virStorageBackendFileSystemBuild");
}

static void
test_build_no_device(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    shell(f, "rmdir ../pool");
    AljPoolDevice *device = g_ptr_array_index(f->pool->devices, 0);
    g_free(device->path);
    device->path = g_strdup("/dev/nosuch");
    assert_build_fails(d, ALJ_BUILD_OVERWRITE,
                       "Requested operation is not valid: Source device does not exist when formatting pool 'p'");
    g_free(device->path);
    device->path = g_strdup("-L");
    assert_build_fails(d, ALJ_BUILD_OVERWRITE, "unsupported configuration: source device '-L' is not an absolute path");
    assert_start_fails(d, "unsupported configuration: source device '-L' is not an absolute path");
    g_free(device->path);
    device->path = g_strdup("/dev/null");
    assert_build_fails(d, ALJ_BUILD_OVERWRITE, "cannot open '/dev/null': Block device required");
    alj_pool_def_add_device(f->pool, d->path);
    assert_build_fails(d, ALJ_BUILD_OVERWRITE, "unsupported configuration: expected exactly 1 device for the storage pool");
    g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1); /* none of them made anything */
}

/* mission: A9-01 */
static void
test_build_in_use(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    must_start(f);
    assert_build_fails(d, ALJ_BUILD_OVERWRITE, "resource busy: 'DEV' is in use: it is mounted on 'PATH'");
    must_stop(f);
    alj_autofd claim = open(d->path, O_RDWR | O_EXCL | O_CLOEXEC);
    g_assert_cmpint(claim, >=, 0);
    assert_build_fails(d, ALJ_BUILD_OVERWRITE,
                       "resource busy: 'DEV' is in use: a part of it is mounted, or a program has claimed it");
    assert_type(d, "ext4");
}

/* A build that fails at any step has made no directory, and no file system it was not asked for. */
static void
test_build_each_failure(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    shell(f, "rmdir ../pool");
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_built = fs->pool_build(&f->call, f->pool, ALJ_BUILD_NO_OVERWRITE, &error);
        unsigned calls = alj_host_calls(f->host);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_built == (error == NULL));
        if (is_built) {
            g_assert_cmpuint(calls, <, nth);
            g_assert_cmpuint(nth, >, 6);
            break;
        }
        g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1);
        outside(d, "wipefs -aq DEV");
    }
    assert_type(d, "ext4");
}

/* ---- start and stop ---- */

/* mission: A2-03 A4-13 A4-22 */
static void
test_life(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    g_assert_false(is_active(f));
    must_start(f);
    g_assert_true(is_active(f));
    g_autofree char *options = fixture_shell(f, "findmnt -n -o SOURCE,FSTYPE,VFS-OPTIONS -M %s", f->pool->target_path);
    g_autofree char *wanted = g_strdup_printf("%s ext4   rw,nosuid,nodev,noexec,relatime\n", d->path);
    g_assert_cmpstr(options, ==, wanted);
    must_start(f); /* is mounted: nothing to do */
    must_stop(f);
    g_assert_false(is_active(f));
    must_stop(f); /* nothing to do either */
    g_autoptr(GError) error = NULL;
    must(fs->pool_delete(&f->call, f->pool, 0, &error), error);
    assert_type(d, "ext4");
}

static void
add_option(Fixture *f, const char *name)
{
    AljPoolOption *option = g_new0(AljPoolOption, 1);
    option->name = g_strdup(name);
    g_ptr_array_add(f->pool->options, option);
}

static void
test_start_refusals(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    assert_start_fails(d, "Requested operation is not valid: there is no file system on 'DEV'; pool-build --no-overwrite "
                          "makes one");
    f->pool->format = "auto";
    assert_start_fails(d, "Requested operation is not valid: there is no file system on 'DEV'");
    shell(f, "mkfs.ext2 -q %s", d->path);
    f->pool->format = "xfs";
    assert_start_fails(d, "Requested operation is not valid: 'DEV' holds ext2 and no xfs file system");
    f->pool->format = "ext2";
    shell(f, "rmdir ../pool");
    assert_start_fails(d, "Requested operation is not valid: cannot open directory 'PATH': No such file or directory; "
                          "pool-build makes it");
    outside(d, "echo > pool");
    assert_start_fails(d, "Requested operation is not valid: cannot open directory 'PATH': Not a directory");
    outside(d, "rm pool; mkdir pool");
    add_option(f, "nosuchoption");
    g_autoptr(GError) error = NULL;
    g_assert_false(fs->pool_start(&f->call, f->pool, &error)); /* in mount's own words */
    g_assert_true(alj_error_is(error, ALJ_ERROR_INTERNAL));
    g_assert_false(is_active(f));
}

/* With option `loop` the device is mounted through another one; it is in use all the same, and found again. */
static void
test_start_loop(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    add_option(f, "loop");
    must_start(f);
    g_assert_true(is_active(f));
    must_stop(f);
    g_assert_false(is_active(f));
}

/* What is mounted at the target already, and the root, are nobody's to change. */
static void
test_start_elsewhere(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    add_option(f, "ro,remount");
    shell(f, "mount -t tmpfs none %s", f->pool->target_path);
    assert_start_fails(d, "unsupported configuration: mount option 'remount' does not mount the source device");
    shell(f, "cd / && umount %s", f->pool->target_path);
    g_ptr_array_set_size(f->pool->options, 0);
    char *target = f->pool->target_path;
    f->pool->target_path = (char *) "/.";
    assert_start_fails(d, "unsupported configuration: '/.' is the root directory: nothing is mounted or unmounted there");
    g_assert_false(is_active(f));
    f->pool->target_path = target;
}

/* Whatever step of a start fails, nothing stays mounted. */
static void
test_start_each_failure(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_started = fs->pool_start(&f->call, f->pool, &error);
        unsigned calls = alj_host_calls(f->host);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_started == (error == NULL));
        g_assert_true(is_started == is_active(f));
        if (is_started) {
            g_assert_cmpuint(calls, <, nth);
            g_assert_cmpuint(nth, >=, 3);
            break;
        }
    }
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_stopped = fs->pool_stop(&f->call, f->pool, &error);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_stopped == (error == NULL));
        g_assert_true(is_stopped != is_active(f));
        if (is_stopped)
            break;
    }
}

static void
test_stop_busy(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    g_autoptr(GError) error = NULL;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    must_start(f);
    {
        alj_autofd user = open(f->pool->target_path, O_RDONLY | O_CLOEXEC);
        g_autofree char *busy = g_strdup_printf("internal error: Child process (/bin/umount %s) unexpected exit status 32: "
                                                "umount: %s: target is busy.\n", f->pool->target_path, f->pool->target_path);
        fixture_assert_fails(fs->pool_stop(&f->call, f->pool, &error), error, busy);
    }
    g_assert_true(is_active(f));
    g_assert_cmpint(mount("cover", f->pool->target_path, "tmpfs", 0, NULL), ==, 0);
    g_autofree char *covered = g_strdup_printf("resource busy: something else is mounted over '%s'; unmount that first",
                                               f->pool->target_path);
    fixture_assert_fails(fs->pool_stop(&f->call, f->pool, &error), error, covered);
    g_autofree char *hidden = g_strdup_printf("Requested operation is not valid: something else is mounted over '%s'",
                                              f->pool->target_path);
    fixture_assert_fails(fs->pool_start(&f->call, f->pool, &error), error, hidden);
    fixture_assert_fails(fs->scan(&f->call, f->pool, NULL, &error), error, hidden);
    g_assert_true(is_active(f)); /* is there, and can be used again once the other is gone */
    g_assert_cmpint(umount(f->pool->target_path), ==, 0);
    must_stop(f);
}

static void
test_image_file(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    if (!d->path)
        return;
    AljPoolDevice *device = g_ptr_array_index(f->pool->devices, 0);
    g_free(device->path);
    device->path = g_build_filename(f->base, "image", NULL);
    shell(f, "truncate -s 32M ../image");
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    must_start(f);
    g_assert_true(is_active(f));
    must_stop(f); /* D-11 */
    g_assert_false(is_active(f));
    must_build(f, ALJ_BUILD_OVERWRITE); /* no loop device is left on it */
}

/* ---- what is not there any more ---- */

/* mission: A9-11 */
static void
test_unmounted(Device *d, gconstpointer unused)
{
    Fixture *f = &d->f;
    g_autoptr(GError) error = NULL;
    if (!d->path)
        return;
    must_build(f, ALJ_BUILD_NO_OVERWRITE);
    must_start(f);
    g_autoptr(AljVolDef) vol = fixture_request(f, "v", "<capacity>4096</capacity>");
    g_autoptr(AljVolDef) made = alj_files_vol_create(&f->call, f->pool, vol, 0, &error);
    must(made != NULL, error);
    g_assert_cmpint(umount(f->pool->target_path), ==, 0);
    shell(f, "echo mine > v"); /* below the mount point, of the same name */
    g_autofree char *before = fixture_list(f);
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: '%s' is not the directory any more that storage "
        "pool 'p' was read from: it was unmounted, mounted over or replaced; mount it again, or refresh the pool",
        f->pool->target_path);
    AljVolStat stat = { 0 };
    g_autoptr(AljVolDef) other = fixture_request(f, "w", "<capacity>4096</capacity>");
    fixture_assert_fails(fs->vol_stat(&f->call, f->pool, made, &stat, &error), error, text);
    fixture_assert_fails(fs->vol_probe(&f->call, f->pool, "v", &error), error, text);
    fixture_assert_fails(fs->vol_plan(&f->call, f->pool, other, 0, &error), error, text);
    fixture_assert_fails(fs->vol_create(&f->call, f->pool, other, 0, &error), error, text);
    fixture_assert_fails(fs->vol_resize(&f->call, f->pool, made, 8192, 0, &error), error, text);
    fixture_assert_fails(fs->vol_delete(&f->call, f->pool, made, 0, &error), error, text);
    fixture_assert_fails(fs->vol_wipe(&f->call, f->pool, made, ALJ_WIPE_ZERO, &error), error, text);
    fixture_assert_fails(fs->vol_open(&f->call, f->pool, made, O_RDWR, &error), error, text);
    g_autofree char *unmounted = g_strdup_printf("Requested operation is not valid: '%s' is not mounted on '%s' any more; mount "
                                                 "it, or destroy and start the pool", d->path, f->pool->target_path);
    fixture_assert_fails(fs->scan(&f->call, f->pool, f->inventory, &error), error, unmounted);
    g_autofree char *after = fixture_list(f);
    g_assert_cmpstr(before, ==, after);
    shell(f, "rm v");
    shell(f, "mount %s .", d->path);
    g_assert_true(fs->vol_stat(&f->call, f->pool, made, &stat, &error)); /* is there again */
    g_assert_no_error(error);
    alj_permissions_clear(&stat.permissions);
    must_stop(f);
}

int
main(int argc, char **argv)
{
    can_mount = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    g_test_init(&argc, &argv, NULL);
    device_add("/fs/build", test_build);
    device_add("/fs/build-no-device", test_build_no_device);
    device_add("/fs/build-in-use", test_build_in_use);
    device_add("/fs/build-each-failure", test_build_each_failure);
    device_add("/fs/life", test_life);
    device_add("/fs/start-refusals", test_start_refusals);
    device_add("/fs/start-loop", test_start_loop);
    device_add("/fs/start-elsewhere", test_start_elsewhere);
    device_add("/fs/start-each-failure", test_start_each_failure);
    device_add("/fs/stop-busy", test_stop_busy);
    device_add("/fs/image-file", test_image_file);
    device_add("/fs/unmounted", test_unmounted);
    return g_test_run();
}
