/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation as an object: made by who asks, freed by the core. Any thread. */
#include "core/op.h"

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
