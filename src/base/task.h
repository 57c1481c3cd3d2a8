/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a long piece of work listens to and reports through. Owned by whoever started the work. */
#pragma once

#include "base/error.h"

#include <stdatomic.h>
#include <stdint.h>

/** AljTask: cancel flag and progress; may be read by any thread while one works. Zeroed memory is a valid task. */
typedef struct AljTask {
    atomic_bool is_cancelled;
    atomic_uint_fast64_t done_bytes, total_bytes;
    atomic_int_fast64_t deadline_usec; /* g_get_monotonic_time(); 0: none */
} AljTask;

/**
 * alj_task_check:
 * To be called in every loop over data. Returns: false with ABORTED "'job' was cancelled" or TIMEOUT once the work
 * must end. @task may be NULL (always true).
 */
bool alj_task_check(const AljTask *task, const char *what, GError **error);

/** alj_task_expect: the whole is @bytes, unless whoever started the work has said otherwise. */
void alj_task_expect(AljTask *task, uint64_t bytes);

/** alj_task_add: @bytes more are done. */
void alj_task_add(AljTask *task, uint64_t bytes);

/** alj_task_subtract: @bytes of what was done were a first pass over what is done now: whoever waits has seen that it goes on. */
void alj_task_subtract(AljTask *task, uint64_t bytes);
