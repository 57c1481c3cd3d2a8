/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* System calls below one directory that fail, hang or end the process when the test says so. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What happens at the n-th call: an errno, or one of these. */
#define SYSCALLS_KILL (-1) /* SIGKILL at its entry */
#define SYSCALLS_HANG (-2) /* it waits for syscalls_release(), then does its work */

/** syscalls_arm: calls that change files below @dir are counted from now on, from 1; the @nth (0: none) meets its @fate. All threads. */
void syscalls_arm(const char *dir, unsigned nth, int fate);

/** syscalls_disarm: Returns: how many there were. */
unsigned syscalls_disarm(void);

/** syscalls_await: until a call hangs; the test fails after ten seconds. */
void syscalls_await(void);
void syscalls_release(void);
