/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes. A volume in arguments is resolved by the names of its pool and its own; the key is not looked at. Info and document
 * show the medium as it is now, so they may have to wait for a remote pool; that wait happens elsewhere and the request is
 * deferred. Loop thread; callbacks of the core run on workers.
 */
#include "daemon/handlers.h"
#include "daemon/transfer.h"

#define INFO_PHYSICAL 1u /* flag of the info call */

static bool
find_vol(AljRequest *request, const AljWireVol *handle, AljVolRef *ret, GError **error)
{
    g_autoptr(AljPool) pool = alj_core_pool_by_name(alj_request_core(request), handle->pool, error);
    return pool && alj_pool_vol_by_name(pool, handle->name, ret, error);
}

static void
put_vol(AljRequest *request, AljPool *take_pool, AljVolDef *take_vol, AljWireVol *ret)
{
    (void) alj_request_keep(request, take_pool, (GDestroyNotify) alj_pool_unref);
    (void) alj_request_keep(request, take_vol, (GDestroyNotify) alj_vol_def_unref);
    *ret = (AljWireVol){ .pool = (char *) alj_pool_name(take_pool), .name = take_vol->name, .key = take_vol->key };
}

static AljOutcome
answer_vol(AljRequest *request, AljVolRef *ref, AljWireVolArg *result)
{
    put_vol(request, g_steal_pointer(&ref->pool), g_steal_pointer(&ref->vol), &result->vol);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(vol_lookup_by_name)
{
    const AljWirePoolName *args = data;
    g_auto(AljVolRef) ref = { 0 };
    g_autoptr(AljPool) pool = alj_core_pool_by_uuid(alj_request_core(request), &args->pool.uuid, args->pool.name, error);
    if (!pool || !alj_pool_vol_by_name(pool, args->name, &ref, error))
        return ALJ_FAILED;
    return answer_vol(request, &ref, out);
}

ALJ_HANDLER(vol_lookup_by_key)
{
    const AljWireText *args = data;
    g_auto(AljVolRef) ref = { 0 };
    if (!alj_core_vol_by_key(alj_request_core(request), args->text, &ref, error))
        return ALJ_FAILED;
    return answer_vol(request, &ref, out);
}

ALJ_HANDLER(vol_lookup_by_path)
{
    const AljWireText *args = data;
    g_auto(AljVolRef) ref = { 0 };
    if (!alj_core_vol_by_path(alj_request_core(request), args->text, &ref, error))
        return ALJ_FAILED;
    return answer_vol(request, &ref, out);
}

ALJ_HANDLER(vol_get_path)
{
    const AljWireVolArg *args = data;
    AljWireText *result = out;
    g_auto(AljVolRef) ref = { 0 };
    if (!find_vol(request, &args->vol, &ref, error))
        return ALJ_FAILED;
    result->text = ref.vol->path;
    (void) alj_request_keep(request, g_steal_pointer(&ref.vol), (GDestroyNotify) alj_vol_def_unref);
    return ALJ_ANSWERED;
}

/* ---- info and document: with the sizes of now ---- */

typedef void (*FillVolFunc)(AljRequest *request, AljPoolType type, const AljVolDef *vol, void *out);

/* A request that waits for fresh sizes. */
typedef struct Fresh {
    AljRequest *request;
    AljPoolType type;
    FillVolFunc fill;
} Fresh;

static void
on_fresh(AljVolDef *take_vol, GError *take_error, void *data)
{
    g_autofree Fresh *fresh = data;
    g_autoptr(AljVolDef) vol = take_vol;
    g_autoptr(GError) error = take_error;
    g_autofree void *result = g_malloc0(MAX(fresh->request->procedure->ret_size, 1));
    if (vol)
        fresh->fill(fresh->request, fresh->type, vol, result);
    alj_request_finish(fresh->request, result, error);
}

static AljOutcome
answer_fresh(AljRequest *request, const AljWireVol *handle, FillVolFunc fill, void *out, GError **error)
{
    g_auto(AljVolRef) ref = { 0 };
    g_autoptr(AljVolDef) vol = NULL;
    g_autoptr(GError) failure = NULL;
    if (!find_vol(request, handle, &ref, error))
        return ALJ_FAILED;
    Fresh *fresh = g_new(Fresh, 1);
    *fresh = (Fresh){ request, alj_pool_type(ref.pool), fill };
    (void) alj_request_defer(request); /* first: the answer may come before the call below returns */
    bool is_here = alj_core_vol_fresh(alj_request_core(request), &ref, &vol, on_fresh, fresh, &failure);
    if (!is_here && !failure)
        return ALJ_DEFERRED;
    alj_request_resume(request);
    if (vol)
        fill(request, fresh->type, vol, out);
    g_free(fresh);
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return vol ? ALJ_ANSWERED : ALJ_FAILED;
}

static void
fill_info(AljRequest *request, AljPoolType type, const AljVolDef *vol, void *out)
{
    *(AljWireVolInfo *) out = (AljWireVolInfo){ (int32_t) vol->type, vol->capacity_bytes, vol->allocation_bytes };
}

static void
fill_physical_info(AljRequest *request, AljPoolType type, const AljVolDef *vol, void *out)
{
    *(AljWireVolInfo *) out = (AljWireVolInfo){ (int32_t) vol->type, vol->capacity_bytes, vol->physical_bytes };
}

static void
fill_xml(AljRequest *request, AljPoolType type, const AljVolDef *vol, void *out)
{
    AljWireText *result = out;
    result->text = alj_request_keep(request, alj_core_vol_xml(alj_request_core(request), type, vol), g_free);
}

ALJ_HANDLER(vol_get_info)
{
    const AljWireVolArg *args = data;
    return answer_fresh(request, &args->vol, fill_info, out, error);
}

ALJ_HANDLER(vol_get_info_flags)
{
    const AljWireVolFlags *args = data;
    return answer_fresh(request, &args->vol, args->flags & INFO_PHYSICAL ? fill_physical_info : fill_info, out, error);
}

ALJ_HANDLER(vol_get_xml)
{
    const AljWireVolFlags *args = data;
    return answer_fresh(request, &args->vol, fill_xml, out, error);
}

/* ---- operations ---- */

static void
fill_vol(AljRequest *request, AljOp *op, void *out)
{
    AljWireVolArg *result = out;
    put_vol(request, alj_pool_ref(op->pool), g_steal_pointer(&op->ret_vol), &result->vol);
}

ALJ_HANDLER(vol_create)
{
    const AljWirePoolXml *args = data;
    g_autoptr(AljPool) pool = alj_core_pool_by_uuid(alj_request_core(request), &args->pool.uuid, args->pool.name, error);
    if (!pool)
        return ALJ_FAILED;
    AljOp *op = alj_request_op(request, ALJ_OP_VOL_CREATE, pool);
    op->xml = g_strdup(args->xml);
    op->flags = args->flags;
    return alj_request_submit(request, op, fill_vol);
}

ALJ_HANDLER(vol_copy)
{
    const AljWireVolCopy *args = data;
    AljCore *core = alj_request_core(request);
    g_autoptr(AljPool) pool = alj_core_pool_by_uuid(core, &args->pool.uuid, args->pool.name, error);
    g_autoptr(AljPool) from = pool ? alj_core_pool_by_name(core, args->from.pool, error) : NULL;
    if (!from)
        return ALJ_FAILED;
    AljOp *op = alj_request_op(request, ALJ_OP_VOL_COPY, pool);
    op->xml = g_strdup(args->xml);
    op->from_pool = g_steal_pointer(&from);
    op->from_name = g_strdup(args->from.name);
    op->flags = args->flags;
    return alj_request_submit(request, op, fill_vol);
}

static AljOutcome
submit_vol(AljRequest *request, AljOpKind kind, const AljWireVol *handle, uint64_t number, uint32_t flags, GError **error)
{
    g_autoptr(AljPool) pool = alj_core_pool_by_name(alj_request_core(request), handle->pool, error);
    if (!pool)
        return ALJ_FAILED;
    AljOp *op = alj_request_op(request, kind, pool);
    op->vol_name = g_strdup(handle->name);
    op->number = number;
    op->flags = flags;
    return alj_request_submit(request, op, NULL);
}

ALJ_HANDLER(vol_delete)
{
    const AljWireVolFlags *args = data;
    return submit_vol(request, ALJ_OP_VOL_DELETE, &args->vol, 0, args->flags, error);
}

ALJ_HANDLER(vol_resize)
{
    const AljWireVolResize *args = data;
    return submit_vol(request, ALJ_OP_VOL_RESIZE, &args->vol, args->capacity, args->flags, error);
}

ALJ_HANDLER(vol_wipe)
{
    const AljWireVolFlags *args = data;
    return submit_vol(request, ALJ_OP_VOL_WIPE, &args->vol, ALJ_WIPE_ZERO, args->flags, error);
}

ALJ_HANDLER(vol_wipe_pattern)
{
    const AljWireVolWipe *args = data;
    if (args->algorithm >= ALJ_N_WIPES) {
        alj_fail(error, ALJ_ERROR_INVALID_ARG, "wiping algorithm %u not supported", args->algorithm);
        return ALJ_FAILED;
    }
    return submit_vol(request, ALJ_OP_VOL_WIPE, &args->vol, args->algorithm, args->flags, error);
}

static AljOutcome
start_transfer(AljRequest *request, AljOpKind kind, const AljWireVolRange *args, GError **error)
{
    AljTransferArgs transfer = {
        .kind = kind, .volume = args->vol.name, .offset = args->offset, .length = args->length, .is_sparse = args->flags & 1
    };
    g_autoptr(AljPool) pool = alj_core_pool_by_name(alj_request_core(request), args->vol.pool, error);
    return pool ? alj_transfer_start(request, pool, &transfer, error) : ALJ_FAILED;
}

ALJ_HANDLER(vol_upload)
{
    return start_transfer(request, ALJ_OP_VOL_UPLOAD, data, error);
}

ALJ_HANDLER(vol_download)
{
    return start_transfer(request, ALJ_OP_VOL_DOWNLOAD, data, error);
}
