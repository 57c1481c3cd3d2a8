/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted where: with real devices and file systems, in a mount namespace of this test. */
#include "loop.h"

#include "base/error.h"
#include "host/blocks.h"
#include "host/mounts.h"

#include <sys/stat.h>

static AljHost *host;
static bool can_mount;

#define assert_fails(result, error, text)                                                                    \
    do {                                                                                                     \
        g_assert_false(result);                                                                              \
        g_autofree char *assert_text = error ? alj_error_text(error) : NULL;                                 \
        g_assert_cmpstr(assert_text, ==, text);                                                              \
        g_clear_error(&(error));                                                                             \
    } while (0)

static AljMounted
look(const char *source, const char *target)
{
    g_autoptr(GError) error = NULL;
    AljMounted mounted = ALJ_MOUNTED_HIDDEN;
    g_assert_true(alj_mount_look(host, source, target, &mounted, &error));
    g_assert_no_error(error);
    return mounted;
}

static bool
attach(const char *source, const char *target, const char *fs_type, AljTask *task, GError **error)
{
    AljMountRequest request = { .source = source, .target = target, .fs_type = fs_type, .options = "nosuid" };
    return alj_mount_attach(host, &request, task, error);
}

/* A device with ext4 and a directory `at`; skips the test if there is none. */
static char *
prepare(const Scratch *s)
{
    if (!can_mount) {
        g_test_skip("mounting is not allowed here");
        return NULL;
    }
    if (!have_tool("mkfs.ext4"))
        return NULL;
    g_free(scratch_run(s, "truncate -s 16M disk other; mkfs.ext4 -q -F disk; mkdir at"));
    return loop_attach(s, "disk");
}

