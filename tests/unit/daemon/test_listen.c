/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listening sockets: final mode whatever the umask, stale ones replaced, files of others left alone. */
#include "daemon/listen.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir;

static void
test_mode(void)
{
    static const mode_t modes[] = { 0600, 0660, 0666 };
    g_autofree char *path = g_build_filename(dir, "sock", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        struct stat info;
        mode_t before = umask(077);
        int fd = alj_listen_open(path, modes[i], (gid_t) -1, NULL); /* the second time over a stale one */
        (void) umask(before);
        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(lstat(path, &info), ==, 0);
        g_assert_true(S_ISSOCK(info.st_mode));
        g_assert_cmpuint(info.st_mode & 07777, ==, modes[i]);
        close(fd);
    }
    (void) g_unlink(path);
}

static void
test_group(void)
{
    struct stat info;
    g_autofree char *path = g_build_filename(dir, "sock", NULL);
    int fd = alj_listen_open(path, 0660, getegid(), NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(lstat(path, &info), ==, 0);
    g_assert_cmpuint(info.st_gid, ==, getegid());
    g_assert_cmpuint(info.st_mode & 07777, ==, 0660);
    close(fd);
    (void) g_unlink(path);
}

static void
test_not_a_socket(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(dir, "file", NULL);
    g_autofree char *expected = g_strdup_printf("'%s' is there and is no socket", path);
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    g_assert_cmpint(alj_listen_open(path, 0600, (gid_t) -1, &error), ==, -1);
    g_assert_cmpstr(error->message, ==, expected);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    (void) g_unlink(path);
}

static void
test_long_path(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strnfill(120, 'x');
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_assert_cmpint(alj_listen_open(path, 0600, (gid_t) -1, &error), ==, -1);
    g_assert_true(g_str_has_suffix(error->message, "xxx' is too long"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dir = g_dir_make_tmp("aljibed-listen-XXXXXX", NULL);
    g_test_add_func("/listen/mode", test_mode);
    g_test_add_func("/listen/group", test_group);
    g_test_add_func("/listen/not-a-socket", test_not_a_socket);
    g_test_add_func("/listen/long-path", test_long_path);
    int failed = g_test_run();
    (void) g_rmdir(dir);
    g_free(dir);
    return failed;
}
