/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of pools and volumes, new style and old. Everything comes from the core's snapshots; names in results point into
 * them and are kept until the reply is encoded. Loop thread.
 */
#include "daemon/handlers.h"

#define LIST_INACTIVE 0x1u
#define LIST_ACTIVE   0x2u

static bool
check_count(guint count, const char *what, GError **error)
{
    if (count <= ALJ_WIRE_LIST_MAX)
        return true;
    return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "Too many %s '%u' for limit '%d'", what, count,
                         ALJ_WIRE_LIST_MAX);
}

static bool
check_max_names(int32_t max_names, const char *limit, GError **error)
{
    if (max_names < 0)
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "maxnames must be non-negative");
    if (max_names > ALJ_WIRE_LIST_MAX)
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "maxnames > %s", limit);
    return true;
}

ALJ_HANDLER(list_all_pools)
{
    const AljWireListArgs *args = data;
    AljWirePoolList *result = out;
    GPtrArray *pools = alj_request_keep(request, alj_core_pools(alj_request_core(request), args->flags),
                                        (GDestroyNotify) g_ptr_array_unref);
    if (!check_count(pools->len, "storage_pools", error))
        return ALJ_FAILED;
    result->ret = pools->len;
    if (!args->need_results)
        return ALJ_ANSWERED;
    AljWirePool *items = alj_request_keep(request, g_new0(AljWirePool, MAX(pools->len, 1)), g_free);
    for (guint i = 0; i < pools->len; i++) {
        const AljPool *pool = pools->pdata[i];
        items[i] = (AljWirePool){ .name = (char *) alj_pool_name(pool), .uuid = *alj_pool_uuid(pool) };
    }
    result->pools = (AljXdrArray){ pools->len, items };
    return ALJ_ANSWERED;
}

/* Pool and volumes are kept by @request; NULL with an error. */
static GPtrArray *
keep_vols(AljRequest *request, const AljWirePool *handle, AljPool **ret_pool, GError **error)
{
    AljPool *pool = alj_core_pool_by_uuid(alj_request_core(request), &handle->uuid, handle->name, error);
    if (!pool)
        return NULL;
    *ret_pool = alj_request_keep(request, pool, (GDestroyNotify) alj_pool_unref);
    GPtrArray *vols = alj_pool_vols(pool, error);
    return vols ? alj_request_keep(request, vols, (GDestroyNotify) g_ptr_array_unref) : NULL;
}

ALJ_HANDLER(list_all_volumes)
{
    const AljWirePoolListAll *args = data;
    AljWireVolList *result = out;
    AljPool *pool = NULL;
    GPtrArray *vols = keep_vols(request, &args->pool, &pool, error);
    if (!vols || !check_count(vols->len, "storage_vols", error))
        return ALJ_FAILED;
    result->ret = vols->len;
    if (!args->need_results)
        return ALJ_ANSWERED;
    AljWireVol *items = alj_request_keep(request, g_new0(AljWireVol, MAX(vols->len, 1)), g_free);
    for (guint i = 0; i < vols->len; i++) {
        const AljVolDef *vol = vols->pdata[i];
        items[i] = (AljWireVol){ .pool = (char *) alj_pool_name(pool), .name = vol->name, .key = vol->key };
    }
    result->vols = (AljXdrArray){ vols->len, items };
    return ALJ_ANSWERED;
}

static AljOutcome
answer_number(AljRequest *request, unsigned list_flags, AljWireI32 *result)
{
    g_autoptr(GPtrArray) pools = alj_core_pools(alj_request_core(request), list_flags);
    result->value = (int32_t) pools->len;
    return ALJ_ANSWERED;
}

static AljOutcome
answer_names(AljRequest *request, unsigned list_flags, int32_t max_names, AljWireNames *result, GError **error)
{
    if (!check_max_names(max_names, "REMOTE_STORAGE_POOL_LIST_MAX", error))
        return ALJ_FAILED;
    GPtrArray *pools = alj_request_keep(request, alj_core_pools(alj_request_core(request), list_flags),
                                        (GDestroyNotify) g_ptr_array_unref);
    guint count = MIN(pools->len, (guint) max_names);
    const char **names = alj_request_keep(request, g_new0(const char *, count + 1), g_free);
    for (guint i = 0; i < count; i++)
        names[i] = alj_pool_name(pools->pdata[i]);
    result->names = (AljXdrArray){ count, names };
    return ALJ_ANSWERED;
}

ALJ_HANDLER(num_of_pools)
{
    return answer_number(request, LIST_ACTIVE, out);
}

ALJ_HANDLER(num_of_defined_pools)
{
    return answer_number(request, LIST_INACTIVE, out);
}

ALJ_HANDLER(list_pools)
{
    const AljWireI32 *max_names = data;
    return answer_names(request, LIST_ACTIVE, max_names->value, out, error);
}

ALJ_HANDLER(list_defined_pools)
{
    const AljWireI32 *max_names = data;
    return answer_names(request, LIST_INACTIVE, max_names->value, out, error);
}

ALJ_HANDLER(num_of_volumes)
{
    const AljWirePoolArg *args = data;
    AljWireI32 *result = out;
    unsigned count = 0;
    g_autoptr(AljPool) pool = alj_core_pool_by_uuid(alj_request_core(request), &args->pool.uuid, args->pool.name, error);
    if (!pool || !alj_pool_n_vols(pool, &count, error))
        return ALJ_FAILED;
    result->value = (int32_t) count;
    return ALJ_ANSWERED;
}

ALJ_HANDLER(list_volumes)
{
    const AljWirePoolI32 *args = data;
    AljWireNames *result = out;
    AljPool *pool = NULL;
    if (!check_max_names(args->value, "REMOTE_STORAGE_VOL_LIST_MAX", error))
        return ALJ_FAILED;
    GPtrArray *vols = keep_vols(request, &args->pool, &pool, error);
    if (!vols)
        return ALJ_FAILED;
    guint count = MIN(vols->len, (guint) args->value);
    char **names = alj_request_keep(request, g_new0(char *, count + 1), g_free);
    for (guint i = 0; i < count; i++)
        names[i] = ((AljVolDef *) vols->pdata[i])->name;
    result->names = (AljXdrArray){ count, names };
    return ALJ_ANSWERED;
}
