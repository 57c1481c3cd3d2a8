/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-wipe. Afterwards the volume is what the backend finds: a wiped image is a raw one. */
#include "core/op_vol.h"

#include "core/core_private.h"

bool
alj_op_vol_wipe(AljJob *job, GError **error)
{
    uint64_t how = job->op->number;
    g_auto(AljVolWork) work = { 0 };
    if (how >= ALJ_N_WIPES)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "wiping algorithm %" G_GUINT64_FORMAT " not supported", how);
    if (!alj_vol_work_begin(job, ALJ_CLAIM_EXCLUSIVE, false, &work, error))
        return false;
    if (!work.backend->vol_wipe)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "storage pool doesn't support volume wiping");
    g_autoptr(AljIntent) intent = alj_intent_new(job, work.pool, work.vol->name, error);
    if (!intent)
        return false;
    atomic_store(&job->task.total_bytes, work.vol->capacity_bytes);
    g_autoptr(AljVolDef) now = work.backend->vol_wipe(&job->call, work.def, work.vol, (AljWipe) how, error);
    if (!now) {
        alj_vol_work_settle(job, &work);
        return false;
    }
    alj_vol_work_publish(job, &work, now);
    return true;
}
