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
    fixture_add("/dir/delete", test_delete);
    return g_test_run();
}
