/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-autostart: the link is the only truth; setting what is set already does not look at the disk. On the definitions' worker. */
#include "core/op_rows.h"

#include "base/guard.h"
#include "core/core_private.h"

bool
alj_op_pool_autostart(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    AljPool *pool = job->op->pool;
    bool is_on = job->op->number != 0;
    g_autoptr(AljPoolState) state = alj_pool_state(pool);
    if (state->is_gone)
        return alj_pool_fail_gone(pool, error);
    if (!state->is_persistent)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "pool has no config file");
    if (state->is_autostart == is_on)
        return true;
    if (!alj_store_set_autostart(core->store, pool->name, is_on, error))
        return false;
    AljPoolState *next = alj_pool_edit(pool);
    next->is_autostart = is_on;
    return alj_pool_publish(pool, NULL, next, error);
}
