/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-define, secret-set-value, secret-undefine. On the worker that writes our own files. */
#include "core/op_rows.h"

#include "core/core_private.h"

#define DEFINE_VALIDATE 1u

bool
alj_op_secret_define(AljJob *job, GError **error)
{
    AljOp *op = job->op;
    AljCore *core = job->core;
    if (op->flags & DEFINE_VALIDATE && !alj_secret_def_validate(op->xml, core->schema_dir, error))
        return false;
    g_autoptr(AljSecretDef) def = alj_secret_def_parse(op->xml, -1, error);
    if (!def)
        return false;
    op->secret = g_memdup2(&def->uuid, sizeof def->uuid);
    if (!alj_secrets_define(core->secrets, def, error))
        return false;
    alj_events_send_secret(core->events, ALJ_EVENT_SECRET_DEFINED, def);
    job->ret_secret = g_steal_pointer(&def);
    return true;
}

bool
alj_op_secret_set_value(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    g_autoptr(AljSecretDef) def = NULL;
    if (!alj_secrets_set_value(core->secrets, job->op->secret, job->op->value, &def, error))
        return false;
    alj_events_send_secret(core->events, ALJ_EVENT_SECRET_VALUE, def);
    return true;
}

bool
alj_op_secret_undefine(AljJob *job, GError **error)
{
    AljCore *core = job->core;
    g_autoptr(AljSecretDef) def = NULL;
    if (!alj_secrets_undefine(core->secrets, job->op->secret, &def, error))
        return false;
    alj_events_send_secret(core->events, ALJ_EVENT_SECRET_UNDEFINED, def);
    return true;
}
