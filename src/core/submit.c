/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of an operation: row of the table → checks in memory → worker → answer. Submission runs on any thread and never waits for
 * storage.
 */
#include "core/op_rows.h"

#include "base/guard.h"
#include "core/core_private.h"
#include "core/lane.h"

#define LIMIT(member) offsetof(AljCoreLimits, member)

/* How long the job may take: building a pool first takes as long as a build. */
static gint64
limit_of(const AljJob *job)
{
    const AljOp *op = job->op;
    size_t limit = alj_op_row(job->core, op->kind)->limit;
    bool builds = op->flags != 0 && (op->kind == ALJ_OP_POOL_CREATE || op->kind == ALJ_OP_POOL_START);
    if (limit == LIMIT(progress_usec))
        return 0;
    return G_STRUCT_MEMBER(gint64, &job->core->limits, builds ? LIMIT(build_usec) : limit);
}

static void
run_job(void *data)
{
    AljJob *job = data;
    const AljOpRow *row = alj_op_row(job->core, job->op->kind);
    if (alj_job_begin(job)) {
        g_autoptr(GError) error = NULL;
        alj_job_set_limit(job, limit_of(job));
        bool is_done = row->run(job, &error);
        (void) alj_job_answer(job, is_done ? NULL : error); /* false: the deadline was faster */
    }
    if (alj_job_returned(job))
        alj_op_submit(alj_op_new(job->core, ALJ_OP_POOL_REFRESH, job->op->pool));
    alj_job_end(job);
}

static bool
admit(AljJob *job, GError **error)
{
    const AljOpRow *row = alj_op_row(job->core, job->op->kind);
    if (alj_jobs_are_closed(job->core->jobs))
        return alj_fail(error, ALJ_ERROR_ABORTED, "aljibe is ending");
    return alj_lane_admit(job->core, job->op->kind, job->op->pool, error) && (!row->admit || row->admit(job, error));
}

uint64_t
alj_op_submit(AljOp *take_op)
{
    AljJob *job = alj_job_new(take_op);
    g_autoptr(GError) error = NULL;
    bool is_admitted = admit(job, &error);
    alj_call_init(&job->call, job->core, take_op->pool, &job->task);
    if (!is_admitted || !alj_job_list(job, &error)) {
        (void) alj_job_answer(job, error); /* nobody else answers a job that is not listed */
        alj_job_unref(job);
        return 0;
    }
    uint64_t id = job->id;
    alj_job_ref(job);
    if (!alj_lane_push(job, run_job, &error)) {
        (void) alj_job_answer(job, error); /* false: cancelled in this moment */
        alj_job_end(job);
    }
    alj_job_unref(job);
    return id;
}

/* An operation somebody waits for: the op the core owns, and where its results go. */
typedef struct Waiting {
    AljOp op; /* first: freed as an AljOp */
    AljOp *outer;
    pthread_mutex_t *mutex;
    pthread_cond_t *ended;
    bool *is_ended;
    GError **error;
} Waiting;

static void
wake(AljOp *op, const GError *error)
{
    Waiting *waiting = (Waiting *) op;
    AljOp *outer = waiting->outer;
    ALJ_LOCK(waiting->mutex);
    outer->ret_pool = g_steal_pointer(&op->ret_pool);
    outer->ret_vol = g_steal_pointer(&op->ret_vol);
    outer->ret_secret = g_steal_pointer(&op->ret_secret);
    outer->ret_text = g_steal_pointer(&op->ret_text);
    if (error && waiting->error)
        *waiting->error = g_error_copy(error);
    *waiting->is_ended = true;
    pthread_cond_signal(waiting->ended);
}

bool
alj_op_run(AljOp *op, GError **error)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
    bool is_ended = false;
    GError *failure = NULL;
    Waiting *waiting = g_new0(Waiting, 1);
    *waiting = (Waiting){ *op, op, &mutex, &ended, &is_ended, &failure };
    waiting->op.pool = op->pool ? alj_pool_ref(op->pool) : NULL;
    waiting->op.from_pool = op->from_pool ? alj_pool_ref(op->from_pool) : NULL;
    waiting->op.vol_name = g_strdup(op->vol_name);
    waiting->op.xml = g_strdup(op->xml);
    waiting->op.text = g_strdup(op->text);
    waiting->op.from_name = g_strdup(op->from_name);
    waiting->op.secret = g_memdup2(op->secret, sizeof *op->secret);
    waiting->op.value = op->value ? g_bytes_ref(op->value) : NULL;
    waiting->op.done = wake;
    alj_op_submit(&waiting->op);
    pthread_mutex_lock(&mutex);
    while (!is_ended)
        pthread_cond_wait(&ended, &mutex);
    pthread_mutex_unlock(&mutex);
    if (!failure)
        return true;
    g_propagate_error(error, failure);
    return false;
}
