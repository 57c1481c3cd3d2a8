/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/task.h"
#include "host/host.h"

#include <sys/types.h>

/** AljRunName: a word of a command line that stands for a path. */
typedef struct AljRunName {
    const char *word, *path;
} AljRunName;

/** AljRun: one program to run: an argument vector, never a shell; bounded in time and output. */
typedef struct AljRun {
    const char *const *argv;  /* NULL-terminated; argv[0]: absolute path, or a name for alj_run_find() */
    const int *pass_fds;      /* (nullable) above 2; kept under the same numbers; ends with -1 */
    const char *const *env;   /* (nullable) "NAME=value", besides PATH and LC_ALL; ends with NULL */
    const AljRunName *names;  /* (nullable) errors show these paths in place of the words; ends with a NULL word */
    gint64 timeout_usec;      /* 0: none but the task's */
    gsize max_output;         /* 0: 4 MiB; more is an error and ends the program */
    uint64_t max_memory_bytes; /* address space; 0: no limit. For programs that read what guests wrote */
    unsigned max_cpu_seconds;  /* 0: no limit */
    bool makes_public_files;   /* umask 022, not 077: what it makes, or shows by mounting it, is for others too */
    /* (nullable) Called on the calling thread with each line or CR-ended part of stdout, not collected then. */
    void (*progress)(const char *line, AljTask *task);
    bool shows_io; /* what it has read and written so far is the task's progress: for programs that work long and say nothing */
    int *ret_status; /* (nullable) the exit status once the program has ended by itself, also on failure */
    uid_t uid; /* as whom it runs; 0: as we do */
    gid_t gid;
    int fills_fd; /* 0: none; a file the program fills: each line of progress sends to the medium what has been written */
} AljRun;

/**
 * alj_run:
 * No shell, empty environment but PATH, LC_ALL=C and what @run adds, own process group killed on cancel and deadline (TERM,
 * 2 s, KILL), dies with the daemon. Blocks until the program has ended.
 * Returns: standard output (transfer full), or NULL.
 * Errors: INTERNAL "Child process (ARGV) unexpected exit status N: STDERR", SYSTEM (cannot execute),
 * TIMEOUT, ABORTED.
 */
char *alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error);

/**
 * alj_run_find: absolute path of @program in /usr/sbin, /usr/bin, /sbin, /bin, or NULL. Only a regular,
 * executable file that root owns and nobody else can write. (transfer full)
 */
char *alj_run_find(const char *program);
