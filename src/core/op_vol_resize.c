/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-resize. Sizes are compared with what is on the medium now, never with what was once known (D-03). */
#include "core/op_vol.h"

#include "core/core_private.h"

/* The capacity asked for, out of a delta if it is one (D-32). */
static bool
target_of(const AljOp *op, const AljVolDef *vol, uint64_t *ret, GError **error)
{
    uint64_t bytes = op->number;
    if ((op->flags & ALJ_VOL_RESIZE_DELTA) && (op->flags & ALJ_VOL_RESIZE_SHRINK))
        bytes = vol->capacity_bytes - MIN(bytes, vol->capacity_bytes);
    else if ((op->flags & ALJ_VOL_RESIZE_DELTA) && __builtin_add_overflow(bytes, vol->capacity_bytes, &bytes))
        bytes = UINT64_MAX;
    if (bytes > INT64_MAX)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity of volume '%s' would be above %" G_GINT64_FORMAT " bytes",
                        vol->name, INT64_MAX);
    *ret = bytes;
    return true;
}

/* In libvirt's order; a fully allocated volume may shrink if that is what was asked for (D-24). */
static bool
check_target(const AljOp *op, const AljVolDef *vol, uint64_t bytes, uint64_t available_bytes, GError **error)
{
    bool may_shrink = op->flags & ALJ_VOL_RESIZE_SHRINK;
    if (bytes < vol->allocation_bytes && !may_shrink)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "can't shrink capacity below existing allocation");
    if (bytes < vol->capacity_bytes && !may_shrink)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "Can't shrink capacity below current capacity unless shrink flag "
                        "explicitly specified");
    if ((op->flags & ALJ_VOL_RESIZE_ALLOCATE) && bytes > vol->capacity_bytes &&
        bytes - vol->capacity_bytes > available_bytes)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "Not enough space left in storage pool");
    return true;
}

bool
alj_op_vol_resize(AljJob *job, GError **error)
{
    const AljOp *op = job->op;
    uint64_t bytes;
    g_auto(AljVolWork) work = { 0 };
    if (!alj_vol_work_begin(job, ALJ_CLAIM_EXCLUSIVE, false, &work, error) || !alj_vol_work_look(job, &work, error))
        return false;
    g_autoptr(AljPoolState) state = alj_pool_state(work.pool);
    if (!target_of(op, work.vol, &bytes, error) ||
        !check_target(op, work.vol, bytes, state->live.available_bytes, error))
        return false;
    if (!work.backend->vol_resize)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "storage pool does not support changing of volume capacity");
    g_autoptr(AljIntent) intent = alj_intent_new(job, work.pool, work.vol->name, error);
    if (!intent)
        return false;
    g_autoptr(AljVolDef) now = work.backend->vol_resize(&job->call, work.def, work.vol, bytes,
                                                        op->flags & ~ALJ_VOL_RESIZE_DELTA, error);
    if (!now) {
        alj_vol_work_settle(job, &work);
        return false;
    }
    alj_vol_work_publish(job, &work, now);
    alj_pool_renew_totals(work.pool, job);
    return true;
}