static void
test_device(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    char *device = prepare(s);
    if (!device)
        return;
    struct stat st;
    g_autofree char *at = scratch_file(s, "at"), *link = scratch_file(s, "link"), *alias = scratch_file(s, "alias/at");
    g_autofree char *missing = scratch_file(s, "missing"), *file = scratch_file(s, "disk");
    g_free(scratch_run(s, "ln -s %s link; ln -s . alias", device));
    g_assert_cmpint(stat(device, &st), ==, 0);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_NOT);
    g_assert_cmpint(look(device, missing), ==, ALJ_MOUNTED_NOT);
    g_assert_cmpint(look(device, file), ==, ALJ_MOUNTED_NOT);
    g_assert_null(alj_mount_where(host, st.st_rdev));
    g_assert_true(attach(link, at, "auto", NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(look(link, at), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(look(device, alias), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(look(file, at), ==, ALJ_MOUNTED_HERE); /* what the device stands on */
    g_assert_cmpint(look("/dev/nosuch", at), ==, ALJ_MOUNTED_NOT);
    g_autofree char *below = g_build_filename(at, "lost+found", NULL);
    g_assert_cmpint(look(device, below), ==, ALJ_MOUNTED_NOT); /* inside is not at */
    g_autofree char *where = alj_mount_where(host, st.st_rdev);
    g_assert_cmpstr(where, ==, at);
    g_assert_true(alj_mount_detach(host, alias, NULL, &error));
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_NOT);
    g_autofree char *again = g_strdup_printf("internal error: Child process (/bin/umount %s) unexpected exit status 32: "
                                             "umount: %s: not mounted.\n", at, at);
    assert_fails(alj_mount_detach(host, at, NULL, &error), error, again);
    loop_detach(s, device);
}

static void
test_image(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct stat st;
    char *device = prepare(s);
    if (!device)
        return;
    loop_detach(s, device);
    g_autofree char *at = scratch_file(s, "at"), *file = scratch_file(s, "disk"), *other = scratch_file(s, "other");
    g_assert_true(attach(file, at, "ext4", NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpint(look(file, at), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(look(other, at), ==, ALJ_MOUNTED_NOT);
    g_assert_false(alj_block_check_free(host, file, NULL));
    g_assert_true(alj_mount_detach(host, at, NULL, &error));
    g_assert_cmpint(stat(file, &st), ==, 0);
    g_assert_true(alj_block_check_free(host, file, &error)); /* the loop device went too */
    g_assert_no_error(error);
}

/* mission: A2-03 */
static void
test_stacked(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    char *device = prepare(s);
    if (!device)
        return;
    g_autofree char *at = scratch_file(s, "at");
    g_assert_true(attach(device, at, "ext4", NULL, &error));
    g_assert_cmpint(mount("cover", at, "tmpfs", 0, NULL), ==, 0);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_HIDDEN);
    g_assert_cmpint(look("cover", at), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(umount(at), ==, 0);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(look("cover", at), ==, ALJ_MOUNTED_NOT);
    /* a directory above is covered: what is mounted below that is not what one gets at the path */
    g_assert_cmpint(mount("above", s->path, "tmpfs", 0, NULL), ==, 0);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_NOT);
    g_assert_cmpint(mkdir(at, 0700), ==, 0);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_NOT);
    g_assert_cmpint(umount(s->path), ==, 0);
    g_assert_true(alj_mount_detach(host, at, NULL, &error));
    loop_detach(s, device);
}

/* The names of network file systems and of odd directories are text with everything in it. */
static void
test_names(Scratch *s, gconstpointer unused)
{
    if (!can_mount) {
        g_test_skip("mounting is not allowed here");
        return;
    }
    g_autofree char *odd = scratch_file(s, "a b\\c\n\303\261");
    g_assert_cmpint(mkdir(odd, 0700), ==, 0);
    g_assert_cmpint(mount("server.example:/export/a b", odd, "tmpfs", 0, NULL), ==, 0);
    g_assert_cmpint(look("server.example:/export/a b", odd), ==, ALJ_MOUNTED_HERE);
    g_assert_cmpint(look("server.example:/export/a", odd), ==, ALJ_MOUNTED_NOT);
    g_assert_cmpint(umount(odd), ==, 0);
}

/* Cancels the task in @data as soon as something is mounted on its target. */
typedef struct Canceller {
    const char *device, *target;
    AljTask task;
} Canceller;

static void *
cancel_when_mounted(void *data)
{
    Canceller *canceller = data;
    while (look(canceller->device, canceller->target) != ALJ_MOUNTED_HERE)
        g_usleep(G_TIME_SPAN_MILLISECOND);
    atomic_store(&canceller->task.is_cancelled, true);
    return NULL;
}

/* A helper of mount(8) that has mounted and then hangs: it is ended, and what it mounted goes again. */
static void
test_hung(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    char *device = prepare(s);
    if (!device)
        return;
    g_autofree char *at = scratch_file(s, "at");
    g_free(scratch_run(s, "mkdir upper work; printf '#!/bin/sh\nmount -i -t ext4 $1 $2\nsleep 1000\n' > upper/mount.hung; "
                          "chmod 755 upper/mount.hung"));
    g_autofree char *layers = g_strdup_printf("lowerdir=/usr/sbin,upperdir=%s/upper,workdir=%s/work", s->path, s->path);
    if (mount("tools", "/usr/sbin", "overlay", 0, layers) < 0) {
        g_test_skip("no overlay can be mounted here");
        loop_detach(s, device);
        return;
    }
    Canceller canceller = { .device = device, .target = at };
    GThread *thread = g_thread_new("cancel", cancel_when_mounted, &canceller);
    assert_fails(attach(device, at, "hung", &canceller.task, &error), error, "operation aborted: '/bin/mount' was cancelled");
    g_thread_join(thread);
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_NOT);
    g_assert_cmpint(umount("/usr/sbin"), ==, 0);
    loop_detach(s, device);
}

/* mission: A8-05 */
static void
test_missing(Scratch *s, gconstpointer unused)
{
    if (!can_mount) {
        g_test_skip("mounting is not allowed here");
        return;
    }
    g_autofree char *table = scratch_file(s, "fstab"), *at = scratch_file(s, "a b"), *inside = scratch_file(s, "a b/c");
    g_autofree char *link = scratch_file(s, "link");
    g_free(scratch_run(s, "mkdir -p 'a b/c'; ln -s 'a b/c' link; "
                          "printf '# comment\n/dev/vdy none swap sw 0 0\n/dev/vda1 / ext4 defaults 0 1\nsrv:/x %%s/a\\\\040b nfs "
                          "nofail 0 0\n' \"$PWD\" > fstab"));
    g_setenv("LIBMOUNT_FSTAB", table, TRUE);
    g_autofree char *missing = alj_mount_find_missing(host, inside), *same = alj_mount_find_missing(host, at);
    g_autofree char *linked = alj_mount_find_missing(host, link);
    g_assert_cmpstr(missing, ==, at);
    g_assert_cmpstr(same, ==, at);
    g_assert_cmpstr(linked, ==, at);
    g_assert_null(alj_mount_find_missing(host, s->path));
    g_assert_cmpint(mount("srv:/x", at, "tmpfs", 0, NULL), ==, 0);
    g_assert_null(alj_mount_find_missing(host, at));
    g_assert_null(alj_mount_find_missing(host, inside)); /* and is not there yet */
    g_assert_cmpint(umount(at), ==, 0);
    g_unsetenv("LIBMOUNT_FSTAB");
}

static void
test_failures(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljTask task = { 0 };
    AljMounted mounted;
    char *device = prepare(s);
    if (!device)
        return;
    g_autofree char *at = scratch_file(s, "at"), *missing = scratch_file(s, "missing");
    g_autofree char *no_target = g_strdup_printf("internal error: Child process (/bin/mount -o nosuid -t ext4 %s %s) unexpected "
        "exit status 32: mount: %s: mount point does not exist.\n       dmesg(1) may have more information after failed "
        "mount system call.\n", device, missing, missing);
    assert_fails(attach(device, missing, "ext4", &task, &error), error, no_target);
    atomic_store(&task.is_cancelled, true);
    assert_fails(attach(device, at, "ext4", &task, &error), error, "operation aborted: '/bin/mount' was cancelled");
    g_assert_cmpint(look(device, at), ==, ALJ_MOUNTED_NOT);
    for (unsigned nth = 1; nth <= 2; nth++) {
        g_autofree char *text = nth == 1 ? g_strdup_printf("cannot look at '%s': Input/output error", at)
                                         : g_strdup("cannot read the table of mounts: Input/output error");
        g_assert_cmpint(mount("x", at, "tmpfs", 0, NULL), ==, 0);
        alj_host_fail_nth(host, nth, EIO);
        assert_fails(alj_mount_look(host, device, at, &mounted, &error), error, text);
        alj_host_fail_nth(host, 0, 0);
        g_assert_cmpint(umount(at), ==, 0);
    }
    loop_detach(s, device);
}

int
main(int argc, char **argv)
{
    can_mount = loop_enter_namespace();
    g_test_init(&argc, &argv, NULL);
    host = alj_host_new("/nonexistent");
    g_test_add("/host/mounts/device", Scratch, NULL, scratch_set_up, test_device, scratch_tear_down);
    g_test_add("/host/mounts/image", Scratch, NULL, scratch_set_up, test_image, scratch_tear_down);
    g_test_add("/host/mounts/stacked", Scratch, NULL, scratch_set_up, test_stacked, scratch_tear_down);
    g_test_add("/host/mounts/names", Scratch, NULL, scratch_set_up, test_names, scratch_tear_down);
    g_test_add("/host/mounts/hung", Scratch, NULL, scratch_set_up, test_hung, scratch_tear_down);
    g_test_add("/host/mounts/missing", Scratch, NULL, scratch_set_up, test_missing, scratch_tear_down);
    g_test_add("/host/mounts/failures", Scratch, NULL, scratch_set_up, test_failures, scratch_tear_down);
    int result = g_test_run();
    alj_host_free(host);
    return result;
}
