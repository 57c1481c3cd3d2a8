/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/task.h"
#include "host/host.h"

/** AljRun: one program to run; reliability.md 6 is the contract. */
typedef struct AljRun {
    const char *const *argv;  /* NULL-terminated; argv[0] an absolute path or a bare name looked up in /usr/sbin, /usr/bin */
    const int *pass_fds;      /* (nullable) descriptors the child keeps under the same numbers, ends with -1 */
    gint64 timeout_usec;      /* 0: none but the task's */
    gsize max_output;         /* 0: 4 MiB */
    void (*progress)(const char *line, AljTask *task); /* (nullable) called for each line or CR-ended part of stdout */
} AljRun;

/**
 * alj_run:
 * No shell, empty environment but PATH and LC_ALL=C, own process group killed on cancel and deadline (TERM, 2 s,
 * KILL), dies with the daemon. Returns: standard output (transfer full), or NULL.
 * Errors: INTERNAL "Child process (ARGV) unexpected exit status N: STDERR", SYSTEM (cannot execute), TIMEOUT, ABORTED.
 */
char *alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error);

/** alj_run_find: absolute path of @program in /usr/sbin, /usr/bin, /sbin, /bin (root-owned, executable), or NULL. (transfer full) */
char *alj_run_find(const char *program);
