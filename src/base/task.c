/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flags between a piece of work and those who watch it. Only atomics: the working thread and any number of
 * watchers use one task without a lock.
 */
#include "base/task.h"

bool
alj_task_check(const AljTask *task, const char *what, GError **error)
{
    if (!task)
        return true;
    if (atomic_load(&task->is_cancelled))
        return alj_fail(error, ALJ_ERROR_ABORTED, "'%s' was cancelled", what);
    gint64 deadline_usec = atomic_load(&task->deadline_usec);
    if (deadline_usec > 0 && g_get_monotonic_time() > deadline_usec)
        return alj_fail(error, ALJ_ERROR_TIMEOUT, "'%s' did not end in time", what);
    return true;
}

void
alj_task_expect(AljTask *task, uint64_t bytes)
{
    uint_fast64_t none = 0;
    if (task)
        (void) atomic_compare_exchange_strong(&task->total_bytes, &none, bytes); /* false: it was said */
}

void
alj_task_add(AljTask *task, uint64_t bytes)
{
    if (task)
        atomic_fetch_add(&task->done_bytes, bytes);
}

void
alj_task_subtract(AljTask *task, uint64_t bytes)
{
    if (task)
        atomic_fetch_sub(&task->done_bytes, bytes);
}
