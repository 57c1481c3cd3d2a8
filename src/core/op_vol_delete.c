/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-delete. Beside other work of the pool. */
#include "core/op_vol.h"

#include "base/log.h"
#include "core/core_private.h"

/* Deleting a base is allowed, as in libvirt, but what lies on it becomes unreadable: that much must be said (D-33). */
static void
warn_if_base(const AljVolWork *work)
{
    g_auto(AljVolRef) overlay = { 0 };
    if (!work->vol->path ||
        !alj_locations_find(work->pool->core->locations, ALJ_LOCATION_BACKING, work->vol->path, &overlay))
        return;
    AljLogFields about = { .pool = work->pool->name, .volume = work->vol->name, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_WARNING, &about, "volume '%s' of pool '%s' loses its backing store",
            overlay.vol->name, overlay.pool->name);
}

bool
alj_op_vol_delete(AljJob *job, GError **error)
{
    g_auto(AljVolWork) work = { 0 };
    if (!alj_vol_work_begin(job, ALJ_CLAIM_EXCLUSIVE, false, &work, error))
        return false;
    if (!work.backend->vol_delete)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "storage pool does not support vol deletion");
    g_autoptr(AljIntent) intent = alj_intent_new(job, work.pool, work.vol->name, error);
    if (!intent)
        return false;
    warn_if_base(&work);
    if (!work.backend->vol_delete(&job->call, work.def, work.vol, job->op->flags, error)) {
        alj_vol_work_settle(job, &work);
        return false;
    }
    alj_pool_unset_vol(work.pool, job, work.vol->name, -(gint64) work.vol->allocation_bytes);
    alj_pool_renew_totals(work.pool, job);
    return true;
}
