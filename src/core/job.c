/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of jobs. Ids count up, so the list is in order of age. The table's mutex guards who answers; answers
 * themselves are given with no lock held, on whatever thread has the reason. A job past its deadline is answered by the
 * watch's thread while its worker may still be stuck: from then on the job is given up and nothing it does is published.
 */
#include "core/job.h"

#include "base/guard.h"
#include "base/log.h"
#include "core/core_private.h"
#include "core/lane.h"
#include "core/op_rows.h"

#include <errno.h>
#include <time.h>

struct AljJobs {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    GQueue list; /* of AljJob, oldest first; borrowed from the workers */
    uint64_t last_id;
    unsigned n_held; /* jobs and questions whose threads still use the core */
    bool is_closed;
};

AljJobs *
alj_jobs_new(void)
{
    pthread_condattr_t monotonic;
    AljJobs *jobs = g_new0(AljJobs, 1);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_cond_init(&jobs->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    g_queue_init(&jobs->list);
    return jobs;
}

void
alj_jobs_free(AljJobs *jobs)
{
    if (!jobs)
        return;
    pthread_cond_destroy(&jobs->ended);
    pthread_mutex_destroy(&jobs->mutex);
    g_free(jobs);
}

static void overdue(void *data);

AljJob *
alj_job_new(AljOp *take_op)
{
    AljJob *job = g_new0(AljJob, 1);
    alj_refs_init(&job->refs);
    job->op = take_op;
    job->core = take_op->core;
    job->submitted_usec = g_get_monotonic_time();
    job->alarm.func = overdue;
    job->alarm.data = job;
    take_op->job = job;
    return job;
}

bool
alj_job_list(AljJob *job, GError **error)
{
    AljJobs *jobs = job->core->jobs;
    ALJ_LOCK(&jobs->mutex);
    if (jobs->is_closed)
        return alj_fail(error, ALJ_ERROR_ABORTED, "aljibe is ending");
    job->id = ++jobs->last_id;
    jobs->n_held++;
    g_queue_push_tail(&jobs->list, job);
    job->link = jobs->list.tail;
    return true;
}

void
alj_job_name_volume(AljJob *job, const char *name)
{
    ALJ_LOCK(&job->core->jobs->mutex);
    g_free(job->op->vol_name);
    job->op->vol_name = g_strdup(name);
}

AljJob *
alj_job_ref(AljJob *job)
{
    alj_refs_inc(&job->refs);
    return job;
}

void
alj_job_unref(AljJob *job)
{
    if (!job || !alj_refs_dec(&job->refs))
        return;
    if (job->def)
        alj_pool_def_unref(job->def);
    alj_pool_unref(job->ret_pool);
    if (job->ret_vol)
        alj_vol_def_unref(job->ret_vol);
    alj_secret_def_unref(job->ret_secret);
    g_free(job->ret_text);
    alj_call_clear(&job->call);
    alj_op_free(job->op);
    g_free(job);
}

bool
alj_job_begin(AljJob *job)
{
    ALJ_LOCK(&job->core->jobs->mutex);
    if (job->is_answered)
        return false;
    job->is_running = true;
    return true;
}

void
alj_job_set_limit(AljJob *job, gint64 usec)
{
    const AljCoreLimits *limits = &job->core->limits;
    job->limit_usec = MAX(usec, 0);
    job->seen_bytes = atomic_load(&job->task.done_bytes);
    atomic_store(&job->task.deadline_usec, usec > 0 ? g_get_monotonic_time() + usec : 0);
    if (usec < 0)
        alj_watch_unset(job->core->watch, &job->alarm);
    else /* work that looks at its deadline ends by itself first */
        alj_watch_set(job->core->watch, &job->alarm, (usec > 0 ? usec : limits->progress_usec) + limits->grace_usec);
}

static char *
copy_volume_name(const AljJob *job)
{
    ALJ_LOCK(&job->core->jobs->mutex);
    return g_strdup(job->op->vol_name);
}

/* One line for each request that changes something: who, what, on which object, the result, how long. */
static void
audit(const AljJob *job, const GError *error)
{
    const AljOpRow *row = alj_op_row(job->core, job->op->kind);
    if (!row->is_audited)
        return;
    g_autofree char *text = error ? alj_error_text(error) : NULL, *volume = copy_volume_name(job);
    const AljPool *pool = job->op->pool ? job->op->pool : job->op->ret_pool;
    char secret[ALJ_UUID_TEXT_SIZE];
    AljLogFields about = { .op = row->name, .job = job->id, .client_uid = job->op->client_uid, .error = text,
                           .pool = pool ? pool->name : NULL, .volume = volume,
                           .secret = job->op->secret ? alj_uuid_format(job->op->secret, secret) : NULL,
                           .duration_usec = g_get_monotonic_time() - job->submitted_usec };
    alj_log(G_LOG_LEVEL_MESSAGE, &about, "%s %s", row->name, error ? "failed" : "done");
}

/* Whether the caller is to answer. @waiting_only: not once a worker has begun. */
static bool
take_answer(AljJob *job, bool waiting_only)
{
    ALJ_LOCK(&job->core->jobs->mutex);
    if (job->is_answered || (waiting_only && job->is_running))
        return false;
    job->is_answered = true;
    return true;
}

static void
call_done(AljJob *job, const GError *error)
{
    AljOp *op = job->op;
    if (!error) { /* only the worker that did the work reports success */
        op->ret_pool = g_steal_pointer(&job->ret_pool);
        op->ret_vol = g_steal_pointer(&job->ret_vol);
        op->ret_secret = g_steal_pointer(&job->ret_secret);
        op->ret_text = g_steal_pointer(&job->ret_text);
    }
    audit(job, error);
    if (op->done)
        op->done(op, error);
}

bool
alj_job_answer(AljJob *job, const GError *error)
{
    if (!take_answer(job, false))
        return false;
    call_done(job, error);
    return true;
}

bool
alj_job_returned(AljJob *job)
{
    alj_watch_unset(job->core->watch, &job->alarm);
    return alj_job_is_given_up(job) && alj_lane_returned(job);
}

void
alj_job_end(AljJob *job)
{
    AljJobs *jobs = job->core->jobs;
    alj_watch_unset(job->core->watch, &job->alarm);
    pthread_mutex_lock(&jobs->mutex);
    g_queue_delete_link(&jobs->list, job->link);
    pthread_mutex_unlock(&jobs->mutex);
    alj_job_unref(job);
    alj_jobs_release(jobs);
}

void
alj_jobs_hold(AljJobs *jobs)
{
    ALJ_LOCK(&jobs->mutex);
    jobs->n_held++;
}

void
alj_jobs_release(AljJobs *jobs)
{
    ALJ_LOCK(&jobs->mutex);
    if (--jobs->n_held == 0)
        pthread_cond_broadcast(&jobs->ended);
}

static bool
fail_overdue(const AljJob *job, GError **error)
{
    const AljOpRow *row = alj_op_row(job->core, job->op->kind);
    const AljPool *pool = alj_lane_pool(job);
    if (pool)
        return alj_fail(error, ALJ_ERROR_TIMEOUT, "%s: storage pool '%s' does not answer", row->name, pool->name);
    if (row->place == ALJ_PLACE_FILES)
        return alj_fail(error, ALJ_ERROR_TIMEOUT, "%s: the directory of definitions does not answer", row->name);
    return alj_fail(error, ALJ_ERROR_TIMEOUT, "%s: no answer", row->name);
}

static void
unref_job(gpointer job)
{
    alj_job_unref(job);
}

/* Answered, and its worker is only tidying up. Called with the table's mutex held. */
static bool
is_over(const AljJob *job)
{
    return job->is_answered && !alj_job_is_given_up(job);
}

/* References to all jobs of @pool, or to all, that are not over. */
static GPtrArray *
list_jobs(AljJobs *jobs, const AljPool *pool)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(unref_job);
    ALJ_LOCK(&jobs->mutex);
    for (GList *link = jobs->list.head; link; link = link->next) {
        AljJob *job = link->data;
        if (!is_over(job) && (!pool || job->op->pool == pool))
            g_ptr_array_add(list, alj_job_ref(job));
    }
    return list;
}

