/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries and directories: what may be opened, how names come and go, facts of open files. */
#include "host/files.h"

#include "base/error.h"
#include "base/guard.h"
#include "tools.h"

#include <dirent.h>
#include <errno.h>
#include <sys/file.h>

typedef struct Files {
    Scratch s; /* first: set up and torn down as one */
    AljHost *host;
    int dir_fd;
} Files;

static void
set_up(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    scratch_set_up(&f->s, unused);
    f->host = alj_host_new(f->s.path);
    f->dir_fd = alj_dir_open(f->host, f->s.path, &error);
    g_assert_no_error(error);
}

static void
tear_down(Files *f, gconstpointer unused)
{
    close(f->dir_fd);
    alj_host_free(f->host);
    scratch_tear_down(&f->s, unused);
}

#define files_add(path, function) g_test_add(path, Files, NULL, set_up, function, tear_down)
#define shell(f, ...) g_free(scratch_run(&(f)->s, __VA_ARGS__))

static void
assert_open_fails(Files *f, const char *name, int os_errno)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("cannot open volume '%s': %s", name, g_strerror(os_errno));
    struct stat st;
    g_assert_cmpint(alj_entry_open(f->host, f->dir_fd, name, O_RDONLY, NULL, &error), ==, -1);
    g_assert_cmpstr(error->message, ==, text);
    g_clear_error(&error);
    g_assert_false(alj_entry_stat(f->host, f->dir_fd, name, &st, &error));
    g_assert_cmpstr(error->message, ==, text);
}

static void
test_open(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct stat st, seen;
    shell(f, "printf data > v; mkdir d; printf x > d/inner; mkfifo pipe; ln -s v link; ln -s d dirlink; ln -s pipe fifolink; "
             "ln -s nowhere dangling; ln -s /dev/null device; mkdir closed; chmod 0777 closed; ln -s ../v closed/link");
    alj_autofd fd = alj_entry_open(f->host, f->dir_fd, "v", O_RDWR, &st, &error);
    g_assert_no_error(error);
    g_assert_cmpint(st.st_size, ==, 4);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, FD_CLOEXEC);
    alj_autofd dir = alj_entry_open(f->host, f->dir_fd, "d", O_RDONLY, &st, &error);
    g_assert_true(S_ISDIR(st.st_mode));
    alj_autofd link = alj_entry_open(f->host, f->dir_fd, "link", O_RDONLY, &st, &error);
    g_assert_no_error(error);
    g_assert_true(S_ISREG(st.st_mode));
    assert_open_fails(f, "nosuch", ENOENT);
    assert_open_fails(f, "pipe", ENXIO);
    g_assert_cmpint(alj_entry_open(f->host, f->dir_fd, "dirlink", O_RDONLY, NULL, &error), ==, -1);
    g_assert_cmpint(alj_error_errno(error), ==, ENXIO);
    g_clear_error(&error);
    assert_open_fails(f, "fifolink", ENXIO);
    assert_open_fails(f, "device", ENXIO);
    assert_open_fails(f, "dangling", ENOENT);
    assert_open_fails(f, "d/inner", EXDEV);
    assert_open_fails(f, "../v", EXDEV);
    assert_open_fails(f, "..", EXDEV); /* beneath means beneath, not beside */
    g_assert_cmpint(alj_entry_open(f->host, f->dir_fd, "made", O_RDWR | O_CREAT, NULL, NULL), ==, -1);
    g_assert_false(alj_entry_exists(f->host, f->dir_fd, "made"));
    g_assert_true(alj_entry_exists(f->host, f->dir_fd, "dangling"));
    g_autofree char *closed = scratch_file(&f->s, "closed");
    alj_autofd closed_fd = alj_dir_open(f->host, closed, &error);
    g_assert_cmpint(alj_entry_open(f->host, closed_fd, "link", O_RDONLY, NULL, &error), ==, -1);
    g_assert_cmpint(alj_error_errno(error), ==, ELOOP);
    g_clear_error(&error);

    g_assert_true(alj_entry_stat(f->host, f->dir_fd, "v", &seen, &error));
    alj_autofd again = alj_entry_open_seen(f->host, f->dir_fd, "v", &seen, &error);
    g_assert_cmpint(again, >=, 0);
    g_assert_true(alj_entry_stat(f->host, f->dir_fd, "link", &st, &error));
    g_assert_cmpuint(st.st_ino, ==, seen.st_ino);
    alj_autofd through = alj_entry_open_seen(f->host, f->dir_fd, "link", &st, &error);
    g_assert_cmpint(through, >=, 0);
    g_assert_true(alj_entry_stat(f->host, f->dir_fd, "dirlink", &st, &error)); /* to be listed, never to be opened */
    g_assert_true(S_ISDIR(st.st_mode));
    g_assert_cmpint(alj_entry_open_seen(f->host, f->dir_fd, "dirlink", &st, &error), ==, -1);
    g_assert_cmpint(alj_error_errno(error), ==, ENXIO);
    g_clear_error(&error);
    g_assert_false(alj_entry_stat(f->host, closed_fd, "link", &st, NULL));
    shell(f, "mv v w; printf other > v");
    g_assert_cmpint(alj_entry_open_seen(f->host, f->dir_fd, "v", &seen, &error), ==, -1);
    g_assert_cmpint(alj_error_errno(error), ==, ESTALE);
}

