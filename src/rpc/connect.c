/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding a server: connects to UNIX sockets by their paths. Owns nothing; blocks the calling thread. */
#include "rpc/connect.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/guard.h"

/** A connection waits for room in the server's backlog, and for that as long as it would for room to send. */
static bool
limit_wait(int fd, gint64 until_usec)
{
    if (until_usec < 0)
        return true;
    gint64 usec = MAX(until_usec - g_get_monotonic_time(), 1); /* 0 would be without an end */
    const struct timeval limit = { .tv_sec = usec / G_USEC_PER_SEC, .tv_usec = usec % G_USEC_PER_SEC };
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

int
alj_connect(const char *path, gint64 until_usec, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        alj_fail_errno(error, ENAMETOOLONG, "Failed to connect socket to '%s'", path);
        return -1;
    }
    strcpy(address.sun_path, path);
    alj_autofd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !limit_wait(fd, until_usec)) {
        alj_fail_errno(error, errno, "Failed to create socket");
        return -1;
    }
    if (connect(fd, (const struct sockaddr *) &address, sizeof address) < 0) {
        int os_errno = errno == EAGAIN ? ETIMEDOUT : errno;
        alj_fail_errno(error, os_errno, "Failed to connect socket to '%s'", path);
        return -1;
    }
    return alj_steal_fd(&fd);
}

int
alj_connect_any(const char *const *paths, gint64 until_usec, GError **error)
{
    g_autoptr(GError) first = NULL;
    for (; *paths; paths++) {
        g_autoptr(GError) failure = NULL;
        int fd = alj_connect(*paths, until_usec, &failure);
        if (fd >= 0)
            return fd;
        if (!first || (alj_error_errno(first) == ENOENT && alj_error_errno(failure) != ENOENT)) {
            g_clear_error(&first);
            first = g_steal_pointer(&failure);
        }
    }
    g_propagate_error(error, g_steal_pointer(&first));
    return -1;
}
