/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control-C during a command that can be ended in good order. The handler sets a mark and writes to a
 * pipe, so that a wait that is about to begin ends too, whichever thread took the signal. */
#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t is_seen;
static int wake[2] = { -1, -1 };

static void
note_signal(int number)
{
    int saved_errno = errno;
    is_seen = 1;
    (void) !write(wake[1], "", 1); /* a full pipe wakes as well */
    errno = saved_errno;
}

void
alj_interrupt_watch(AljInterrupt *interrupt)
{
    /* a second Control-C ends the process, should the first find it in a wait that does not look at the
     * mark */
    struct sigaction action = { .sa_handler = note_signal, .sa_flags = (int) SA_RESETHAND };
    (void) sigemptyset(&action.sa_mask);
    is_seen = 0;
    (void) !pipe2(wake, O_CLOEXEC | O_NONBLOCK); /* without it a wait sees the mark when its time is over */
    (void) sigaction(SIGINT, &action, &interrupt->before);
}

void
alj_interrupt_stop(AljInterrupt *interrupt)
{
    (void) sigaction(SIGINT, &interrupt->before, NULL);
    for (int i = 0; i < 2; i++) {
        if (wake[i] >= 0)
            (void) close(wake[i]);
        wake[i] = -1;
    }
}

bool
alj_interrupt_seen(void)
{
    return is_seen;
}

short
alj_interrupt_poll(int fd, int timeout_msec)
{
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = wake[0], .events = POLLIN } };
    /* if it failed, a signal came; what ended it otherwise is seen from the mark and the clock */
    return poll(fds, G_N_ELEMENTS(fds), timeout_msec) > 0 ? fds[0].revents : 0;
}
