/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes of the public interface: one call for each thing that can be asked of a volume. Any thread. */
#include <stdlib.h>

#include "client/client.h"

/* ---- what a handle knows ---- */

const char *
aljibe_vol_get_name(AljibeVol *vol)
{
    return vol ? vol->wire.name : NULL;
}

const char *
aljibe_vol_get_key(AljibeVol *vol)
{
    return vol ? vol->wire.key : NULL;
}

const char *
aljibe_vol_get_pool_name(AljibeVol *vol)
{
    return vol ? vol->wire.pool : NULL;
}

AljibeConn *
aljibe_vol_get_conn(AljibeVol *vol)
{
    return vol ? vol->conn : NULL;
}

/* ---- calls by shape ---- */

/** A procedure that answers with a volume. */
static AljibeVol *
get_vol(AljibeConn *conn, int32_t number, const void *args, GError **error)
{
    AljWireVolArg ret = { 0 };
    if (!alj_conn_call(conn, number, args, &ret, error))
        return NULL;
    return alj_client_vol_new(conn, &ret.vol);
}

/** A procedure whose arguments begin with the volume; @args may be filled from @vol before it is checked. */
static bool
call_vol(AljibeVol *vol, int32_t number, const void *args, void *ret, GError **error)
{
    return alj_client_need(vol, "volume", error) && alj_conn_call(vol->conn, number, args, ret, error);
}

static AljWireVol
wire_of(AljibeVol *vol)
{
    return vol ? vol->wire : (AljWireVol) { 0 };
}

/* ---- look-ups ---- */