static void
test_new_and_commit(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    mode_t old = umask(0777);
    g_autofree char *tmp = alj_entry_tmp_name(f->host);
    g_assert_true(alj_host_is_tmp_name(tmp));
    alj_autofd fd = alj_entry_new(f->host, f->dir_fd, tmp, 0640, (uid_t) -1, (gid_t) -1, &error);
    umask(old);
    g_assert_no_error(error);
    g_autofree char *facts = scratch_run(&f->s, "stat -c '%%a %%s' %s", tmp);
    g_assert_cmpstr(facts, ==, "640 0\n");
    alj_entry_reap(f->host, f->dir_fd, tmp); /* in use: stays */
    g_assert_true(alj_entry_exists(f->host, f->dir_fd, tmp));
    g_assert_true(alj_entry_commit(f->host, f->dir_fd, fd, tmp, "v", &error));
    g_assert_false(alj_entry_exists(f->host, f->dir_fd, tmp));
    g_assert_true(alj_entry_exists(f->host, f->dir_fd, "v"));

    g_autofree char *second = alj_entry_tmp_name(f->host);
    alj_autofd dir = alj_entry_new_dir(f->host, f->dir_fd, second, 0711, (uid_t) -1, (gid_t) -1, &error);
    g_assert_no_error(error);
    g_assert_false(alj_entry_commit(f->host, f->dir_fd, dir, second, "v", &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_BAD_STATE));
    g_assert_cmpstr(error->message, ==, "volume target path 'v' already exists");
    g_clear_error(&error);
    g_assert_true(alj_entry_commit(f->host, f->dir_fd, dir, second, "d", &error));
    g_assert_true(alj_entry_unlink(f->host, f->dir_fd, "v", false, &error));
    g_assert_true(alj_entry_unlink(f->host, f->dir_fd, "v", false, &error));
    g_assert_true(alj_entry_unlink(f->host, f->dir_fd, "d", true, &error));
    g_assert_no_error(error);
}

/* After any failure of a commit there is nothing under the final name. */
static void
test_commit_each_failure(Files *f, gconstpointer unused)
{
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *tmp = alj_entry_tmp_name(f->host);
        alj_autofd fd = alj_entry_new(f->host, f->dir_fd, tmp, 0600, (uid_t) -1, (gid_t) -1, &error);
        g_assert_no_error(error);
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_good = alj_entry_commit(f->host, f->dir_fd, fd, tmp, "v", &error);
        alj_host_fail_nth(f->host, 0, 0);
        if (is_good) {
            g_assert_cmpuint(nth, ==, 4); /* sync, rename, sync of the directory: all had their turn */
            return;
        }
        g_assert_cmpint(alj_error_errno(error), ==, EIO);
        g_assert_false(alj_entry_exists(f->host, f->dir_fd, "v"));
        alj_entry_discard(f->dir_fd, tmp);
    }
}

