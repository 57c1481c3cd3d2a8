/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Being somebody else for one question. What a server then answers is for the lab. */
#include "host/actor.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANA 1234
#define EVA 1235

/* The file-system ids of this thread: an id that nobody has changes nothing. */
static void
assert_is(uid_t uid, gid_t gid)
{
    g_assert_cmpint(setfsuid((uid_t) -1), ==, (int) uid);
    g_assert_cmpint(setfsgid((gid_t) -1), ==, (int) gid);
}

/* A directory that is on no local file system: root's own. */
static int
open_remote(void)
{
    int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    return fd;
}

static bool
is_root(void)
{
    if (geteuid() != 0)
        g_test_skip("only root becomes others");
    return geteuid() == 0;
}

static void
test_order(void)
{
    if (!is_root())
        return;
    alj_autofd fd = open_remote();
    {
        g_auto(AljActor) actor = alj_actor_begin(fd);
        alj_actor_add(&actor, 0, 0);
        alj_actor_add(&actor, (uid_t) -1, 7);
        alj_actor_add(&actor, ANA, 7);
        alj_actor_add(&actor, ANA, 7);
        alj_actor_add(&actor, EVA, (gid_t) -1);
        assert_is(0, 0);
        g_assert_true(alj_actor_next(&actor, EACCES));
        assert_is(ANA, 7);
        g_assert_true(alj_actor_next(&actor, EPERM));
        assert_is(EVA, 0);
        g_assert_false(alj_actor_next(&actor, EACCES)); /* the directory is root's */
        g_assert_cmpint(errno, ==, EACCES);
        assert_is(EVA, 0);
    }
    assert_is(0, 0);
}

static void
test_nested(void)
{
    if (!is_root())
        return;
    alj_autofd fd = open_remote();
    g_auto(AljActor) outer = alj_actor_begin(fd);
    alj_actor_add(&outer, ANA, ANA);
    g_assert_true(alj_actor_next(&outer, EACCES));
    {
        g_auto(AljActor) inner = alj_actor_begin(fd);
        alj_actor_add(&inner, EVA, EVA);
        assert_is(ANA, ANA);
        g_assert_true(alj_actor_next(&inner, EACCES));
        assert_is(EVA, EVA);
    }
    assert_is(ANA, ANA);
}

static void
test_never(void)
{
    alj_autofd remote_fd = open_remote(), local_fd = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_auto(AljActor) remote = alj_actor_begin(remote_fd), local = alj_actor_begin(local_fd);
    alj_actor_add(&remote, ANA, ANA);
    alj_actor_add(&local, ANA, ANA);
    g_assert_false(alj_actor_next(&remote, ENOENT));
    g_assert_cmpint(errno, ==, ENOENT);
    g_assert_false(alj_actor_next(&local, EACCES)); /* there root may do all */
    assert_is(geteuid(), getegid());
}

static void
test_of_file(void)
{
    uid_t uid = 0;
    gid_t gid = 0;
    g_autofree char *path = NULL;
    alj_autofd fd = g_file_open_tmp("aljibe-actor-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(unlink(path), ==, 0);
    g_assert_false(alj_actor_of_file(fd, &uid, &gid)); /* a program of ours may open it */
    g_assert_false(alj_actor_of_file(-1, &uid, &gid));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/actor/order", test_order);
    g_test_add_func("/actor/nested", test_nested);
    g_test_add_func("/actor/never", test_never);
    g_test_add_func("/actor/of-file", test_of_file);
    return g_test_run();
}
