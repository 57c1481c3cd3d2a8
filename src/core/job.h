/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations that wait or run: their ids, deadlines, answers. */
#pragma once

#include "base/refs.h"
#include "base/task.h"
#include "core/call.h"
#include "core/op.h"
#include "core/watch.h"

typedef struct AljJobs AljJobs;

/**
 * AljJob: one operation on its way; counted. It is answered exactly once: by the worker that did the work, or before that by
 * whoever gives it up (cancelled while waiting, past its deadline).
 */
typedef struct AljJob {
    AljRefs refs;
    uint64_t id;
    AljCore *core;
    AljOp *op;          /* (owned) */
    AljTask task;
    AljCall call;       /* for the backend of op->pool */
    AljPoolDef *def;    /* (owned, nullable) parsed on submission */
    gint64 submitted_usec;
    bool has_written;   /* upload: the stream was open */
    atomic_bool is_done; /* what was asked for has happened; the worker only looks what it has become */

    /* Results, moved into the operation with the answer. (owned, nullable) */
    AljPool *ret_pool;
    AljVolDef *ret_vol;
    AljSecretDef *ret_secret;
    char *ret_text;

    AljAlarm alarm;
    gint64 limit_usec;        /* what the alarm is set to; 0: progress is watched */
    uint64_t seen_bytes;      /* progress at the last alarm */
    atomic_bool is_given_up;  /* written under the pool's mutex */
    bool is_running, is_answered; /* under the mutex of AljJobs */
    GList *link;
} AljJob;

AljJobs *alj_jobs_new(void);
void alj_jobs_free(AljJobs *jobs);

/** alj_job_new: a job nobody sees yet. @take_op: (transfer full) */
AljJob *alj_job_new(AljOp *take_op);

/**
 * alj_job_list:
 * The job gets its number and is listed as waiting until alj_job_end(). Errors: ABORTED (the core is ending).
 */
bool alj_job_list(AljJob *job, GError **error);

/** alj_job_name_volume: once the worker knows which volume it is about. */
void alj_job_name_volume(AljJob *job, const char *name);

AljJob *alj_job_ref(AljJob *job);
void alj_job_unref(AljJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljJob, alj_job_unref)

/** alj_job_begin: the worker starts. Returns: false if the job was answered while it waited; it is then only to be ended. */
bool alj_job_begin(AljJob *job);

/** alj_job_set_limit: how long it may take from now; 0: as long as it makes progress; -1: no limit. */
void alj_job_set_limit(AljJob *job, gint64 usec);

/**
 * alj_job_answer:
 * Calls the operation's `done`, if nobody has; @error: NULL for success. Returns: whether it did.
 */
bool alj_job_answer(AljJob *job, const GError *error);

/**
 * alj_job_returned: the worker has done what it could; no alarm comes any more. Returns: whether the job was given up meanwhile, its pool
 * answers now, and is to be read again.
 */
bool alj_job_returned(AljJob *job);

/** alj_job_end: no longer listed; drops the worker's reference. The last thing a worker does. */
void alj_job_end(AljJob *job);

static inline bool
alj_job_is_given_up(const AljJob *job)
{
    return atomic_load(&job->is_given_up);
}

/** alj_jobs_close: from now on jobs are refused; those that wait are answered, those that run are asked to end. */
void alj_jobs_close(AljJobs *jobs);
bool alj_jobs_are_closed(AljJobs *jobs);

/** alj_jobs_hold, alj_jobs_release: a thread that is no job uses the core in between. */
void alj_jobs_hold(AljJobs *jobs);
void alj_jobs_release(AljJobs *jobs);

/** alj_jobs_wait: until none is left, at most @usec. Returns: whether none is left. */
bool alj_jobs_wait(AljJobs *jobs, gint64 usec);

/** alj_jobs_count: jobs of @pool, waiting and running. */
unsigned alj_jobs_count(AljJobs *jobs, const AljPool *pool);
