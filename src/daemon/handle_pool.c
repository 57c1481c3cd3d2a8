/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: look-ups and facts are answered from the snapshot, changes become operations. A pool in arguments is resolved by its
 * uuid; the name in the handle is for the error text only. Loop thread; the fill functions run on the operation's worker.
 */
#include "daemon/handlers.h"

static AljPool *
find_pool(AljRequest *request, const AljWirePool *handle, GError **error)
{
    return alj_core_pool_by_uuid(alj_request_core(request), &handle->uuid, handle->name, error);
}

/* @take_pool stays with the request, because the result points into it. */
static void
put_pool(AljRequest *request, AljPool *take_pool, AljWirePool *ret)
{
    (void) alj_request_keep(request, take_pool, (GDestroyNotify) alj_pool_unref);
    *ret = (AljWirePool){ .name = (char *) alj_pool_name(take_pool), .uuid = *alj_pool_uuid(take_pool) };
}

static AljOutcome
answer_pool(AljRequest *request, AljPool *take_pool, AljWirePoolArg *result)
{
    if (!take_pool)
        return ALJ_FAILED;
    put_pool(request, take_pool, &result->pool);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(pool_lookup_by_name)
{
    const AljWireText *args = data;
    return answer_pool(request, alj_core_pool_by_name(alj_request_core(request), args->text, error), out);
}

ALJ_HANDLER(pool_lookup_by_uuid)
{
    const AljWireUuidArg *args = data;
    return answer_pool(request, alj_core_pool_by_uuid(alj_request_core(request), &args->uuid, NULL, error), out);
}

ALJ_HANDLER(pool_lookup_by_volume)
{
    const AljWireVolArg *args = data;
    return answer_pool(request, alj_core_pool_by_name(alj_request_core(request), args->vol.pool, error), out);
}

ALJ_HANDLER(pool_lookup_by_target_path)
{
    const AljWireText *args = data;
    return answer_pool(request, alj_core_pool_by_target(alj_request_core(request), args->text, error), out);
}

ALJ_HANDLER(pool_get_info)
{
    const AljWirePoolArg *args = data;
    AljPoolInfo info = { 0 };
    g_autoptr(AljPool) pool = find_pool(request, &args->pool, error);
    if (!pool)
        return ALJ_FAILED;
    alj_pool_info(pool, &info);
    *(AljWirePoolInfo *) out = (AljWirePoolInfo){
        .state = (uint8_t) info.state,
        .capacity = info.capacity_bytes,
        .allocation = info.allocation_bytes,
        .available = info.available_bytes,
    };
    return ALJ_ANSWERED;
}

ALJ_HANDLER(pool_get_xml)
{
    const AljWirePoolFlags *args = data;
    AljWireText *result = out;
    g_autoptr(AljPool) pool = find_pool(request, &args->pool, error);
    if (!pool)
        return ALJ_FAILED;
    result->text = alj_request_keep(request, alj_pool_xml(pool, args->flags & 1), g_free);
    return ALJ_ANSWERED;
}

static AljOutcome
answer_bool(AljRequest *request, const AljWirePoolArg *args, bool (*ask)(AljPool *pool), AljWireI32 *result, GError **error)
{
    g_autoptr(AljPool) pool = find_pool(request, &args->pool, error);
    if (!pool)
        return ALJ_FAILED;
    result->value = ask(pool);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(pool_get_autostart)
{
    return answer_bool(request, data, alj_pool_is_autostart, out, error);
}

ALJ_HANDLER(pool_is_active)
{
    return answer_bool(request, data, alj_pool_is_active, out, error);
}

ALJ_HANDLER(pool_is_persistent)
{
    return answer_bool(request, data, alj_pool_is_persistent, out, error);
}

static void
fill_pool(AljRequest *request, AljOp *op, void *out)
{
    AljWirePoolArg *result = out;
    put_pool(request, g_steal_pointer(&op->ret_pool), &result->pool);
}

static AljOutcome
submit_xml(AljRequest *request, AljOpKind kind, const AljWireXmlFlags *args)
{
    AljOp *op = alj_request_op(request, kind, NULL);
    op->xml = g_strdup(args->xml);
    op->flags = args->flags;
    return alj_request_submit(request, op, fill_pool);
}

ALJ_HANDLER(pool_define)
{
    return submit_xml(request, ALJ_OP_POOL_DEFINE, data);
}

ALJ_HANDLER(pool_create_xml)
{
    return submit_xml(request, ALJ_OP_POOL_CREATE, data);
}

static AljOutcome
submit_pool(AljRequest *request, AljOpKind kind, const AljWirePool *handle, uint32_t flags, uint64_t number, GError **error)
{
    g_autoptr(AljPool) pool = find_pool(request, handle, error);
    if (!pool)
        return ALJ_FAILED;
    AljOp *op = alj_request_op(request, kind, pool);
    op->flags = flags;
    op->number = number;
    return alj_request_submit(request, op, NULL);
}

static AljOutcome
submit_pool_flags(AljRequest *request, AljOpKind kind, const AljWirePoolFlags *args, GError **error)
{
    return submit_pool(request, kind, &args->pool, args->flags, 0, error);
}

ALJ_HANDLER(pool_start)
{
    return submit_pool_flags(request, ALJ_OP_POOL_START, data, error);
}

ALJ_HANDLER(pool_build)
{
    return submit_pool_flags(request, ALJ_OP_POOL_BUILD, data, error);
}

ALJ_HANDLER(pool_delete)
{
    return submit_pool_flags(request, ALJ_OP_POOL_DELETE, data, error);
}

ALJ_HANDLER(pool_refresh)
{
    return submit_pool_flags(request, ALJ_OP_POOL_REFRESH, data, error);
}

ALJ_HANDLER(pool_stop)
{
    const AljWirePoolArg *args = data;
    return submit_pool(request, ALJ_OP_POOL_STOP, &args->pool, 0, 0, error);
}

ALJ_HANDLER(pool_undefine)
{
    const AljWirePoolArg *args = data;
    return submit_pool(request, ALJ_OP_POOL_UNDEFINE, &args->pool, 0, 0, error);
}

ALJ_HANDLER(pool_set_autostart)
{
    const AljWirePoolI32 *args = data;
    return submit_pool(request, ALJ_OP_POOL_AUTOSTART, &args->pool, 0, args->value != 0, error);
}

static void
fill_text(AljRequest *request, AljOp *op, void *out)
{
    AljWireText *result = out;
    result->text = alj_request_keep(request, g_steal_pointer(&op->ret_text), g_free);
}

ALJ_HANDLER(find_sources)
{
    const AljWireFindSources *args = data;
    AljOp *op = alj_request_op(request, ALJ_OP_SOURCES, NULL);
    op->text = g_strdup(args->type);
    op->xml = g_strdup(args->spec);
    return alj_request_submit(request, op, fill_text);
}
