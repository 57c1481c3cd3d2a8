/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists from servers that do not know the calls for whole lists: the names, then a look-up of each. What goes away meanwhile is left
 * out. Any thread.
 */
#include "client/client.h"

#define STATES     (ALJIBE_LIST_ACTIVE | ALJIBE_LIST_INACTIVE)
#define LIFETIMES  (ALJIBE_LIST_PERSISTENT | ALJIBE_LIST_TRANSIENT)
#define AUTOSTARTS (ALJIBE_LIST_AUTOSTART | ALJIBE_LIST_NO_AUTOSTART)

/** Whether @error only says that something went away; then it is dropped. */
static bool
drop_if_gone(GError **error)
{
    if (!alj_server_error_is(*error, ALJ_ERROR_NO_POOL) && !alj_server_error_is(*error, ALJ_ERROR_NO_VOL))
        return false;
    g_clear_error(error);
    return true;
}

/** Whether @pool has what @flags ask for, by a call that answers 0 or 1: @yes or @no, or both or neither for all. */
static bool
matches(AljibePool *pool, int32_t number, unsigned flags, unsigned yes, unsigned no, bool *ret_matches, GError **error)
{
    const AljWirePoolArg args = { pool->wire };
    AljWireI32 answer = { 0 };
    bool is_asked = !(flags & yes) != !(flags & no);
    if (is_asked && !alj_conn_call(pool->conn, number, &args, &answer, error))
        return false;
    *ret_matches = !is_asked || (answer.value != 0) == ((flags & yes) != 0);
    return true;
}

/** Looks @name up and adds it to @pools if @flags ask for it. */
static bool
add_pool(AljibeConn *conn, char *name, unsigned flags, GPtrArray *pools, GError **error)
{
    const AljWireText args = { name };
    AljWirePoolArg found = { 0 };
    bool has_lifetime = false, has_autostart = false;
    if (!alj_conn_call(conn, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME, &args, &found, error))
        return drop_if_gone(error);
    AljibePool *pool = alj_client_pool_new(conn, &found.pool);
    bool is_known = matches(pool, ALJ_PROC_STORAGE_POOL_IS_PERSISTENT, flags, ALJIBE_LIST_PERSISTENT,
                            ALJIBE_LIST_TRANSIENT, &has_lifetime, error)
                    && matches(pool, ALJ_PROC_STORAGE_POOL_GET_AUTOSTART, flags, ALJIBE_LIST_AUTOSTART,
                               ALJIBE_LIST_NO_AUTOSTART, &has_autostart, error);
    if (is_known && has_lifetime && has_autostart)
        g_ptr_array_add(pools, pool);
    else
        aljibe_pool_unref(pool);
    return is_known || drop_if_gone(error);
}

/** Adds the pools of one state, whose names @list_number tells and whose number @count_number. */
static bool
add_pools(AljibeConn *conn, int32_t count_number, int32_t list_number, unsigned flags, GPtrArray *pools, GError **error)
{
    AljWireI32 count = { 0 };
    AljWireNames names = { 0 };
    if (!alj_conn_call(conn, count_number, NULL, &count, error))
        return false;
    bool is_ok = count.value <= 0 || alj_conn_call(conn, list_number, &count, &names, error);
    for (uint32_t i = 0; is_ok && i < names.names.count; i++)
        is_ok = add_pool(conn, ((char **) names.names.items)[i], flags, pools, error);
    alj_xdr_clear(alj_wire_names, &names);
    return is_ok;
}

GPtrArray *
alj_old_list_pools(AljibeConn *conn, unsigned flags, GError **error)
{
    g_autoptr(GPtrArray) pools = g_ptr_array_new_with_free_func((GDestroyNotify) aljibe_pool_unref);
    unsigned states = flags & STATES ? flags & STATES : STATES;
    if (flags & ~(unsigned) (STATES | LIFETIMES | AUTOSTARTS)) {
        alj_fail(error, ALJ_ERROR_NO_SUPPORT, "the server does not list pools by type");
        return NULL;
    }
    if (states & ALJIBE_LIST_ACTIVE
        && !add_pools(conn, ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS, ALJ_PROC_CONNECT_LIST_STORAGE_POOLS, flags, pools,
                      error))
        return NULL;
    if (states & ALJIBE_LIST_INACTIVE
        && !add_pools(conn, ALJ_PROC_CONNECT_NUM_OF_DEFINED_STORAGE_POOLS, ALJ_PROC_CONNECT_LIST_DEFINED_STORAGE_POOLS,
                      flags, pools, error))
        return NULL;
    return g_steal_pointer(&pools);
}

static bool
add_vol(AljibePool *pool, char *name, GPtrArray *vols, GError **error)
{
    const AljWirePoolName args = { pool->wire, name };
    AljWireVolArg found = { 0 };
    if (!alj_conn_call(pool->conn, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME, &args, &found, error))
        return drop_if_gone(error);
    g_ptr_array_add(vols, alj_client_vol_new(pool->conn, &found.vol));
    return true;
}

GPtrArray *
alj_old_list_vols(AljibePool *pool, GError **error)
{
    g_autoptr(GPtrArray) vols = g_ptr_array_new_with_free_func((GDestroyNotify) aljibe_vol_unref);
    const AljWirePoolArg args = { pool->wire };
    AljWireI32 count = { 0 };
    AljWireNames names = { 0 };
    if (!alj_conn_call(pool->conn, ALJ_PROC_STORAGE_POOL_NUM_OF_VOLUMES, &args, &count, error))
        return NULL;
    const AljWirePoolI32 list_args = { pool->wire, count.value };
    bool is_ok = count.value <= 0
                 || alj_conn_call(pool->conn, ALJ_PROC_STORAGE_POOL_LIST_VOLUMES, &list_args, &names, error);
    for (uint32_t i = 0; is_ok && i < names.names.count; i++)
        is_ok = add_vol(pool, ((char **) names.names.items)[i], vols, error);
    alj_xdr_clear(alj_wire_names, &names);
    return is_ok ? g_steal_pointer(&vols) : NULL;
}

int
alj_old_list_give(GPtrArray *take_list, void ***ret)
{
    if (!take_list)
        return -1;
    int n = (int) take_list->len;
    if (!ret) {
        g_ptr_array_unref(take_list);
        return n;
    }
    g_ptr_array_add(take_list, NULL);
    *ret = g_ptr_array_free(take_list, FALSE);
    return n;
}
