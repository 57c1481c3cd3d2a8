/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded into the daemon: kills it right before its N-th message to a server of the network, or before the N-th call to its storage
 * that can fail, or has that call do so. A library like librbd does one thing to an image in many messages, and whatever it had done by
 * then stays done. The file $FAULTS holds numbers of 32 bits that the test writes and reads while the daemon runs: the message at which
 * it is to die, the call that is to fail and the one at which it is to die (0: none), and how many messages and calls there were.
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
    atomic_uint message_at, fails_at, dies_at, messages, calls;
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

/* Counts one more. Returns: which one it is; 0 in a process that has no numbers. */
static unsigned
count(atomic_uint *count)
{
    return shared ? atomic_fetch_add(count, 1) + 1 : 0;
}

static int
is_at(unsigned number, atomic_uint *at)
{
    return number != 0 && number == atomic_load(at);
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
    if (is_to_network(fd) && is_at(count(&shared->messages), &shared->message_at))
        (void) raise(SIGKILL);
    return NEXT(ssize_t (*)(int, const struct msghdr *, int), "sendmsg")(fd, message, flags);
}

int alj_host_gate(void *host, const char *what); /* of the daemon's host/ */

int
alj_host_gate(void *host, const char *what)
{
    unsigned number = count(&shared->calls);
    if (is_at(number, &shared->dies_at))
        (void) raise(SIGKILL);
    if (is_at(number, &shared->fails_at))
        return EIO;
    return NEXT(int (*)(void *, const char *), "alj_host_gate")(host, what);
}
