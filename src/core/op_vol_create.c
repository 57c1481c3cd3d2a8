/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vol-create. Order of the checks: pool active, document, name, backend, then what the backend says of the plan,
 * which is libvirt's. Beside other work of the pool.
 */
#include "core/core_private.h"
#include "core/op_vol.h"

bool
alj_op_vol_create(AljJob *job, GError **error)
{
    AljPool *pool = job->op->pool;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (state->is_gone)
        return alj_pool_fail_gone(pool, error);
    if (!alj_pool_use_volumes(pool, state, error))
        return false;
    g_autoptr(AljVolDef) request = alj_op_parse_vol(job, state->def->type, ALJ_VOL_PARSE_OPT_CAPACITY, error);
    if (!request)
        return false;
    g_autoptr(AljClaim) claim = alj_claim_new(pool, request->name, ALJ_CLAIM_BUILD, false, &job->task, NULL, error);
    if (!claim)
        return false;
    if (!alj_pool_backend(pool, state)->vol_create)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "storage pool does not support volume creation");
    return alj_op_build_vol(job, request, NULL, state->def->type, error);
}
