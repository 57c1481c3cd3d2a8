/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control-C during a command that can be ended in good order. */
#pragma once

#include <glib.h>
#include <signal.h>
#include <stdbool.h>

/** AljInterrupt: as long as it lives, SIGINT is noted instead of ending the process. One at a time. */
typedef struct AljInterrupt {
    struct sigaction before;
} AljInterrupt;

void alj_interrupt_watch(AljInterrupt *interrupt);
void alj_interrupt_stop(AljInterrupt *interrupt);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljInterrupt, alj_interrupt_stop)

/** alj_interrupt_seen: whether SIGINT came since alj_interrupt_watch(). */
bool alj_interrupt_seen(void);

/**
 * alj_interrupt_poll:
 * Waits until @fd can be read, SIGINT comes, or @timeout_msec (-1: for ever) is over.
 * Returns: what poll() says of @fd.
 */
short alj_interrupt_poll(int fd, int timeout_msec);
