/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting one process. Only for run.c. */
#pragma once

#include "host/run.h"

#include <sys/types.h>

/** AljChild: a started program that leads its own session and process group. */
typedef struct AljChild {
    pid_t pid;
    int pidfd;    /* readable once the program has ended */
    int out, err; /* its standard output and error, non-blocking */
} AljChild;

#define ALJ_CHILD_INIT { .pid = -1, .pidfd = -1, .out = -1, .err = -1 }

/**
 * alj_child_start:
 * @path: absolute; @run gives the arguments, descriptors and limits
 * The thread that calls this must stay until the child was reaped: the kernel kills the child when that
 * thread ends.
 * Returns: 0 and a child to be given to alj_child_reap(), or the errno of what failed (of execve(), too).
 */
int alj_child_start(const char *path, const AljRun *run, AljChild *ret);

/** alj_child_signal: sends @number to the whole process group. */
void alj_child_signal(const AljChild *child, int number);

/** alj_child_reap: waits for its end; closes the descriptors. Returns: the status of waitpid(). */
int alj_child_reap(AljChild *child);