/* Answers all jobs that wait behind @stuck with @error, but for stops, the way out. */
static void
refuse_behind(AljJob *stuck, const GError *error)
{
    g_autoptr(GPtrArray) list = list_jobs(stuck->core->jobs, NULL);
    for (unsigned i = 0; i < list->len; i++) {
        AljJob *job = g_ptr_array_index(list, i);
        bool is_way_out = job->op->kind == ALJ_OP_POOL_STOP;
        if (!is_way_out && alj_lane_is_behind(job, stuck) && take_answer(job, true))
            call_done(job, error);
    }
}

/*
 * The deadline has passed, and the work did not end by itself either. On the watch's thread. What definitions do on disk when they come
 * back is made known all the same: their files are the truth.
 */
static void
overdue(void *data)
{
    AljJob *job = data;
    uint64_t done_bytes = atomic_load(&job->task.done_bytes);
    g_autoptr(GError) error = NULL;
    if (job->limit_usec == 0 && done_bytes != job->seen_bytes) {
        job->seen_bytes = done_bytes;
        alj_watch_set(job->core->watch, &job->alarm, job->core->limits.progress_usec);
        return;
    }
    atomic_store(&job->task.is_cancelled, true);
    alj_lane_give_up(job);
    (void) fail_overdue(job, &error);
    refuse_behind(job, error);
    alj_lane_replace(job);
    alj_job_answer(job, atomic_load(&job->is_done) ? NULL : error); /* last: who is told may try something else at once */
}

