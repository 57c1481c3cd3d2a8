/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * AljWorkers:
 * A queue of work and up to @max_threads threads that are started on demand and leave after some idle seconds.
 * With max_threads 1 it is a lane: one piece of work at a time, in order. Each pool has its own, so a thread
 * stuck in one pool costs no other pool anything. Thread-safe.
 */
typedef struct AljWorkers AljWorkers;

typedef void (*AljWorkFunc)(void *data);

/**
 * alj_workers_new:
 * @name: for thread names (cut at 15 bytes)
 * @max_threads: at least 1
 * @max_queue: work that may wait; 0 means no bound
 */
AljWorkers *alj_workers_new(const char *name, unsigned max_threads, unsigned max_queue);

/**
 * alj_workers_push:
 * Runs @func(@data) on a worker. Returns: false if the queue is full (nothing was taken).
 */
bool alj_workers_push(AljWorkers *workers, AljWorkFunc func, void *data);

/** alj_workers_busy_usec: how long the longest-running piece of work has been running; 0 when idle. */
gint64 alj_workers_busy_usec(AljWorkers *workers);

/** alj_workers_replace: lets one more thread work although one is stuck (at most twice). Returns: whether it did. */
bool alj_workers_replace(AljWorkers *workers);

/**
 * alj_workers_stop:
 * Takes no more work, waits up to @wait_usec for queued and running work to end. Returns: whether all threads
 * are gone; if not, they keep the memory alive and must not be waited for again.
 */
bool alj_workers_stop(AljWorkers *workers, gint64 wait_usec);

/**
 * alj_workers_free: stops with no wait for work and drops the owner's reference; threads that work (the caller may be one) drop theirs later.
 * If nobody works all threads are gone when it returns.
 */
void alj_workers_free(AljWorkers *workers);

/**
 * alj_workers_drain:
 * Waits up to @wait_usec for the threads of all queues that were freed while somebody worked, and for what libraries keep per
 * thread. Threads stuck in the kernel are left to it. Returns: whether all are gone.
 */
bool alj_workers_drain(gint64 wait_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljWorkers, alj_workers_free)
