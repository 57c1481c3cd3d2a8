/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands before the C library for the calls that change files: the program's own definition of a function goes before a library's. So
 * the code under test needs no hook, and a call that is added to it tomorrow is counted tomorrow.
 */
#include "syscalls.h"

#include "base/guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct {
    atomic_bool is_armed;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    char *dir;
    unsigned count, nth;
    int fate;
    bool hangs;
} state = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

void
syscalls_arm(const char *dir, unsigned nth, int fate)
{
    ALJ_LOCK(&state.mutex);
    g_free(state.dir);
    state.dir = g_strdup(dir);
    state.count = 0;
    state.nth = nth;
    state.fate = fate;
    atomic_store(&state.is_armed, true);
}

unsigned
syscalls_disarm(void)
{
    ALJ_LOCK(&state.mutex);
    atomic_store(&state.is_armed, false);
    g_clear_pointer(&state.dir, g_free);
    return state.count;
}

void
syscalls_await(void)
{
    gint64 until = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    for (bool hangs = false; !hangs;) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        g_usleep(1000);
        ALJ_LOCK(&state.mutex);
        hangs = state.hangs;
    }
}

void
syscalls_release(void)
{
    ALJ_LOCK(&state.mutex);
    state.hangs = false;
    pthread_cond_broadcast(&state.changed);
}

static bool
is_below(const char *dir, int fd, const char *path)
{
    char link[64], place[PATH_MAX];
    if (path && *path == '/')
        return g_str_has_prefix(path, dir);
    (void) snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, place, sizeof place - 1);
    place[MAX(length, 0)] = '\0';
    return g_str_has_prefix(place, dir);
}

/* Whether the call must fail; errno is set then. */
static bool
fails(int fd, const char *path)
{
    if (!atomic_load(&state.is_armed))
        return false;
    ALJ_LOCK(&state.mutex);
    if (!state.dir || !is_below(state.dir, fd, path) || ++state.count != state.nth)
        return false;
    if (state.fate == SYSCALLS_KILL)
        (void) raise(SIGKILL);
    if (state.fate == SYSCALLS_HANG) {
        state.hangs = true;
        while (state.hangs)
            pthread_cond_wait(&state.changed, &state.mutex);
        return false;
    }
    errno = state.fate;
    return true;
}

/* The next definition of the function this stands in. */
#define NEXT(type, name) ((type) dlsym(RTLD_NEXT, name))

int
openat(int dir_fd, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & O_CREAT && fails(dir_fd, path))
        return -1;
    return NEXT(int (*)(int, const char *, int, mode_t), "openat")(dir_fd, path, flags, mode);
}

ssize_t
write(int fd, const void *data, size_t length)
{
    return fails(fd, NULL) ? -1 : NEXT(ssize_t (*)(int, const void *, size_t), "write")(fd, data, length);
}

int
fsync(int fd)
{
    return fails(fd, NULL) ? -1 : NEXT(int (*)(int), "fsync")(fd);
}

int
mkdir(const char *path, mode_t mode)
{
    return fails(AT_FDCWD, path) ? -1 : NEXT(int (*)(const char *, mode_t), "mkdir")(path, mode);
}

int
unlink(const char *path)
{
    return fails(AT_FDCWD, path) ? -1 : NEXT(int (*)(const char *), "unlink")(path);
}

int
unlinkat(int dir_fd, const char *path, int flags)
{
    return fails(dir_fd, path) ? -1 : NEXT(int (*)(int, const char *, int), "unlinkat")(dir_fd, path, flags);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    if (fails(to_fd, to))
        return -1;
    return NEXT(int (*)(int, const char *, int, const char *), "renameat")(from_fd, from, to_fd, to);
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    if (fails(to_fd, to))
        return -1;
    return NEXT(int (*)(int, const char *, int, const char *, unsigned), "renameat2")(from_fd, from, to_fd, to, flags);
}

int
symlinkat(const char *target, int dir_fd, const char *path)
{
    return fails(dir_fd, path) ? -1 : NEXT(int (*)(const char *, int, const char *), "symlinkat")(target, dir_fd, path);
}