/* Ends @job if no worker has begun it. */
static void
answer_waiting(AljJob *job)
{
    g_autoptr(GError) error = NULL;
    alj_fail(&error, ALJ_ERROR_ABORTED, "'%s' was cancelled", alj_op_row(job->core, job->op->kind)->name);
    if (take_answer(job, true))
        call_done(job, error);
}

static void
cancel(AljJob *job)
{
    atomic_store(&job->task.is_cancelled, true);
    answer_waiting(job);
}

void
alj_jobs_close(AljJobs *jobs)
{
    pthread_mutex_lock(&jobs->mutex);
    jobs->is_closed = true;
    pthread_mutex_unlock(&jobs->mutex);
    g_autoptr(GPtrArray) list = list_jobs(jobs, NULL);
    g_ptr_array_foreach(list, (GFunc) (void (*)(void)) cancel, NULL);
}

bool
alj_jobs_are_closed(AljJobs *jobs)
{
    ALJ_LOCK(&jobs->mutex);
    return jobs->is_closed;
}

bool
alj_jobs_wait(AljJobs *jobs, gint64 usec)
{
    gint64 now_usec = g_get_monotonic_time();
    gint64 at_usec = usec > G_MAXINT64 - now_usec ? G_MAXINT64 : now_usec + usec; /* for ever is allowed */
    struct timespec at = { (time_t) (at_usec / G_USEC_PER_SEC), (long) (at_usec % G_USEC_PER_SEC * 1000) };
    int waited = 0;
    ALJ_LOCK(&jobs->mutex);
    while (jobs->n_held > 0 && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&jobs->ended, &jobs->mutex, &at);
    return jobs->n_held == 0;
}

unsigned
alj_jobs_count(AljJobs *jobs, const AljPool *pool)
{
    g_autoptr(GPtrArray) list = list_jobs(jobs, pool);
    return list->len;
}

void
alj_job_info_free(AljJobInfo *info)
{
    if (!info)
        return;
    g_free(info->pool);
    g_free(info->volume);
    g_free(info);
}

static void
free_info(gpointer info)
{
    alj_job_info_free(info);
}

GPtrArray *
alj_core_jobs(AljCore *core)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(free_info);
    gint64 now = g_get_monotonic_time();
    ALJ_LOCK(&core->jobs->mutex);
    for (GList *link = core->jobs->list.head; link; link = link->next) {
        const AljJob *job = link->data;
        if (is_over(job))
            continue;
        AljJobInfo *info = g_new(AljJobInfo, 1);
        *info = (AljJobInfo){ .id = job->id, .kind = job->op->kind, .kind_name = alj_op_row(job->core, job->op->kind)->name,
                              .pool = job->op->pool ? g_strdup(job->op->pool->name) : NULL,
                              .volume = g_strdup(job->op->vol_name), .client_uid = job->op->client_uid,
                              .is_running = job->is_running, .age_usec = now - job->submitted_usec,
                              .done_bytes = atomic_load(&job->task.done_bytes),
                              .total_bytes = atomic_load(&job->task.total_bytes) };
        g_ptr_array_add(list, info);
    }
    return list;
}

bool
alj_core_job_cancel(AljCore *core, uint64_t id, GError **error)
{
    g_autoptr(GPtrArray) list = list_jobs(core->jobs, NULL);
    for (unsigned i = 0; i < list->len; i++) {
        AljJob *job = g_ptr_array_index(list, i);
        if (job->id == id) {
            cancel(job);
            return true;
        }
    }
    return alj_fail(error, ALJ_ERROR_INVALID_ARG, "no job with number %" G_GUINT64_FORMAT, id);
}

void
alj_core_drop_owned(AljCore *core, const void *owner)
{
    g_autoptr(GPtrArray) list = list_jobs(core->jobs, NULL);
    for (unsigned i = 0; i < list->len; i++) {
        AljJob *job = g_ptr_array_index(list, i);
        if (job->op->owner == owner)
            answer_waiting(job);
    }
}
