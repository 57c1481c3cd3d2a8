/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on devices and image files, made by the programs that people use, and who uses them. */
#include "loop.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/blocks.h"
#include "host/partitions.h"

#include <unistd.h>

#define MIB (1024 * 1024)

static AljHost *host;
static bool can_mount;

#define assert_fails(result, error, text)                                                                    \
    do {                                                                                                     \
        g_assert_false(result);                                                                              \
        g_autofree char *assert_text = error ? alj_error_text(error) : NULL;                                 \
        g_assert_cmpstr(assert_text, ==, text);                                                              \
        g_clear_error(&(error));                                                                             \
    } while (0)

static void
assert_content(Scratch *s, const char *file, AljContentKind kind, const char *names)
{
    g_autoptr(GError) error = NULL;
    g_auto(AljContent) content = { 0 };
    g_autofree char *path = scratch_file(s, file);
    alj_autofd fd = alj_block_open(host, path, O_RDONLY, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(alj_block_probe(host, fd, path, &content, &error));
    g_assert_no_error(error);
    g_autofree char *text = alj_content_text(&content);
    g_assert_cmpstr(text, ==, names);
    g_assert_cmpint(content.kind, ==, kind);
}

typedef struct Sample {
    const char *tool;    /* must be there */
    const char *command; /* makes the content of the file `disk`, which is 64 MiB of holes */
    AljContentKind kind;
    const char *names;
} Sample;

/* What belongs to something else is put down as bytes, so that no program of its own is needed. */
static const Sample samples[] = {
    { "true", "true", ALJ_CONTENT_NONE, "" },
    { "true", "dd if=/dev/urandom of=disk bs=1M seek=8 count=8 conv=notrunc status=none", ALJ_CONTENT_NONE, "" },
    { "mkfs.ext2", "mkfs.ext2 -q -F disk", ALJ_CONTENT_FS, "ext2" },
    { "mkfs.ext4", "mkfs.ext4 -q -F disk", ALJ_CONTENT_FS, "ext4" },
    { "mkfs.xfs", "truncate -s 320M disk && mkfs.xfs -q disk", ALJ_CONTENT_FS, "xfs" },
    { "mkfs.vfat", "mkfs.vfat disk", ALJ_CONTENT_FS, "vfat" },
    { "mkswap", "mkswap -q disk", ALJ_CONTENT_MEMBER, "swap" },
    { "sfdisk", "echo 'label: dos\n,,L' | sfdisk -q disk", ALJ_CONTENT_TABLE, "dos" },
    { "sfdisk", "echo 'label: gpt\n,,L' | sfdisk -q disk", ALJ_CONTENT_TABLE, "gpt" },
    { "sfdisk", "echo 'label: sun' | sfdisk -q disk", ALJ_CONTENT_TABLE, "sun" },
    /* only the copy at the end is left */
    { "sfdisk", "echo 'label: gpt' | sfdisk -q disk; dd if=/dev/zero of=disk bs=1M count=1 conv=notrunc status=none",
      ALJ_CONTENT_TABLE, "gpt" },
    { "true", "printf 'LABELONE\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\040\\0\\0\\0LVM2 001' | "
              "dd of=disk bs=512 seek=1 conv=notrunc status=none", ALJ_CONTENT_MEMBER, "LVM2_member" },
    { "true", "printf 'LUKS\\272\\276\\0\\1' | dd of=disk conv=notrunc status=none", ALJ_CONTENT_MEMBER, "crypto_LUKS" },
    { "mkfs.ext4", "mkfs.ext4 -q -F disk; printf 'LABELONE\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\040\\0\\0\\0LVM2 001' | "
                   "dd of=disk bs=512 seek=1 conv=notrunc status=none", ALJ_CONTENT_CONTRADICTS, "LVM2_member, ext4" },
    /* a superblock whose check sum is wrong is still somebody's data */
    { "mkfs.ext4", "mkfs.ext4 -q -F -O metadata_csum disk; printf x | dd of=disk bs=1 seek=1150 conv=notrunc status=none",
      ALJ_CONTENT_FS, "ext4" },
};

static void
test_content(Scratch *s, gconstpointer data)
{
    const Sample *sample = data;
    if (!have_tool(sample->tool))
        return;
    g_free(scratch_run(s, "truncate -s 64M disk; %s", sample->command));
    assert_content(s, "disk", sample->kind, sample->names);
}

/* libblkid does not see this one; sfdisk does not make it without a dialogue. */
static void
test_label_of_libfdisk(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = scratch_file(s, "disk");
    g_free(scratch_run(s, "truncate -s 64M disk"));
    alj_autofd fd = open(path, O_RDWR | O_CLOEXEC);
    g_autoptr(AljTableChange) change = alj_partitions_plan_label(host, fd, path, "bsd", &error);
    g_assert_no_error(error);
    g_assert_true(alj_table_change_apply(change, host, fd, path, &error));
    assert_content(s, "disk", ALJ_CONTENT_TABLE, "bsd");
}

static void
test_not_a_device(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *missing = scratch_file(s, "missing");
    g_autofree char *text = g_strdup_printf("cannot open '%s': No such file or directory", missing);
    assert_fails(alj_block_open(host, missing, O_RDONLY, NULL, &error) >= 0, error, text);
    assert_fails(alj_block_open(host, "/dev/null", O_RDONLY, NULL, &error) >= 0, error,
                 "cannot open '/dev/null': Block device required");
    g_autofree char *pipe = scratch_file(s, "pipe");
    g_free(scratch_run(s, "mkfifo pipe"));
    g_autofree char *refused = g_strdup_printf("cannot open '%s': Block device required", pipe);
    assert_fails(alj_block_open(host, pipe, O_RDONLY, NULL, &error) >= 0, error, refused);
    g_assert_false(alj_block_is_whole_disk(missing));
    g_assert_false(alj_block_is_whole_disk("/dev/null"));
}

static void
test_each_failure(Scratch *s, gconstpointer unused)
{
    g_autofree char *path = scratch_file(s, "disk");
    g_free(scratch_run(s, "truncate -s 16M disk"));
    alj_autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    g_auto(AljContent) content = { 0 };
    g_autoptr(GError) error = NULL;
    alj_host_fail_nth(host, 1, EIO);
    g_autofree char *unread = g_strdup_printf("cannot read '%s': Input/output error", path);
    assert_fails(alj_block_probe(host, fd, path, &content, &error), error, unread);
    g_assert_cmpint(content.kind, ==, ALJ_CONTENT_NONE);
    g_assert_null(content.names);
    uint64_t bytes;
    unsigned sector_bytes;
    alj_host_fail_nth(host, 1, EIO);
    g_autofree char *unknown = g_strdup_printf("cannot read the size of '%s': Input/output error", path);
    assert_fails(alj_block_geometry(host, fd, path, &bytes, &sector_bytes, &error), error, unknown);
    alj_host_fail_nth(host, 1, EIO);
    g_autofree char *unopened = g_strdup_printf("cannot open '%s': Input/output error", path);
    assert_fails(alj_block_check_free(host, path, &error), error, unopened);
    alj_host_fail_nth(host, 0, 0);
}

/* mission: A9-02 A9-03 */
static void
test_whole_disk(void)
{
    g_autoptr(GDir) blocks = g_dir_open("/sys/block", 0, NULL);
    const char *name;
    unsigned n = 0;
    while (blocks && (name = g_dir_read_name(blocks))) {
        g_autofree char *device = g_strdup_printf("/sys/block/%s/device", name), *node = g_strdup_printf("/dev/%s", name);
        if (access(node, F_OK) < 0)
            continue;
        bool is_disk = access(device, F_OK) == 0;
        g_assert_true(alj_block_is_whole_disk(node) == is_disk);
        g_autofree char *first = g_strdup_printf("/dev/%s%s1", name, g_ascii_isdigit(name[strlen(name) - 1]) ? "p" : "");
        g_assert_false(alj_block_is_whole_disk(first)); /* a partition, or nothing */
        n += is_disk;
    }
    if (n == 0)
        g_test_skip("there are no disks here");
}

/* ---- on a loop device ---- */

static void
test_geometry(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    uint64_t bytes = 0;
    unsigned sector_bytes = 0;
    g_free(scratch_run(s, "truncate -s 20M disk"));
    char *device = loop_attach(s, "disk");
    if (!device)
        return;
    {
        struct stat st;
        alj_autofd fd = alj_block_open(host, device, O_RDONLY, &st, &error);
        g_assert_no_error(error);
        g_assert_true(alj_block_geometry(host, fd, device, &bytes, &sector_bytes, &error));
        g_assert_cmpuint(bytes, ==, 20 * MIB);
        g_assert_cmpuint(sector_bytes, ==, 512);
        g_assert_false(alj_block_is_whole_disk(device));
        struct stat file;
        g_autofree char *path = scratch_file(s, "disk");
        g_assert_cmpint(stat(path, &file), ==, 0);
        g_assert_true(alj_block_stands_on(st.st_rdev, &file));
        g_free(scratch_run(s, "cp --sparse=always disk other"));
        g_autofree char *other = scratch_file(s, "other");
        g_assert_cmpint(stat(other, &file), ==, 0);
        g_assert_false(alj_block_stands_on(st.st_rdev, &file));
    }
    loop_detach(s, device);
}

static void
test_in_use(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = scratch_file(s, "disk"), *target = scratch_file(s, "a b");
    if (!have_tool("mkfs.ext4"))
        return;
    g_free(scratch_run(s, "truncate -s 20M disk; mkfs.ext4 -q -F disk; mkdir 'a b'"));
    g_assert_true(alj_block_check_free(host, file, &error));
    char *device = loop_attach(s, "disk");
    if (!device)
        return;
    g_assert_true(alj_block_check_free(host, device, &error));
    g_autofree char *name = g_path_get_basename(device);
    g_autofree char *stands = g_strdup_printf("resource busy: '%s' is in use: device '%s' stands on it", file, name);
    assert_fails(alj_block_check_free(host, file, &error), error, stands);
    alj_autofd claim = alj_block_open(host, device, O_RDWR | O_EXCL, NULL, &error);
    g_autofree char *claimed = g_strdup_printf("resource busy: '%s' is in use: a part of it is mounted, or a program has "
                                               "claimed it", device);
    assert_fails(alj_block_check_free(host, device, &error), error, claimed);
    close(claim);
    claim = -1;
    if (can_mount) {
        g_assert_cmpint(mount(device, target, "ext4", 0, NULL), ==, 0);
        g_autofree char *mounted = g_strdup_printf("resource busy: '%s' is in use: it is mounted on '%s'", device, target);
        assert_fails(alj_block_check_free(host, device, &error), error, mounted);
        g_assert_cmpint(umount(target), ==, 0);
    }
    g_assert_true(alj_block_check_free(host, device, &error));
    loop_detach(s, device);
}

static void
test_wait(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljTask task = { 0 };
    g_autofree char *node = scratch_file(s, "node");
    g_autofree char *late = g_strdup_printf("Timed out during operation: device '%s' did not appear", node);
    assert_fails(alj_block_wait(host, node, true, 1, &task, &error), error, late);
    g_assert_true(alj_block_wait(host, node, false, 1, &task, &error));
    atomic_store(&task.is_cancelled, true);
    g_assert_false(alj_block_wait(host, node, true, G_TIME_SPAN_HOUR, &task, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
    g_clear_error(&error);
    atomic_store(&task.is_cancelled, false);
    g_free(scratch_run(s, "truncate -s 1M disk"));
    char *device = loop_attach(s, "disk");
    if (!device)
        return;
    g_free(scratch_run(s, "(sleep 0.1; ln -s %s node) >/dev/null 2>&1 &", device));
    g_assert_true(alj_block_wait(host, node, true, G_TIME_SPAN_HOUR, &task, &error));
    g_autofree char *stays = g_strdup_printf("Timed out during operation: device '%s' did not go away", node);
    assert_fails(alj_block_wait(host, node, false, 1, &task, &error), error, stays);
    loop_detach(s, device);
}

int
main(int argc, char **argv)
{
    can_mount = loop_enter_namespace();
    loop_find_tools();
    g_test_init(&argc, &argv, NULL);
    host = alj_host_new("/nonexistent");
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *path = g_strdup_printf("/host/blocks/content/%zu", i);
        g_test_add(path, Scratch, &samples[i], scratch_set_up, test_content, scratch_tear_down);
    }
    g_test_add("/host/blocks/label-of-libfdisk", Scratch, NULL, scratch_set_up, test_label_of_libfdisk, scratch_tear_down);
    g_test_add("/host/blocks/not-a-device", Scratch, NULL, scratch_set_up, test_not_a_device, scratch_tear_down);
    g_test_add("/host/blocks/each-failure", Scratch, NULL, scratch_set_up, test_each_failure, scratch_tear_down);
    g_test_add_func("/host/blocks/whole-disk", test_whole_disk);
    g_test_add("/host/blocks/geometry", Scratch, NULL, scratch_set_up, test_geometry, scratch_tear_down);
    g_test_add("/host/blocks/in-use", Scratch, NULL, scratch_set_up, test_in_use, scratch_tear_down);
    g_test_add("/host/blocks/wait", Scratch, NULL, scratch_set_up, test_wait, scratch_tear_down);
    int result = g_test_run();
    alj_host_free(host);
    return result;
}
