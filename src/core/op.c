/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of an operation: row of the table → checks in memory → worker → answer. The rows say all that differs. Submission
 * runs on any thread and never waits for storage.
 */
#include "core/op_rows.h"

#include "base/guard.h"
#include "core/core_private.h"
#include "core/lane.h"

#define LIMIT(member) offsetof(AljCoreLimits, member)

static const AljOpRow rows[ALJ_N_OP_KINDS] = {
    [ALJ_OP_POOL_DEFINE] = { "pool-define", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_pool_define },
    [ALJ_OP_POOL_CREATE] = { "pool-create", ALJ_PLACE_LANE, LIMIT(pool_usec), true, alj_op_pool_admit_create,
                             alj_op_pool_create },
    [ALJ_OP_POOL_START] = { "pool-start", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_start },
    [ALJ_OP_POOL_BUILD] = { "pool-build", ALJ_PLACE_LANE, LIMIT(build_usec), true, NULL, alj_op_pool_build },
    [ALJ_OP_POOL_STOP] = { "pool-destroy", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_stop },
    [ALJ_OP_POOL_DELETE] = { "pool-delete", ALJ_PLACE_LANE, LIMIT(build_usec), true, NULL, alj_op_pool_delete },
    [ALJ_OP_POOL_REFRESH] = { "pool-refresh", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_refresh },
    [ALJ_OP_POOL_UNDEFINE] = { "pool-undefine", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_pool_undefine },
    [ALJ_OP_POOL_AUTOSTART] = { "pool-autostart", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_pool_autostart },
    [ALJ_OP_RELOAD] = { "reload", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_reload },
    [ALJ_OP_SOURCES] = { "find-storage-pool-sources", ALJ_PLACE_FINDER, LIMIT(pool_usec), false, NULL, alj_op_sources },
    [ALJ_OP_VOL_CREATE] = { "vol-create", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_create },
    [ALJ_OP_VOL_COPY] = { "vol-create-from", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_copy },
    [ALJ_OP_VOL_DELETE] = { "vol-delete", ALJ_PLACE_BESIDE, LIMIT(vol_usec), true, NULL, alj_op_vol_delete },
    [ALJ_OP_VOL_RESIZE] = { "vol-resize", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_resize },
    [ALJ_OP_VOL_WIPE] = { "vol-wipe", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_wipe },
    [ALJ_OP_VOL_UPLOAD] = { "vol-upload", ALJ_PLACE_STREAM, LIMIT(vol_usec), true, NULL, alj_op_vol_upload },
    [ALJ_OP_VOL_DOWNLOAD] = { "vol-download", ALJ_PLACE_STREAM, LIMIT(vol_usec), false, NULL, alj_op_vol_download },
    [ALJ_OP_POOL_RESTORE] = { "pool-restore", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_restore },
    [ALJ_OP_SECRET_DEFINE] = { "secret-define", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_secret_define },
    [ALJ_OP_SECRET_SET_VALUE] = { "secret-set-value", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_secret_set_value },
    [ALJ_OP_SECRET_UNDEFINE] = { "secret-undefine", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_secret_undefine },
};

const AljOpRow *
alj_op_row(AljOpKind kind)
{
    return &rows[kind];
}

AljOp *
alj_op_new(AljCore *core, AljOpKind kind, AljPool *pool)
{
    AljOp *op = g_new0(AljOp, 1);
    op->kind = kind;
    op->core = core;
    op->pool = pool ? alj_pool_ref(pool) : NULL;
    op->client_uid = -1;
    return op;
}

void
alj_op_free(AljOp *op)
{
    if (!op)
        return;
    alj_pool_unref(op->pool);
    alj_pool_unref(op->from_pool);
    alj_pool_unref(op->ret_pool);
    if (op->ret_vol)
        alj_vol_def_unref(op->ret_vol);
    alj_secret_def_unref(op->ret_secret);
    g_clear_pointer(&op->value, g_bytes_unref);
    g_free(op->secret);
    g_free(op->vol_name);
    g_free(op->xml);
    g_free(op->text);
    g_free(op->from_name);
    g_free(op->ret_text);
    g_free(op);
}

/* How long the job may take: building a pool first takes as long as a build. */
static gint64
limit_of(const AljJob *job)
{
    const AljOp *op = job->op;
    size_t limit = rows[op->kind].limit;
    bool builds = op->flags != 0 && (op->kind == ALJ_OP_POOL_CREATE || op->kind == ALJ_OP_POOL_START);
    if (limit == LIMIT(progress_usec))
        return 0;
    return G_STRUCT_MEMBER(gint64, &job->core->limits, builds ? LIMIT(build_usec) : limit);
}

static void
run_job(void *data)
{
    AljJob *job = data;
    const AljOpRow *row = &rows[job->op->kind];
    if (alj_job_begin(job)) {
        g_autoptr(GError) error = NULL;
        alj_job_set_limit(job, limit_of(job));
        bool is_done = row->run(job, &error);
        (void) alj_job_answer(job, is_done ? NULL : error); /* false: the deadline was faster */
    }
    alj_job_end(job);
}

static bool
admit(AljJob *job, GError **error)
{
    const AljOpRow *row = &rows[job->op->kind];
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
