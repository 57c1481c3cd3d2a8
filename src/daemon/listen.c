/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listening sockets: our own, made so that nobody gets in too early, and those of socket activation. Start only. */
#include "daemon/listen.h"

#include "base/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define BACKLOG 1024

/* A stale socket goes; anything else at the place is not ours to remove. */
static bool
remove_stale(const char *path, GError **error)
{
    struct stat info;
    if (lstat(path, &info) < 0)
        return errno == ENOENT || alj_fail_errno(error, errno, "cannot look at '%s'", path);
    if (!S_ISSOCK(info.st_mode))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' is there and is no socket", path);
    if (unlink(path) < 0)
        return alj_fail_errno(error, errno, "cannot remove '%s'", path);
    return true;
}

/*
 * The permissions of the descriptor before bind() are those the socket file is born with (less the umask), so there is no moment in
 * which it is open to more. The group, if any, is let in last.
 */
static bool
bind_narrow(int fd, const struct sockaddr_un *address, mode_t mode, gid_t group, GError **error)
{
    const char *path = address->sun_path;
    if (fchmod(fd, group == (gid_t) -1 ? mode : mode & 0700) < 0)
        return alj_fail_errno(error, errno, "cannot set the mode of socket '%s'", path);
    if (bind(fd, (const struct sockaddr *) address, sizeof *address) < 0)
        return alj_fail_errno(error, errno, "cannot bind socket '%s'", path);
    if (group != (gid_t) -1 && lchown(path, (uid_t) -1, group) < 0)
        return alj_fail_errno(error, errno, "cannot set the group of socket '%s'", path);
    if (chmod(path, mode) < 0)
        return alj_fail_errno(error, errno, "cannot set the mode of socket '%s'", path);
    return true;
}

int
alj_listen_open(const char *path, mode_t mode, gid_t group, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        alj_fail(error, ALJ_ERROR_INVALID_ARG, "socket path '%s' is too long", path);
        return -1;
    }
    alj_autofd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        alj_fail_errno(error, errno, "cannot make a socket");
        return -1;
    }
    if (!remove_stale(path, error) || !bind_narrow(fd, &address, mode, group, error))
        return -1;
    if (listen(fd, BACKLOG) < 0) {
        alj_fail_errno(error, errno, "cannot listen on '%s'", path);
        (void) unlink(path); /* it was ours a moment ago */
        return -1;
    }
    return alj_steal_fd(&fd);
}

static bool
is_readonly_name(const char *name)
{
    return g_str_has_suffix(name, "-ro") || g_str_has_suffix(name, "-ro.socket");
}

static bool
is_readonly_socket(int fd, const char *name)
{
    struct sockaddr_un address = { 0 };
    socklen_t size = sizeof address - 1; /* so that the path always ends */
    if (name && is_readonly_name(name))
        return true;
    return getsockname(fd, (struct sockaddr *) &address, &size) == 0 && is_readonly_name(address.sun_path);
}

int
alj_listen_inherited(AljListenFunc func, void *data, GError **error)
{
    g_auto(GStrv) names = NULL;
    int count = sd_listen_fds_with_names(1, &names);
    if (count < 0) {
        alj_fail_errno(error, -count, "cannot take sockets from the service manager");
        return -1;
    }
    for (int i = 0; i < count; i++) {
        int fd = SD_LISTEN_FDS_START + i;
        if (sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) <= 0) {
            alj_fail(error, ALJ_ERROR_INVALID_ARG, "descriptor %d of the service manager is no listening UNIX socket", fd);
            return -1;
        }
        func(fd, is_readonly_socket(fd, names ? names[i] : NULL), data);
    }
    return count;
}
