/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vol-create-from: a volume with the bytes of another, maybe of another pool. Runs on a worker of the new volume's pool; both
 * pools cannot be stopped meanwhile, and the source is in use.
 */
#include "core/core_private.h"
#include "core/op_vol.h"

#include <fcntl.h>

/* The volume that is copied, and what its own backend is called with. Lives on the stack of the operation. */
typedef struct Source {
    AljVolWork work;
    AljCall call;
} Source;

static void
clear_source(Source *source)
{
    alj_call_clear(&source->call);
    alj_vol_work_clear(&source->work);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Source, clear_source)

/*
 * That a block volume is encrypted, and what its guest has of it, is written nowhere a scan looks: it is known from when it was made
 * until the pool is read again. From then on it is bytes like all others.
 */
static AljVolDef *
keep_encryption(AljVolDef *take_now, const AljVolDef *known)
{
    if (take_now->type != ALJ_VOL_BLOCK || take_now->encryption || !known->encryption)
        return take_now;
    g_autoptr(AljVolDef) now = take_now;
    AljVolDef *kept = alj_vol_def_copy(now);
    kept->encryption = alj_encryption_copy(known->encryption);
    kept->capacity_bytes = known->capacity_bytes;
    return kept;
}

/* The source as it is now, asked through its own backend. */
static bool
look_at_source(AljJob *job, Source *source, GError **error)
{
    AljVolWork *work = &source->work;
    AljVolDef *now = work->backend->vol_probe
                         ? work->backend->vol_probe(&source->call, work->def, work->vol->name, error)
                         : alj_vol_def_ref(work->vol);
    now = alj_vol_check_same(now, work->vol, error);
    if (!now)
        return false;
    now = alj_vol_keep_secret(job->core, keep_encryption(now, work->vol), work->vol->encryption);
    alj_vol_def_unref(work->vol);
    work->vol = now;
    return true;
}

static AljMedium *
open_source(AljCall *call, GError **error)
{
    Source *source = call->source;
    const AljVolWork *work = &source->work;
    if (work->backend->vol_open)
        return work->backend->vol_open(&source->call, work->def, work->vol, O_RDONLY, error);
    alj_fail(error, ALJ_ERROR_NO_SUPPORT, "volumes of storage pool '%s' cannot be read", work->pool->name);
    return NULL;
}

static bool
begin_source(AljJob *job, Source *ret, GError **error)
{
    AljPool *pool = job->op->from_pool;
    AljVolDef *vol = NULL;
    AljClaim *claim = alj_claim_new(pool, job->op->from_name, ALJ_CLAIM_SHARED, false, &job->task, &vol, error);
    if (!claim)
        return false;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    ret->work = (AljVolWork){ pool, alj_pool_backend(pool, state), alj_pool_def_ref(state->def), vol, claim };
    alj_call_init(&ret->call, job->core, pool, &job->task);
    job->call.source = ret;
    job->call.open_source = open_source;
    return true;
}

/* The new volume's name is taken. The words differ from those of a plain create. */
static AljClaim *
claim_new_name(AljJob *job, const char *name, GError **error)
{
    GError *failure = NULL;
    AljClaim *claim = alj_claim_new(job->op->pool, name, ALJ_CLAIM_BUILD, false, &job->task, NULL, &failure);
    if (claim)
        return claim;
    if (alj_error_is(failure, ALJ_ERROR_VOL_EXISTS)) {
        g_clear_error(&failure);
        alj_fail(&failure, ALJ_ERROR_INTERNAL, "storage volume name '%s' already in use.", name);
    }
    g_propagate_error(error, failure);
    return NULL;
}

/* Behaviour.md 16.1: never smaller than the source; allocation follows capacity unless the document gave one. */
static void
complete_request(AljVolDef *request, const AljVolDef *from)
{
    if (request->capacity_bytes < from->capacity_bytes)
        request->capacity_bytes = from->capacity_bytes;
    if (!request->has_allocation)
        request->allocation_bytes = request->capacity_bytes;
}

bool
alj_op_vol_copy(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    g_auto(Source) source = { 0 };
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (state->is_gone)
        return alj_pool_fail_gone(pool, error);
    if (!alj_pool_use_volumes(pool, state, error) || !begin_source(job, &source, error))
        return false;
    g_autoptr(AljVolDef) request = alj_op_parse_vol(job, state->def->type, ALJ_VOL_PARSE_NO_CAPACITY, error);
    if (!request)
        return false;
    g_autoptr(AljClaim) claim = claim_new_name(job, request->name, error);
    if (!claim)
        return false;
    if (!alj_pool_backend(pool, state)->vol_copy)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT,
                        "storage pool does not support volume creation from an existing volume");
    if (!look_at_source(job, &source, error))
        return false;
    complete_request(request, source.work.vol);
    return alj_op_build_vol(job, request, source.work.vol, source.work.def->type, error);
}
