/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device manager, asked as `udevadm control --ping` asks it: whether somebody listens. A socket that a dead one left does not count. */
#include "host/udev.h"

#include "base/guard.h"

#include <sys/socket.h>
#include <sys/un.h>

bool
alj_udev_answers(AljHost *host)
{
    static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/udev/control" };
    alj_autofd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd >= 0 && alj_host_gate(host, "ask udev") == 0
        && connect(fd, (const struct sockaddr *) &address, sizeof address) == 0;
}
