/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of the public interface: one call for each thing that can be asked of a pool. Any thread. */
#include <stdlib.h>

#include "client/client.h"

/* ---- what a handle knows ---- */

const char *
aljibe_pool_get_name(AljibePool *pool)
{
    return pool ? pool->wire.name : NULL;
}

const char *
aljibe_pool_get_uuid(AljibePool *pool)
{
    return pool ? pool->uuid : NULL;
}

AljibeConn *
aljibe_pool_get_conn(AljibePool *pool)
{
    return pool ? pool->conn : NULL;
}

/* ---- calls by shape ---- */

/** A procedure that answers with a pool. */
static AljibePool *
get_pool(AljibeConn *conn, int32_t number, const void *args, GError **error)
{
    AljWirePoolArg ret = { 0 };
    if (!alj_conn_call(conn, number, args, &ret, error))
        return NULL;
    return alj_client_pool_new(conn, &ret.pool);
}

/** A procedure whose arguments begin with the pool; @args may be filled from @pool before it is checked. */
static bool
call_pool(AljibePool *pool, int32_t number, const void *args, void *ret, GError **error)
{
    return alj_client_need(pool, "pool", error) && alj_conn_call(pool->conn, number, args, ret, error);
}

static AljWirePool
wire_of(AljibePool *pool)
{
    return pool ? pool->wire : (AljWirePool) { 0 };
}

/** A procedure of a pool and flags that answers with nothing. */
static int
change(AljibePool *pool, int32_t number, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolFlags args = { wire_of(pool), flags };
    return alj_border_status(call_pool(pool, number, &args, NULL, &error), &error, ret_error);
}

/** A procedure of a pool that answers 0 or 1. */
static int
ask(AljibePool *pool, int32_t number, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolArg args = { wire_of(pool) };
    AljWireI32 ret = { 0 };
    bool is_ok = call_pool(pool, number, &args, &ret, &error);
    return alj_border_number(is_ok ? ret.value != 0 : -1, &error, ret_error);
}

/* ---- look-ups ---- */

static AljibePool *
lookup_by_text(AljibeConn *conn, int32_t number, const char *text, const char *what, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireText args = { (char *) text };
    AljibePool *pool = alj_client_need(text, what, &error) ? get_pool(conn, number, &args, &error) : NULL;
    return alj_border_pointer(pool, &error, ret_error);
}

AljibePool *
aljibe_pool_lookup_by_name(AljibeConn *conn, const char *name, AljibeError **ret_error)
{
    return lookup_by_text(conn, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME, name, "name", ret_error);
}

AljibePool *
aljibe_pool_lookup_by_target_path(AljibeConn *conn, const char *path, AljibeError **ret_error)
{
    return lookup_by_text(conn, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_TARGET_PATH, path, "path", ret_error);
}

static AljibePool *
lookup_by_uuid(AljibeConn *conn, const char *uuid, GError **error)
{
    AljWireUuidArg args;
    if (!alj_client_need(uuid, "uuid", error))
        return NULL;
    if (!alj_uuid_parse(uuid, &args.uuid)) {
        alj_fail(error, ALJ_ERROR_FLAGS, "uuidstr in virStoragePoolLookupByUUIDString must be a valid UUID");
        return NULL;
    }
    return get_pool(conn, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_UUID, &args, error);
}

AljibePool *
aljibe_pool_lookup_by_uuid(AljibeConn *conn, const char *uuid, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_pointer(lookup_by_uuid(conn, uuid, &error), &error, ret_error);
}

