/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A volume's sizes, owner and times as they are on the medium at this moment. Two rules meet here: the answer follows the file
 * at once, and nobody waits for storage. So a healthy local pool is asked on the caller's thread; a pool that
 * was slow, or may hang, is asked on a worker of its own, and after a second the last known values are given.
 */
#include "core/core_private.h"

#include "core/claims.h"
#include "core/lane.h"
#include "core/op_vol.h"

#define SLOW_USEC (100 * G_TIME_SPAN_MILLISECOND) /* a local file system answers in microseconds */
#define QUICK_DUE 16                              /* quick answers in a row that make up for a slow one */

typedef struct Look {
    AljCore *core;
    AljPool *pool;
    AljPoolDef *def;
    AljVolDef *vol; /* as last known */
    AljVolFreshFunc done;
    void *data;
    AljAlarm alarm;
    atomic_bool is_answered;
} Look;

/* Late: from now on only workers ask. In time: that much nearer to being asked in place. */
static void
note_pace(AljPool *pool, bool is_late)
{
    unsigned due = atomic_load(&pool->quick_due);
    while (!atomic_compare_exchange_weak(&pool->quick_due, &due, is_late ? QUICK_DUE : due - MIN(due, 1)))
        continue;
}

/* Asks the backend. (transfer full) */
static AljVolDef *
look(AljCore *core, AljPool *pool, const AljPoolDef *def, const AljVolDef *vol, GError **error)
{
    AljTask task = { 0 };
    g_auto(AljCall) call = { 0 };
    g_auto(AljVolStat) stat = { 0 };
    GError *failure = NULL;
    gint64 since = g_get_monotonic_time();
    const AljBackend *backend = alj_core_backend(core, def->type);
    atomic_store(&task.deadline_usec, since + core->limits.look_usec);
    alj_call_init(&call, core, pool, &task);
    bool is_there = backend->vol_stat(&call, def, vol, &stat, &failure);
    note_pace(pool, g_get_monotonic_time() - since > SLOW_USEC);
    AljVolDef *now = is_there ? alj_secrets_name(core->secrets, alj_vol_with_stat(vol, &stat)) : NULL;
    if (alj_error_is(failure, ALJ_ERROR_NO_VOL)) {
        alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching path '%s'", vol->path);
        g_clear_error(&failure);
    }
    if (failure)
        g_propagate_error(error, failure);
    return now;
}

/* Calls `done`, unless the other side did. Takes both. */
static void
answer(Look *question, AljVolDef *take_vol, GError *take_error)
{
    if (!atomic_exchange(&question->is_answered, true)) {
        question->done(take_vol, take_error, question->data);
        return;
    }
    if (take_vol)
        alj_vol_def_unref(take_vol);
    g_clear_error(&take_error);
}

static void
free_look(Look *question)
{
    AljJobs *jobs = question->core->jobs;
    alj_watch_unset(question->core->watch, &question->alarm);
    alj_pool_def_unref(question->def);
    alj_vol_def_unref(question->vol);
    alj_pool_unref(question->pool);
    g_free(question);
    alj_jobs_release(jobs); /* the last use of the core */
}

static void
run_look(void *data)
{
    Look *question = data;
    GError *error = NULL;
    AljVolDef *now = NULL;
    if (!atomic_load(&question->is_answered))
        now = look(question->core, question->pool, question->def, question->vol, &error);
    answer(question, now, error);
    free_look(question);
}

/* On the watch's thread. */
static void
give_last_known(void *data)
{
    Look *question = data;
    note_pace(question->pool, true);
    answer(question, alj_vol_def_ref(question->vol), NULL);
}

/* Asks on the pool's worker for questions. Returns: false if none can be asked now; `done` is then not called. */
static bool
look_later(AljCore *core, AljPool *pool, AljPoolDef *def, AljVolDef *vol, AljVolFreshFunc done, void *data)
{
    if (alj_workers_busy_usec(pool->looks) > core->limits.look_usec)
        return false; /* the one before is stuck: no point in waiting behind it */
    alj_jobs_hold(core->jobs);
    Look *question = g_new0(Look, 1);
    question->core = core;
    question->pool = alj_pool_ref(pool);
    question->def = alj_pool_def_ref(def);
    question->vol = alj_vol_def_ref(vol);
    question->done = done;
    question->data = data;
    question->alarm.func = give_last_known;
    question->alarm.data = question;
    alj_watch_set(core->watch, &question->alarm, core->limits.look_usec);
    if (alj_workers_push(pool->looks, run_look, question))
        return true;
    bool is_answered = atomic_exchange(&question->is_answered, true); /* by an alarm that was faster than this line */
    free_look(question);
    return is_answered;
}

bool
alj_core_vol_fresh(AljCore *core, const AljVolRef *ref, AljVolDef **ret, AljVolFreshFunc done, void *data,
                   GError **error)
{
    AljPool *pool = ref->pool;
    uint64_t made_bytes;
    gint64 busy_usec;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (!alj_pool_use_volumes(pool, state, error))
        return false;
    AljVolDef *vol = alj_vol_tree_find(state->vols, ref->vol->name);
    if (!vol)
        return alj_pool_fail_no_vol(ref->vol->name, error);
    if (alj_claim_progress(pool, vol->name, &made_bytes)) {
        *ret = alj_vol_def_copy(vol);
        (*ret)->allocation_bytes = (*ret)->physical_bytes = made_bytes;
        return true;
    }
    const AljBackend *backend = alj_pool_backend(pool, state);
    if (!backend->vol_stat || alj_lane_health(pool, &busy_usec)) {
        *ret = alj_vol_def_ref(vol);
        return true;
    }
    if (state->is_local && !(backend->traits & ALJ_TRAIT_REMOTE) && atomic_load(&pool->quick_due) == 0) {
        *ret = look(core, pool, state->def, vol, error);
        return *ret != NULL;
    }
    if (look_later(core, pool, state->def, vol, done, data))
        return false;
    *ret = alj_vol_def_ref(vol);
    return true;
}
