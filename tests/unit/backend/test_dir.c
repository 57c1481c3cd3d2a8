/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a dir pool: build, start, probe and delete, with the words of the reference. */
#include "fixture.h"

#include "base/guard.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))

static const AljBackend *const dir = &aljibe_backend;

static void
set_target(Fixture *f, const char *below)
{
    g_free(f->pool->target_path);
    f->pool->target_path = g_build_filename(f->base, below, NULL);
}

static void
assert_mode(Fixture *f, const char *below, mode_t mode)
{
    g_autofree char *path = g_build_filename(f->base, below, NULL);
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_true(S_ISDIR(st.st_mode));
    g_assert_cmpuint(st.st_mode & 07777, ==, mode);
}

static void
assert_build_fails(Fixture *f, unsigned flags, const char *format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(format);
    g_autofree char *parent = g_path_get_dirname(f->pool->target_path);
    g_string_replace(text, "PATH", f->pool->target_path, 0);
    g_string_replace(text, "PARENT", parent, 0);
    fixture_assert_fails(dir->pool_build(&f->call, f->pool, flags, &error), error, text->str);
}

static void
must_build(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(dir->pool_build(&f->call, f->pool, 0, &error));
    g_assert_no_error(error);
}

static void
test_facts(Fixture *f, gconstpointer unused)
{
    g_assert_cmpint(dir->type, ==, ALJ_POOL_DIR);
    g_assert_true(dir->traits & ALJ_TRAIT_KEEPS_TOTALS);
    g_assert_false(dir->traits & ALJ_TRAIT_REMOTE);
    g_assert_null(dir->pool_stop);
    g_assert_null(dir->sources);
}

static void
test_build(Fixture *f, gconstpointer unused)
{
    mode_t old = umask(0022);
    set_target(f, "a/b/new");
    must_build(f);
    assert_mode(f, "a", 0755);
    assert_mode(f, "a/b", 0755);
    assert_mode(f, "a/b/new", 0711);
    set_target(f, "pool"); /* is there already: only what the definition says is applied */
    must_build(f);
    assert_mode(f, "pool", 0755);
    f->pool->permissions = (AljPermissions){ .has_mode = true, .mode = 0770 };
    must_build(f);
    assert_mode(f, "pool", 0770);
    set_target(f, "other");
    must_build(f);
    assert_mode(f, "other", 0770);
    umask(old);
    if (geteuid() != 0)
        return;
    struct stat st;
    f->pool->permissions.has_owner = f->pool->permissions.has_group = true;
    f->pool->permissions.owner = 123;
    f->pool->permissions.group = 456;
    must_build(f);
    g_assert_cmpint(stat(f->pool->target_path, &st), ==, 0);
    g_assert_cmpuint(st.st_uid, ==, 123);
    g_assert_cmpuint(st.st_gid, ==, 456);
}

static void
test_build_refusals(Fixture *f, gconstpointer unused)
{
    shell(f, "echo > ../file; ln -s nowhere ../dangling");
    set_target(f, "file");
    assert_build_fails(f, 0, "failed to create directory 'PATH': File exists"); /* D-18 */
    set_target(f, "dangling");
    assert_build_fails(f, 0, "failed to create directory 'PATH': File exists");
    set_target(f, "file/below");
    assert_build_fails(f, 0, "cannot create path 'PARENT': Not a directory");
    set_target(f, "file/far/below");
    assert_build_fails(f, 0, "cannot create path 'PARENT': Not a directory");
    set_target(f, "fresh");
    const char *flags = "Requested operation is not valid: No source device specified when formatting pool 'p'";
    assert_build_fails(f, ALJ_BUILD_OVERWRITE, flags);
    assert_build_fails(f, ALJ_BUILD_NO_OVERWRITE, flags);
    assert_build_fails(f, ALJ_BUILD_RESIZE, "unsupported flags (0x2) in function virStorageBackendFileSystemBuild");
    f->pool->cow = 1;
    assert_build_fails(f, 0, "unable to control COW flag on 'PATH', not btrfs: Function not implemented");
    g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1); /* none of them left anything */
    g_free(f->pool->target_path);
    f->pool->target_path = g_strdup("relative");
    assert_build_fails(f, 0, "invalid argument: path 'relative' is not absolute");
}

static bool
attempt_build(Fixture *f, GError **error)
{
    g_autofree char *outer = g_steal_pointer(&f->pool->target_path);
    f->pool->target_path = g_build_filename(outer, "x/y", NULL);
    bool is_good = dir->pool_build(&f->call, f->pool, 0, error);
    g_free(f->pool->target_path);
    f->pool->target_path = g_steal_pointer(&outer);
    return is_good;
}

static void
take_back(Fixture *f)
{
    shell(f, "rmdir x/y x");
}