static int
list_pools(AljibeConn *conn, unsigned flags, AljibePool ***ret_pools, GError **error)
{
    const AljWireListArgs args = { .need_results = ret_pools != NULL, .flags = flags };
    AljWirePoolList list = { 0 };
    g_autoptr(GError) failure = NULL;
    if (!alj_conn_call(conn, ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS, &args, &list, &failure)) {
        if (alj_server_error_is(failure, ALJ_ERROR_NO_SUPPORT))
            return alj_old_list_give(alj_old_list_pools(conn, flags, error), (void ***) ret_pools);
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    int n = ret_pools ? (int) list.pools.count : (int) MIN(list.ret, G_MAXINT);
    if (ret_pools) {
        AljibePool **pools = g_new0(AljibePool *, (gsize) n + 1);
        for (int i = 0; i < n; i++)
            pools[i] = alj_client_pool_new(conn, (AljWirePool *) list.pools.items + i);
        *ret_pools = pools;
    }
    alj_xdr_clear(alj_wire_pool_list, &list);
    return n;
}

int
aljibe_conn_list_pools(AljibeConn *conn, unsigned flags, AljibePool ***ret_pools, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_number(list_pools(conn, flags, ret_pools, &error), &error, ret_error);
}

/* ---- definitions ---- */

static AljibePool *
pool_from_xml(AljibeConn *conn, int32_t number, const char *xml, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireXmlFlags args = { (char *) xml, flags };
    AljibePool *pool = alj_client_need(xml, "xml", &error) ? get_pool(conn, number, &args, &error) : NULL;
    return alj_border_pointer(pool, &error, ret_error);
}

AljibePool *
aljibe_pool_create_xml(AljibeConn *conn, const char *xml, unsigned flags, AljibeError **ret_error)
{
    return pool_from_xml(conn, ALJ_PROC_STORAGE_POOL_CREATE_XML, xml, flags, ret_error);
}

AljibePool *
aljibe_pool_define_xml(AljibeConn *conn, const char *xml, unsigned flags, AljibeError **ret_error)
{
    return pool_from_xml(conn, ALJ_PROC_STORAGE_POOL_DEFINE_XML, xml, flags, ret_error);
}

int
aljibe_pool_undefine(AljibePool *pool, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolArg args = { wire_of(pool) };
    return alj_border_status(call_pool(pool, ALJ_PROC_STORAGE_POOL_UNDEFINE, &args, NULL, &error), &error, ret_error);
}

/* ---- changes ---- */

int
aljibe_pool_start(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    return change(pool, ALJ_PROC_STORAGE_POOL_CREATE, flags, ret_error);
}

int
aljibe_pool_build(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    return change(pool, ALJ_PROC_STORAGE_POOL_BUILD, flags, ret_error);
}

int
aljibe_pool_stop(AljibePool *pool, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolArg args = { wire_of(pool) };
    return alj_border_status(call_pool(pool, ALJ_PROC_STORAGE_POOL_DESTROY, &args, NULL, &error), &error, ret_error);
}

int
aljibe_pool_delete(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    return change(pool, ALJ_PROC_STORAGE_POOL_DELETE, flags, ret_error);
}

int
aljibe_pool_refresh(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    return change(pool, ALJ_PROC_STORAGE_POOL_REFRESH, flags, ret_error);
}

int
aljibe_pool_set_autostart(AljibePool *pool, int autostart, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolI32 args = { wire_of(pool), autostart ? 1 : 0 };
    bool is_ok = call_pool(pool, ALJ_PROC_STORAGE_POOL_SET_AUTOSTART, &args, NULL, &error);
    return alj_border_status(is_ok, &error, ret_error);
}

/* ---- questions ---- */

int
aljibe_pool_is_active(AljibePool *pool, AljibeError **ret_error)
{
    return ask(pool, ALJ_PROC_STORAGE_POOL_IS_ACTIVE, ret_error);
}

int
aljibe_pool_is_persistent(AljibePool *pool, AljibeError **ret_error)
{
    return ask(pool, ALJ_PROC_STORAGE_POOL_IS_PERSISTENT, ret_error);
}

int
aljibe_pool_get_autostart(AljibePool *pool, AljibeError **ret_error)
{
    return ask(pool, ALJ_PROC_STORAGE_POOL_GET_AUTOSTART, ret_error);
}

int
aljibe_pool_get_info(AljibePool *pool, AljibePoolInfo *ret_info, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolArg args = { wire_of(pool) };
    AljWirePoolInfo info = { 0 };
    bool is_ok = alj_client_need(ret_info, "info", &error)
                 && call_pool(pool, ALJ_PROC_STORAGE_POOL_GET_INFO, &args, &info, &error);
    if (is_ok)
        *ret_info = (AljibePoolInfo) { info.state, info.capacity, info.allocation, info.available };
    return alj_border_status(is_ok, &error, ret_error);
}

char *
aljibe_pool_get_xml(AljibePool *pool, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWirePoolFlags args = { wire_of(pool), flags };
    AljWireText ret = { 0 };
    (void) call_pool(pool, ALJ_PROC_STORAGE_POOL_GET_XML_DESC, &args, &ret, &error); /* no text says that it failed */
    return alj_border_pointer(ret.text, &error, ret_error);
}