static void
test_reap(Files *f, gconstpointer unused)
{
    const char *prefix = alj_host_tmp_prefix(f->host);
    g_autofree char *dead = g_strconcat(prefix, "dead", NULL);
    g_autofree char *dead_dir = g_strconcat(prefix, "deaddir", NULL);
    shell(f, "printf x > %s; mkdir %s; printf x > .aljibe-new.0000000000000000.x; printf x > v", dead, dead_dir);
    alj_entry_reap(f->host, f->dir_fd, dead);
    alj_entry_reap(f->host, f->dir_fd, dead_dir);
    alj_entry_reap(f->host, f->dir_fd, ".aljibe-new.0000000000000000.x"); /* of another host */
    alj_entry_reap(f->host, f->dir_fd, "v");
    alj_entry_reap(f->host, f->dir_fd, "nosuch");
    g_autofree char *left = scratch_run(&f->s, "ls -A");
    g_assert_cmpstr(left, ==, ".aljibe-new.0000000000000000.x\nv\n");
}

static bool
count(const char *name, uint64_t inode, unsigned char type, void *data)
{
    unsigned *left = data;
    g_assert_cmpstr(name, !=, "..");
    g_assert_cmpuint(inode, >, 0);
    return --*left > 0;
}

static void
test_dir(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    uint64_t capacity_bytes, available_bytes;
    unsigned left = 100;
    shell(f, "touch a b c d");
    g_assert_true(alj_dir_each(f->host, f->dir_fd, count, &left, &error));
    g_assert_cmpuint(left, ==, 96);
    left = 2;
    g_assert_true(alj_dir_each(f->host, f->dir_fd, count, &left, &error));
    g_assert_cmpuint(left, ==, 0);
    g_assert_true(alj_dir_space(f->host, f->dir_fd, &capacity_bytes, &available_bytes, &error));
    g_assert_cmpuint(available_bytes, <=, capacity_bytes);
    alj_autofd proc = alj_dir_open(f->host, "/proc", &error);
    g_assert_false(alj_dir_is_local(proc));
    g_assert_false(alj_dir_counts_at_once(proc));
    g_assert_cmpint(alj_dir_open(f->host, "/nosuch/dir", &error), ==, -1);
    g_assert_cmpstr(error->message, ==, "cannot open directory '/nosuch/dir': No such file or directory");
}

static void
test_extents(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_data;
    uint64_t end, size;
    shell(f, "truncate -s 1M v; printf x | dd of=v bs=4096 seek=16 conv=notrunc status=none");
    alj_autofd fd = alj_entry_open(f->host, f->dir_fd, "v", O_RDWR, NULL, &error);
    g_assert_true(alj_file_extent(f->host, fd, "v", 0, &is_data, &end, &error));
    g_assert_false(is_data);
    g_assert_cmpuint(end, ==, 65536);
    g_assert_true(alj_file_extent(f->host, fd, "v", 65536, &is_data, &end, &error));
    g_assert_true(is_data);
    g_assert_cmpuint(end, ==, 69632);
    g_assert_true(alj_file_extent(f->host, fd, "v", 70000, &is_data, &end, &error));
    g_assert_false(is_data);
    g_assert_cmpuint(end, ==, 1048576);
    g_assert_true(alj_file_truncate(f->host, fd, "v", 5000, &error));
    g_assert_true(alj_file_size(f->host, fd, "v", &size, &error));
    g_assert_cmpuint(size, ==, 5000);
    g_assert_true(alj_file_cut_back(fd, 100));
    g_assert_true(alj_file_sync(f->host, fd, "v", &error));
    g_assert_no_error(error);
    g_assert_false(alj_file_truncate(f->host, fd, "v", UINT64_MAX, &error));
    g_assert_cmpstr(error->message, ==, "Failed to truncate file 'v': File too large");
}

