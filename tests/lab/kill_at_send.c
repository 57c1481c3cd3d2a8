/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded into the daemon: kills it right before its N-th message to a server of the network. A library like librbd does one thing to an
 * image in many messages, and whatever it had done by then stays done. The file $KILL_AT_SEND holds two numbers of 32 bits that the test
 * writes and reads while the daemon runs: N (0: never), and how many messages there were since.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    atomic_uint at, count;
} *shared;

__attribute__((constructor)) static void
map_numbers(void)
{
    const char *path = getenv("KILL_AT_SEND");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd >= 0 ? mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        (void) close(fd);
    shared = map != MAP_FAILED ? map : NULL;
}

static int
is_to_network(int fd)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    return getsockname(fd, (struct sockaddr *) &own, &size) == 0 && (own.ss_family == AF_INET || own.ss_family == AF_INET6);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    static ssize_t (*next)(int, const struct msghdr *, int);
    if (!next)
        next = (ssize_t (*)(int, const struct msghdr *, int)) dlsym(RTLD_NEXT, "sendmsg");
    if (shared && is_to_network(fd) && atomic_fetch_add(&shared->count, 1) + 1 == atomic_load(&shared->at))
        (void) raise(SIGKILL);
    return next(fd, message, flags);
}
