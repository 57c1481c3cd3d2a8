/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded into the daemon: kills it right before its N-th message to a server of the network, or has the N-th call to its storage that can
 * fail do so. A library like librbd does one thing to an image in many messages, and whatever it had done by then stays done. The file
 * $FAULTS holds numbers of 32 bits that the test writes and reads while the daemon runs: the message and the call at which that is to
 * happen (0: at none), and how many there were of each.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    atomic_uint message_at, call_at, messages, calls;
} *shared;

__attribute__((constructor)) static void
map_numbers(void)
{
    const char *path = getenv("FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd >= 0 ? mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        (void) close(fd);
    shared = map != MAP_FAILED ? map : NULL;
}

static int
is_now(atomic_uint *count, atomic_uint *at)
{
    return shared && atomic_fetch_add(count, 1) + 1 == atomic_load(at);
}

static int
is_to_network(int fd)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    return getsockname(fd, (struct sockaddr *) &own, &size) == 0 && (own.ss_family == AF_INET || own.ss_family == AF_INET6);
}

/* The next definition of the function this stands in. */
#define NEXT(type, name) ((type) dlsym(RTLD_NEXT, name))

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (is_to_network(fd) && is_now(&shared->messages, &shared->message_at))
        (void) raise(SIGKILL);
    return NEXT(ssize_t (*)(int, const struct msghdr *, int), "sendmsg")(fd, message, flags);
}

int alj_host_gate(void *host, const char *what); /* of the daemon's host/ */

int
alj_host_gate(void *host, const char *what)
{
    if (is_now(&shared->calls, &shared->call_at))
        return EIO;
    return NEXT(int (*)(void *, const char *), "alj_host_gate")(host, what);
}