static void
test_writer(Files *f, gconstpointer unused)
{
    shell(f, "truncate -s 1M v");
    alj_autofd fd = openat(f->dir_fd, "v", O_RDWR | O_CLOEXEC);
    alj_autofd other = openat(f->dir_fd, "v", O_RDWR | O_CLOEXEC);
    struct flock read_only = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1 };
    struct flock writing = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 101, .l_len = 1 };
    g_assert_false(alj_file_has_writer(fd));
    g_assert_cmpint(fcntl(other, F_OFD_SETLK, &read_only), ==, 0);
    g_assert_false(alj_file_has_writer(fd));
    g_assert_cmpint(fcntl(other, F_OFD_SETLK, &writing), ==, 0);
    g_assert_true(alj_file_has_writer(fd));
}

static void
test_writers_kept_out(Files *f, gconstpointer unused)
{
    shell(f, "truncate -s 1M v");
    alj_autofd fd = openat(f->dir_fd, "v", O_RDONLY | O_CLOEXEC), again = openat(f->dir_fd, "v", O_RDONLY | O_CLOEXEC);
    alj_autofd guest = openat(f->dir_fd, "v", O_RDWR | O_CLOEXEC);
    struct flock writing = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 101, .l_len = 1 };
    struct flock unwanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 201, .l_len = 1 };
    g_assert_true(alj_file_keep_writers_out(fd));
    g_assert_true(alj_file_keep_writers_out(again)); /* two copies at once */
    g_assert_cmpint(fcntl(guest, F_OFD_GETLK, &unwanted), ==, 0);
    g_assert_cmpint(unwanted.l_type, ==, F_RDLCK); /* by this a guest's QEMU sees that it must not write */
    alj_file_unlock_image(fd);
    alj_file_unlock_image(again);
    g_assert_cmpint(fcntl(guest, F_OFD_SETLK, &writing), ==, 0);
    g_assert_false(alj_file_keep_writers_out(fd));
    unwanted = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 201, .l_len = 1 };
    g_assert_cmpint(fcntl(guest, F_OFD_GETLK, &unwanted), ==, 0);
    g_assert_cmpint(unwanted.l_type, ==, F_UNLCK);
}

static void
test_paths(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct stat st;
    shell(f, "printf data > v; ln -s v link; mkfifo pipe");
    g_autofree char *link = scratch_file(&f->s, "link"), *pipe = scratch_file(&f->s, "pipe");
    alj_autofd fd = alj_path_open(f->host, link, O_RDONLY, &st, &error);
    g_assert_no_error(error);
    g_assert_cmpint(st.st_size, ==, 4);
    g_assert_true(alj_path_stat(f->host, link, &st, &error));
    g_assert_true(S_ISLNK(st.st_mode));
    g_assert_cmpint(alj_path_open(f->host, pipe, O_RDONLY, NULL, &error), ==, -1);
    g_assert_cmpint(alj_error_errno(error), ==, ENXIO);
    g_clear_error(&error);
    g_assert_cmpint(alj_path_open(f->host, f->s.path, O_RDONLY, NULL, &error), ==, -1);
    g_assert_cmpint(alj_error_errno(error), ==, EISDIR);
}

static void
test_secret(Files *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) secret = g_bytes_new_static("pass", 4);
    alj_autofd fd = alj_file_secret(f->host, secret, &error);
    g_assert_no_error(error);
    char buffer[8] = "";
    g_assert_cmpint(pread(fd, buffer, sizeof buffer, 0), ==, 4);
    g_assert_cmpstr(buffer, ==, "pass");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    files_add("/host/files/open", test_open);
    files_add("/host/files/new-and-commit", test_new_and_commit);
    files_add("/host/files/commit-each-failure", test_commit_each_failure);
    files_add("/host/files/reap", test_reap);
    files_add("/host/files/dir", test_dir);
    files_add("/host/files/extents", test_extents);
    files_add("/host/files/writer", test_writer);
    files_add("/host/files/writers-kept-out", test_writers_kept_out);
    files_add("/host/files/paths", test_paths);
    files_add("/host/files/secret", test_secret);
    return g_test_run();
}