static void
test_build_each_failure(Fixture *f, gconstpointer unused)
{
    f->pool->permissions = (AljPermissions){ .has_mode = true, .has_owner = true, .mode = 0750, .owner = geteuid() };
    fixture_fail_each(f, attempt_build, take_back);
}

static void
test_start_and_probe(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_active = false;
    g_assert_true(dir->pool_start(&f->call, f->pool, &error));
    g_assert_true(dir->pool_probe(&f->call, f->pool, &is_active, &error));
    g_assert_true(is_active);
    set_target(f, "nosuch");
    g_assert_true(dir->pool_probe(&f->call, f->pool, &is_active, &error));
    g_assert_false(is_active);
    g_autofree char *missing = g_strdup_printf("cannot open directory '%s': No such file or directory", f->pool->target_path);
    fixture_assert_fails(dir->pool_start(&f->call, f->pool, &error), error, missing);
}

/* mission: A8-05 */
static void
test_missing_mount(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_active = true;
    if (geteuid() != 0) {
        g_test_skip("libmount takes another fstab from root only");
        return;
    }
    shell(f, "mkdir images; echo \"/dev/vdz1 $PWD ext4 defaults,noauto 0 2\" > ../fstab");
    g_autofree char *table = g_build_filename(f->base, "fstab", NULL), *mount_point = g_strdup(f->pool->target_path);
    g_setenv("LIBMOUNT_FSTAB", table, TRUE);
    set_target(f, "pool/images");
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: nothing is mounted on '%s', which is a mount point in "
                                            "/etc/fstab: volumes of pool 'p' would be written below it", mount_point);
    fixture_assert_fails(dir->pool_start(&f->call, f->pool, &error), error, text);
    fixture_assert_fails(dir->scan(&f->call, f->pool, NULL, &error), error, text);
    g_assert_true(dir->pool_probe(&f->call, f->pool, &is_active, &error));
    g_assert_false(is_active);
    set_target(f, "pool2"); /* begins like it and is another */
    g_assert_cmpint(mkdir(f->pool->target_path, 0700), ==, 0);
    g_assert_true(dir->pool_start(&f->call, f->pool, &error));
    g_assert_no_error(error);
    g_unsetenv("LIBMOUNT_FSTAB");
    set_target(f, "pool/images");
    g_assert_true(dir->pool_start(&f->call, f->pool, &error));
    set_target(f, "pool"); /* where the fixture runs its commands */
}

/* mission: A9-11 */
static void
test_replaced(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    f->root = fixture_scan(f)->root;
    shell(f, "mv ../pool ../old; mkdir ../pool");
    g_autoptr(AljVolDef) vol = fixture_request(f, "v", "<capacity>4096</capacity>");
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: '%s' is not the directory any more that storage "
        "pool 'p' was read from: it was unmounted, mounted over or replaced; mount it again, or refresh the pool",
        f->pool->target_path);
    fixture_assert_fails(dir->vol_create(&f->call, f->pool, vol, 0, &error), error, text);
    g_autofree char *entries = fixture_list(f);
    g_assert_cmpstr(entries, ==, "");
    g_autoptr(AljInventory) now = dir->scan(&f->call, f->pool, NULL, &error); /* a refresh takes what is there now */
    g_assert_no_error(error);
    g_assert_cmpuint(now->problems->len, ==, 1);
    g_autofree char *told = g_strdup_printf("'%s' is another directory than before: something was unmounted or mounted there, or "
                                            "it was replaced", f->pool->target_path);
    g_assert_cmpstr(g_ptr_array_index(now->problems, 0), ==, told);
    f->root = now->root;
    g_autoptr(AljVolDef) made = dir->vol_create(&f->call, f->pool, vol, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(made);
}

static void
test_delete(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "echo > v");
    g_autofree char *full = g_strdup_printf("failed to remove pool '%s': Directory not empty", f->pool->target_path);
    fixture_assert_fails(dir->pool_delete(&f->call, f->pool, 0, &error), error, full);
    shell(f, "rm v");
    g_assert_true(dir->pool_delete(&f->call, f->pool, 0, &error));
    g_autofree char *gone = g_strdup_printf("failed to remove pool '%s': No such file or directory", f->pool->target_path);
    fixture_assert_fails(dir->pool_delete(&f->call, f->pool, 0, &error), error, gone);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/dir/facts", test_facts);
    fixture_add("/dir/build", test_build);
    fixture_add("/dir/build-refusals", test_build_refusals);
    fixture_add("/dir/build-each-failure", test_build_each_failure);
    fixture_add("/dir/start-and-probe", test_start_and_probe);
    fixture_add("/dir/missing-mount", test_missing_mount);
    fixture_add("/dir/replaced", test_replaced);
    fixture_add("/dir/delete", test_delete);
    return g_test_run();
}
