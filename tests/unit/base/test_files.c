/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own small files: replaced whole or not at all, read with bounds, locked once. */
#include "base/error.h"
#include "base/files.h"
#include "base/guard.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct Fixture {
    char *path;
    int fd;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
    f->path = g_dir_make_tmp("aljibe-files-XXXXXX", NULL);
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->path);
    close(f->fd);
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    g_free(f->path);
}

static void
test_save_and_load(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct stat info;
    size_t length = 0;
    g_assert_true(alj_files_save(f->fd, f->path, "a.xml", 0600, "one", 3, &error));
    g_assert_true(alj_files_save(f->fd, f->path, "a.xml", 0600, "second", 6, &error));
    g_autofree char *text = alj_files_load(f->fd, "a.xml", 100, &length, &error);
    g_assert_cmpstr(text, ==, "second");
    g_assert_cmpuint(length, ==, 6);
    g_assert_cmpint(fstatat(f->fd, "a.xml", &info, 0), ==, 0);
    g_assert_cmpuint(info.st_mode & 07777, ==, 0600);
    g_assert_cmpint(faccessat(f->fd, "a.xml.new", F_OK, 0), ==, -1);
    g_assert_null(alj_files_load(f->fd, "a.xml", 5, NULL, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_INTERNAL);
}

static void
test_failed_save_keeps_old(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(alj_files_save(f->fd, f->path, "a.xml", 0600, "old", 3, NULL));
    g_assert_cmpint(mkdirat(f->fd, "a.xml.new", 0700), ==, 0); /* in the way of the temporary */
    g_assert_false(alj_files_save(f->fd, f->path, "a.xml", 0600, "new", 3, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_SYSTEM);
    g_autofree char *text = alj_files_load(f->fd, "a.xml", 100, NULL, NULL);
    g_assert_cmpstr(text, ==, "old");
}

static void G_GNUC_PRINTF(2, 3)
assert_told(GError *take_error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *wanted = g_strdup_vprintf(format, args), *told = alj_error_text(take_error);
    va_end(args);
    g_assert_cmpstr(told, ==, wanted);
    g_error_free(take_error);
}

/* What is in the way is told by its name and stays. */
static void
test_directory_in_the_way(Fixture *f, gconstpointer unused)
{
    GError *error = NULL;
    g_assert_cmpint(mkdirat(f->fd, "a.xml", 0700), ==, 0);
    g_assert_false(alj_files_save(f->fd, f->path, "a.xml", 0600, "new", 3, &error));
    assert_told(g_steal_pointer(&error), "cannot rename file '%s/a.xml.new' as '%s/a.xml': Is a directory", f->path, f->path);
    g_assert_false(alj_files_remove(f->fd, f->path, "a.xml", &error));
    assert_told(g_steal_pointer(&error), "cannot remove '%s/a.xml': Is a directory", f->path);
    g_assert_cmpint(faccessat(f->fd, "a.xml.new", F_OK, 0), ==, -1);
    g_assert_cmpint(faccessat(f->fd, "a.xml", F_OK, 0), ==, 0);
}

/* Links are replaced and removed, not followed; a name that leaves no room for the temporary's can be removed all the same. */
static void
test_remove(Fixture *f, gconstpointer unused)
{
    GError *error = NULL;
    g_autofree char *long_name = g_strnfill(254, 'x');
    g_assert_true(alj_files_save(f->fd, f->path, "target", 0600, "kept", 4, NULL));
    g_assert_true(alj_files_link(f->fd, f->path, "link", "target", &error));
    g_assert_false(alj_files_link(f->fd, f->path, "link", "target", &error));
    assert_told(g_steal_pointer(&error), "Failed to create symlink '%s/link' to 'target': File exists", f->path);
    g_assert_true(alj_files_save(f->fd, f->path, "link", 0600, "own", 3, &error));
    g_assert_true(alj_files_remove(f->fd, f->path, "link", &error));
    g_assert_true(alj_files_link(f->fd, f->path, long_name, "target", &error));
    g_assert_true(alj_files_remove(f->fd, f->path, long_name, &error));
    g_assert_false(alj_files_remove(f->fd, f->path, "link", &error));
    assert_told(g_steal_pointer(&error), "cannot remove '%s/link': No such file or directory", f->path);
    g_autofree char *kept = alj_files_load(f->fd, "target", 100, NULL, NULL);
    g_assert_cmpstr(kept, ==, "kept");
}

static void
test_make_dirs(Fixture *f, gconstpointer unused)
{
    GError *error = NULL;
    struct stat info;
    g_autofree char *deep = g_build_filename(f->path, "a", "b", "c", NULL), *below = g_build_filename(f->path, "file", "d", NULL);
    g_assert_true(alj_files_make_dirs(deep, 0750, &error));
    g_assert_true(alj_files_make_dirs(deep, 0700, &error)); /* as it is */
    g_assert_cmpint(fstatat(f->fd, "a/b", &info, 0), ==, 0);
    g_assert_cmpuint(info.st_mode & 07777, ==, 0750);
    g_assert_true(alj_files_save(f->fd, f->path, "file", 0600, "", 0, NULL));
    g_assert_false(alj_files_make_dirs(below, 0755, &error));
    assert_told(g_steal_pointer(&error), "cannot create path '%s/file/d': Not a directory", f->path);
}

static void
test_odd_files(Fixture *f, gconstpointer unused)
{
    g_autofree char *fifo = g_build_filename(f->path, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(mkdirat(f->fd, "dir", 0700), ==, 0);
    static const char *const names[] = { "fifo", "dir", "absent" };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(alj_files_load(f->fd, names[i], 100, NULL, &error));
        g_assert_nonnull(error);
    }
}

static void
test_lock(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    alj_autofd lock = alj_files_lock(f->path, "lock", &error);
    g_assert_no_error(error);
    g_assert_cmpint(alj_files_lock(f->path, "lock", &error), ==, -1);
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_BUSY);
    close(alj_steal_fd(&lock));
    lock = alj_files_lock(f->path, "lock", NULL);
    g_assert_cmpint(lock, >=, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/base/files/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("save-and-load", test_save_and_load);
    ADD("failed-save-keeps-old", test_failed_save_keeps_old);
    ADD("directory-in-the-way", test_directory_in_the_way);
    ADD("remove", test_remove);
    ADD("make-dirs", test_make_dirs);
    ADD("odd-files", test_odd_files);
    ADD("lock", test_lock);
    return g_test_run();
}
