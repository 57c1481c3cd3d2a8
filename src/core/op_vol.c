/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that several volume operations have in common. On the pool's workers. */
#include "core/op_vol.h"

#include "core/core_private.h"

bool
alj_vol_work_begin(AljJob *job, AljClaimKind kind, bool is_stream, AljVolWork *ret, GError **error)
{
    AljPool *pool = job->op->pool;
    AljVolDef *vol = NULL;
    AljClaim *claim = alj_claim_new(pool, job->op->vol_name, kind, is_stream, &job->task, &vol, error);
    if (!claim)
        return false;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    *ret = (AljVolWork){ pool, alj_pool_backend(pool, state), alj_pool_def_ref(state->def), vol, claim };
    return true;
}

void
alj_vol_work_clear(AljVolWork *work)
{
    g_clear_pointer(&work->def, alj_pool_def_unref);
    g_clear_pointer(&work->vol, alj_vol_def_unref);
    g_clear_pointer(&work->claim, alj_claim_free);
}

AljVolDef *
alj_vol_keep_secret(AljCore *core, AljVolDef *take_now, const AljEncryption *known)
{
    const AljEncryption *seen = take_now->encryption;
    if (!seen || seen->has_secret || !known || !known->has_secret || known->format != seen->format)
        return alj_secrets_name(core->secrets, take_now);
    g_autoptr(AljVolDef) now = take_now;
    AljVolDef *kept = alj_vol_def_copy(now);
    alj_encryption_free(kept->encryption);
    kept->encryption = alj_encryption_copy(known);
    return kept;
}

AljVolDef *
alj_vol_with_stat(const AljVolDef *vol, const AljVolStat *stat)
{
    AljVolDef *now = alj_vol_def_copy(vol);
    now->capacity_bytes = stat->capacity_bytes;
    now->allocation_bytes = stat->allocation_bytes;
    now->physical_bytes = stat->physical_bytes;
    alj_permissions_clear(&now->permissions);
    alj_permissions_copy(&stat->permissions, &now->permissions);
    now->times = stat->times;
    if (stat->has_backing) {
        alj_backing_free(now->backing);
        now->backing = alj_backing_copy(stat->backing);
    }
    return now;
}

AljVolDef *
alj_vol_check_same(AljVolDef *take_now, const AljVolDef *known, GError **error)
{
    if (!take_now || take_now->identity == known->identity)
        return take_now;
    alj_vol_def_unref(take_now);
    alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is another one than when the pool was read; refresh the pool", known->name);
    return NULL;
}

bool
alj_vol_work_look(AljJob *job, AljVolWork *work, GError **error)
{
    const AljBackend *backend = work->backend;
    AljVolDef *now = NULL;
    if (backend->vol_probe) {
        now = backend->vol_probe(&job->call, work->def, work->vol->name, error);
    } else if (backend->vol_stat) {
        g_auto(AljVolStat) stat = { 0 };
        if (backend->vol_stat(&job->call, work->def, work->vol, &stat, error))
            now = alj_vol_with_stat(work->vol, &stat);
    } else {
        return true;
    }
    now = alj_vol_check_same(now, work->vol, error);
    if (!now)
        return false;
    now = alj_vol_keep_secret(job->core, now, work->vol->encryption);
    alj_vol_def_unref(work->vol);
    work->vol = now;
    return true;
}

void
alj_vol_work_settle(AljJob *job, AljVolWork *work)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) before = alj_vol_def_ref(work->vol);
    if (alj_job_is_given_up(job))
        return; /* the whole pool is read when its worker comes back */
    atomic_store(&job->task.is_cancelled, false); /* this is short, and the answer waits for it */
    atomic_store(&job->task.deadline_usec, g_get_monotonic_time() + job->core->limits.look_usec);
    if (alj_vol_work_look(job, work, &error))
        alj_pool_set_vol(work->pool, job, work->vol, (gint64) (work->vol->allocation_bytes - before->allocation_bytes));
    else if (alj_error_is(error, ALJ_ERROR_NO_VOL))
        alj_pool_unset_vol(work->pool, job, before->name, -(gint64) before->allocation_bytes);
}

AljVolDef *
alj_op_parse_vol(AljJob *job, AljPoolType type, unsigned parse_flags, GError **error)
{
    const char *xml = job->op->xml;
    if ((job->op->flags & ALJ_VOL_CREATE_VALIDATE) && !alj_vol_def_validate(xml, job->core->schema_dir, error))
        return NULL;
    AljVolDef *vol = alj_vol_def_parse(type, xml, -1, parse_flags, error);
    if (vol)
        alj_job_name_volume(job, vol->name);
    return vol;
}

bool
alj_op_build_vol(AljJob *job, AljVolDef *request, const AljVolDef *from, AljPoolType from_type, GError **error)
{
    AljPool *pool = job->op->pool;
    unsigned flags = job->op->flags & ~ALJ_VOL_CREATE_VALIDATE;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    const AljBackend *backend = alj_pool_backend(pool, state);
    if (backend->vol_plan && !backend->vol_plan(&job->call, state->def, request, flags, error))
        return false;
    g_autoptr(AljIntent) intent = alj_intent_new(job, pool, request->name, error);
    if (!intent)
        return false;
    atomic_store(&job->task.total_bytes, from ? from->capacity_bytes : 0);
    alj_pool_set_vol(pool, job, request, 0); /* listed while it grows */
    g_autoptr(AljVolDef) made =
        from ? backend->vol_copy(&job->call, state->def, request, from, from_type, flags, error)
             : backend->vol_create(&job->call, state->def, request, flags, error);
    if (!made) {
        alj_pool_unset_vol(pool, job, request->name, 0);
        return false;
    }
    made = alj_vol_keep_secret(job->core, g_steal_pointer(&made), request->encryption);
    alj_pool_set_vol(pool, job, made, (gint64) made->allocation_bytes);
    alj_pool_renew_totals(pool, job);
    job->ret_vol = g_steal_pointer(&made);
    return true;
}

void
alj_vol_work_publish(AljJob *job, const AljVolWork *work, AljVolDef *now)
{
    g_autoptr(AljVolDef) kept = alj_vol_keep_secret(job->core, alj_vol_def_ref(now), work->vol->encryption);
    alj_pool_set_vol(work->pool, job, kept, (gint64) (now->allocation_bytes - work->vol->allocation_bytes));
}