static int
list_vols(AljibePool *pool, unsigned flags, AljibeVol ***ret_vols, GError **error)
{
    if (!alj_client_need(pool, "pool", error))
        return -1;
    const AljWirePoolListAll args = { .pool = pool->wire, .need_results = ret_vols != NULL, .flags = flags };
    AljWireVolList list = { 0 };
    g_autoptr(GError) failure = NULL;
    if (!alj_conn_call(pool->conn, ALJ_PROC_STORAGE_POOL_LIST_ALL_VOLUMES, &args, &list, &failure)) {
        if (alj_server_error_is(failure, ALJ_ERROR_NO_SUPPORT))
            return alj_old_list_give(alj_old_list_vols(pool, error), (void ***) ret_vols);
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    int n = ret_vols ? (int) list.vols.count : (int) MIN(list.ret, G_MAXINT);
    if (ret_vols) {
        AljibeVol **vols = g_new0(AljibeVol *, (gsize) n + 1);
        for (int i = 0; i < n; i++)
            vols[i] = alj_client_vol_new(pool->conn, (AljWireVol *) list.vols.items + i);
        *ret_vols = vols;
    }
    alj_xdr_clear(alj_wire_vol_list, &list);
    return n;
}

int
aljibe_pool_list_vols(AljibePool *pool, unsigned flags, AljibeVol ***ret_vols, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_number(list_vols(pool, flags, ret_vols, &error), &error, ret_error);
}

AljibeVol *
aljibe_vol_lookup_by_name(AljibePool *pool, const char *name, AljibeError **ret_error)
{
    GError *error = NULL;
    AljibeVol *vol = NULL;
    if (alj_client_need(pool, "pool", &error) && alj_client_need(name, "name", &error)) {
        const AljWirePoolName args = { pool->wire, (char *) name };
        vol = get_vol(pool->conn, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME, &args, &error);
    }
    return alj_border_pointer(vol, &error, ret_error);
}

static AljibeVol *
lookup_by_text(AljibeConn *conn, int32_t number, const char *text, const char *what, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireText args = { (char *) text };
    AljibeVol *vol = alj_client_need(text, what, &error) ? get_vol(conn, number, &args, &error) : NULL;
    return alj_border_pointer(vol, &error, ret_error);
}

AljibeVol *
aljibe_vol_lookup_by_key(AljibeConn *conn, const char *key, AljibeError **ret_error)
{
    return lookup_by_text(conn, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_KEY, key, "key", ret_error);
}

AljibeVol *
aljibe_vol_lookup_by_path(AljibeConn *conn, const char *path, AljibeError **ret_error)
{
    return lookup_by_text(conn, ALJ_PROC_STORAGE_VOL_LOOKUP_BY_PATH, path, "path", ret_error);
}

/* ---- questions ---- */

AljibePool *
aljibe_vol_get_pool(AljibeVol *vol, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireVolArg args = { wire_of(vol) };
    AljWirePoolArg ret = { 0 };
    bool is_ok = call_vol(vol, ALJ_PROC_STORAGE_POOL_LOOKUP_BY_VOLUME, &args, &ret, &error);
    return alj_border_pointer(is_ok ? alj_client_pool_new(vol->conn, &ret.pool) : NULL, &error, ret_error);
}

char *
aljibe_vol_get_path(AljibeVol *vol, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireVolArg args = { wire_of(vol) };
    AljWireText ret = { 0 };
    (void) call_vol(vol, ALJ_PROC_STORAGE_VOL_GET_PATH, &args, &ret, &error); /* no text says that it failed */
    return alj_border_pointer(ret.text, &error, ret_error);
}

char *
aljibe_vol_get_xml(AljibeVol *vol, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireVolFlags args = { wire_of(vol), flags };
    AljWireText ret = { 0 };
    (void) call_vol(vol, ALJ_PROC_STORAGE_VOL_GET_XML_DESC, &args, &ret, &error); /* no text says that it failed */
    return alj_border_pointer(ret.text, &error, ret_error);
}

/** Without flags the older of the two procedures, which every server has. */
static bool
get_info(AljibeVol *vol, unsigned flags, AljWireVolInfo *ret, GError **error)
{
    const AljWireVolArg plain = { wire_of(vol) };
    const AljWireVolFlags flagged = { wire_of(vol), flags };
    return flags ? call_vol(vol, ALJ_PROC_STORAGE_VOL_GET_INFO_FLAGS, &flagged, ret, error)
                 : call_vol(vol, ALJ_PROC_STORAGE_VOL_GET_INFO, &plain, ret, error);
}

int
aljibe_vol_get_info(AljibeVol *vol, unsigned flags, AljibeVolInfo *ret_info, AljibeError **ret_error)
{
    GError *error = NULL;
    AljWireVolInfo info = { 0 };
    bool is_ok = alj_client_need(ret_info, "info", &error) && get_info(vol, flags, &info, &error);
    if (is_ok)
        *ret_info = (AljibeVolInfo) { info.type, info.capacity, info.allocation };
    return alj_border_status(is_ok, &error, ret_error);
}

/* ---- changes ---- */

AljibeVol *
aljibe_vol_create_xml(AljibePool *pool, const char *xml, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    AljibeVol *vol = NULL;
    if (alj_client_need(pool, "pool", &error) && alj_client_need(xml, "xml", &error)) {
        const AljWirePoolXml args = { pool->wire, (char *) xml, flags };
        vol = get_vol(pool->conn, ALJ_PROC_STORAGE_VOL_CREATE_XML, &args, &error);
    }
    return alj_border_pointer(vol, &error, ret_error);
}

AljibeVol *
aljibe_vol_create_xml_from(AljibePool *pool, const char *xml, AljibeVol *source, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    AljibeVol *vol = NULL;
    if (alj_client_need(pool, "pool", &error) && alj_client_need(xml, "xml", &error)
        && alj_client_need(source, "source", &error)) {
        const AljWireVolCopy args = { pool->wire, (char *) xml, source->wire, flags };
        vol = get_vol(pool->conn, ALJ_PROC_STORAGE_VOL_CREATE_XML_FROM, &args, &error);
    }
    return alj_border_pointer(vol, &error, ret_error);
}

int
aljibe_vol_delete(AljibeVol *vol, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireVolFlags args = { wire_of(vol), flags };
    return alj_border_status(call_vol(vol, ALJ_PROC_STORAGE_VOL_DELETE, &args, NULL, &error), &error, ret_error);
}

int
aljibe_vol_resize(AljibeVol *vol, uint64_t capacity_bytes, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireVolResize args = { wire_of(vol), capacity_bytes, flags };
    return alj_border_status(call_vol(vol, ALJ_PROC_STORAGE_VOL_RESIZE, &args, NULL, &error), &error, ret_error);
}

int
aljibe_vol_wipe(AljibeVol *vol, unsigned algorithm, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireVolWipe args = { wire_of(vol), algorithm, flags };
    return alj_border_status(call_vol(vol, ALJ_PROC_STORAGE_VOL_WIPE_PATTERN, &args, NULL, &error), &error, ret_error);
}
