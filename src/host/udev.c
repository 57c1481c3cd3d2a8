/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device manager, asked as `udevadm control --ping` asks it: whether somebody listens. A socket that a dead one left does not count. */
#include "host/udev.h"

#include "base/guard.h"
#include "host/run.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

bool
alj_udev_answers(AljHost *host)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_autofree char *path = alj_host_path(host, "/run/udev/control");
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    alj_autofd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* EAGAIN: it takes one after the other, and somebody else is asking */
    return fd >= 0 && (connect(fd, (const struct sockaddr *) &address, sizeof address) == 0 || errno == EAGAIN);
}

bool
alj_udev_settle(AljHost *host, gint64 usec, AljTask *task, GError **error)
{
    if (!alj_udev_answers(host))
        return true;
    g_autofree char *timeout = g_strdup_printf("--timeout=%" G_GINT64_FORMAT, usec / G_USEC_PER_SEC);
    const char *argv[] = { "udevadm", "settle", timeout, NULL };
    AljRun run = { .argv = argv, .timeout_usec = usec + G_USEC_PER_SEC };
    g_autofree char *output = alj_run(host, &run, task, NULL); /* one that took too long is no failure */
    return alj_task_check(task, "udevadm", error);
}
