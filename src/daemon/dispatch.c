/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a frame to a handler: everything that can be decided from the header and the row of the procedure table is decided here,
 * in this order: program, procedure, open, right, arguments, flags. So no byte of an argument is looked at for a caller
 * without the right, and handlers hold nothing but their work. Loop thread.
 */
#include "daemon/dispatch.h"

#include "base/log.h"
#include "daemon/handlers.h"
#include "daemon/reply.h"
#include "daemon/transfer.h"

#include <string.h>

#define SLOW_MAX 8  /* operations in progress per connection */
#define CALLS_MAX 32 /* with those that are only waiting for fresh sizes of a volume */

#define FRAME_PLAIN_BYTES    (64 * 1024)
#define FRAME_DOCUMENT_BYTES (512 * 1024)

static const AljHandleFunc handlers[ALJ_PROC_LAST + 1] = {
    [ALJ_PROC_AUTH_LIST] = alj_handle_auth_list,
    [ALJ_PROC_AUTH_POLKIT] = alj_handle_auth_polkit,
    [ALJ_PROC_CONNECT_OPEN] = alj_handle_connect_open,
    [ALJ_PROC_CONNECT_CLOSE] = alj_handle_connect_close,
    [ALJ_PROC_CONNECT_SUPPORTS_FEATURE] = alj_handle_connect_supports_feature,
    [ALJ_PROC_CONNECT_GET_URI] = alj_handle_connect_get_uri,
    [ALJ_PROC_CONNECT_SET_IDENTITY] = alj_handle_connect_set_identity,
    [ALJ_PROC_CONNECT_REGISTER_CLOSE_CALLBACK] = alj_handle_nothing,
    [ALJ_PROC_CONNECT_UNREGISTER_CLOSE_CALLBACK] = alj_handle_nothing,
    [ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY] = alj_handle_event_register,
    [ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY] = alj_handle_event_deregister,

    [ALJ_PROC_CONNECT_GET_TYPE] = alj_handle_connect_get_type,
    [ALJ_PROC_CONNECT_GET_VERSION] = alj_handle_connect_get_version,
    [ALJ_PROC_CONNECT_GET_LIB_VERSION] = alj_handle_connect_get_lib_version,
    [ALJ_PROC_CONNECT_GET_HOSTNAME] = alj_handle_connect_get_hostname,
    [ALJ_PROC_CONNECT_IS_SECURE] = alj_handle_connect_is_secure,
    [ALJ_PROC_CONNECT_GET_CAPABILITIES] = alj_handle_connect_get_capabilities,
    [ALJ_PROC_CONNECT_GET_STORAGE_POOL_CAPABILITIES] = alj_handle_connect_get_storage_pool_capabilities,
    [ALJ_PROC_NODE_GET_INFO] = alj_handle_node_get_info,
    [ALJ_PROC_NODE_GET_MEMORY_STATS] = alj_handle_node_get_memory_stats,

    [ALJ_PROC_CONNECT_NUM_OF_DOMAINS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_DOMAINS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_NUM_OF_DEFINED_DOMAINS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_DEFINED_DOMAINS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_ALL_DOMAINS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_NUM_OF_NETWORKS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_NETWORKS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_NUM_OF_DEFINED_NETWORKS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_DEFINED_NETWORKS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_ALL_NETWORKS] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_ALL_INTERFACES] = alj_handle_empty,
    [ALJ_PROC_CONNECT_LIST_ALL_NODE_DEVICES] = alj_handle_empty,

    [ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS] = alj_handle_list_all_pools,
    [ALJ_PROC_STORAGE_POOL_LIST_ALL_VOLUMES] = alj_handle_list_all_volumes,
    [ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS] = alj_handle_num_of_pools,
    [ALJ_PROC_CONNECT_LIST_STORAGE_POOLS] = alj_handle_list_pools,
    [ALJ_PROC_CONNECT_NUM_OF_DEFINED_STORAGE_POOLS] = alj_handle_num_of_defined_pools,
    [ALJ_PROC_CONNECT_LIST_DEFINED_STORAGE_POOLS] = alj_handle_list_defined_pools,
    [ALJ_PROC_STORAGE_POOL_NUM_OF_VOLUMES] = alj_handle_num_of_volumes,
    [ALJ_PROC_STORAGE_POOL_LIST_VOLUMES] = alj_handle_list_volumes,

    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME] = alj_handle_pool_lookup_by_name,
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_UUID] = alj_handle_pool_lookup_by_uuid,
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_VOLUME] = alj_handle_pool_lookup_by_volume,
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_TARGET_PATH] = alj_handle_pool_lookup_by_target_path,
    [ALJ_PROC_STORAGE_POOL_GET_INFO] = alj_handle_pool_get_info,
    [ALJ_PROC_STORAGE_POOL_GET_XML_DESC] = alj_handle_pool_get_xml,
    [ALJ_PROC_STORAGE_POOL_GET_AUTOSTART] = alj_handle_pool_get_autostart,
    [ALJ_PROC_STORAGE_POOL_IS_ACTIVE] = alj_handle_pool_is_active,
    [ALJ_PROC_STORAGE_POOL_IS_PERSISTENT] = alj_handle_pool_is_persistent,
    [ALJ_PROC_STORAGE_POOL_DEFINE_XML] = alj_handle_pool_define,
    [ALJ_PROC_STORAGE_POOL_CREATE_XML] = alj_handle_pool_create_xml,
    [ALJ_PROC_STORAGE_POOL_CREATE] = alj_handle_pool_start,
    [ALJ_PROC_STORAGE_POOL_BUILD] = alj_handle_pool_build,
    [ALJ_PROC_STORAGE_POOL_DESTROY] = alj_handle_pool_stop,
    [ALJ_PROC_STORAGE_POOL_DELETE] = alj_handle_pool_delete,
    [ALJ_PROC_STORAGE_POOL_UNDEFINE] = alj_handle_pool_undefine,
    [ALJ_PROC_STORAGE_POOL_REFRESH] = alj_handle_pool_refresh,
    [ALJ_PROC_STORAGE_POOL_SET_AUTOSTART] = alj_handle_pool_set_autostart,
    [ALJ_PROC_CONNECT_FIND_STORAGE_POOL_SOURCES] = alj_handle_find_sources,

    [ALJ_PROC_CONNECT_NUM_OF_SECRETS] = alj_handle_num_of_secrets,
    [ALJ_PROC_CONNECT_LIST_SECRETS] = alj_handle_list_secrets,
    [ALJ_PROC_CONNECT_LIST_ALL_SECRETS] = alj_handle_list_all_secrets,
    [ALJ_PROC_SECRET_LOOKUP_BY_UUID] = alj_handle_secret_lookup_by_uuid,
    [ALJ_PROC_SECRET_LOOKUP_BY_USAGE] = alj_handle_secret_lookup_by_usage,
    [ALJ_PROC_SECRET_GET_XML_DESC] = alj_handle_secret_get_xml,
    [ALJ_PROC_SECRET_GET_VALUE] = alj_handle_secret_get_value,
    [ALJ_PROC_SECRET_DEFINE_XML] = alj_handle_secret_define,
    [ALJ_PROC_SECRET_SET_VALUE] = alj_handle_secret_set_value,
    [ALJ_PROC_SECRET_UNDEFINE] = alj_handle_secret_undefine,
    [ALJ_PROC_CONNECT_SECRET_EVENT_REGISTER_ANY] = alj_handle_secret_event_register,
    [ALJ_PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY] = alj_handle_secret_event_deregister,

    [ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME] = alj_handle_vol_lookup_by_name,
    [ALJ_PROC_STORAGE_VOL_LOOKUP_BY_KEY] = alj_handle_vol_lookup_by_key,
    [ALJ_PROC_STORAGE_VOL_LOOKUP_BY_PATH] = alj_handle_vol_lookup_by_path,
    [ALJ_PROC_STORAGE_VOL_GET_PATH] = alj_handle_vol_get_path,
    [ALJ_PROC_STORAGE_VOL_GET_INFO] = alj_handle_vol_get_info,
    [ALJ_PROC_STORAGE_VOL_GET_INFO_FLAGS] = alj_handle_vol_get_info_flags,
    [ALJ_PROC_STORAGE_VOL_GET_XML_DESC] = alj_handle_vol_get_xml,
    [ALJ_PROC_STORAGE_VOL_CREATE_XML] = alj_handle_vol_create,
    [ALJ_PROC_STORAGE_VOL_CREATE_XML_FROM] = alj_handle_vol_copy,
    [ALJ_PROC_STORAGE_VOL_DELETE] = alj_handle_vol_delete,
    [ALJ_PROC_STORAGE_VOL_RESIZE] = alj_handle_vol_resize,
    [ALJ_PROC_STORAGE_VOL_WIPE] = alj_handle_vol_wipe,
    [ALJ_PROC_STORAGE_VOL_WIPE_PATTERN] = alj_handle_vol_wipe_pattern,
    [ALJ_PROC_STORAGE_VOL_UPLOAD] = alj_handle_vol_upload,
    [ALJ_PROC_STORAGE_VOL_DOWNLOAD] = alj_handle_vol_download,
};

bool
alj_dispatch_is_handled(int32_t number)
{
    return number >= 0 && number <= ALJ_PROC_LAST && handlers[number] != NULL;
}

/* The row of a call to a program and version of ours. */
static const AljProcedure *
find_row(const AljFrame *frame)
{
    if (frame->program != ALJ_PROGRAM_REMOTE || frame->version != 1)
        return NULL;
    return alj_procedure_find(frame->procedure);
}

static bool
check_known(const AljFrame *frame, const AljProcedure *row, GError **error)
{
    if (frame->program != ALJ_PROGRAM_REMOTE || frame->version != 1)
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Cannot find program %u version %u", frame->program,
                             frame->version);
    if (frame->status != ALJ_STATUS_OK)
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unexpected message status %d", frame->status);
    if (!row || !row->name || row->traits & ALJ_PROC_EVENT)
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "unknown procedure: %d", frame->procedure);
    if (!alj_dispatch_is_handled(frame->procedure)) {
        g_autofree char *api = alj_procedure_api(row);
        return alj_fail_area(error, row->area, ALJ_ERROR_NO_SUPPORT, "%s", api);
    }
    return true;
}

static bool
check_allowed(const AljConn *conn, const AljProcedure *row, GError **error)
{
    if (!conn->is_open && !(row->traits & ALJ_PROC_BEFORE_OPEN))
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "%sconnection not open",
                             row->area == ALJ_AREA_STORAGE ? "" : "hypervisor ");
    return alj_rights_call(row, conn->is_readonly, error);
}

static bool
check_flags(const AljProcedure *row, const void *args, GError **error)
{
    if (!(row->traits & ALJ_PROC_HAS_FLAGS))
        return true;
    uint32_t unknown = *(const uint32_t *) ((const char *) args + row->flags_offset) & ~row->flags;
    if (unknown == 0)
        return true;
    return alj_fail_area(error, row->area, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function %s", unknown,
                         row->flags_function);
}

static void
trace_call(const AljRequest *request, const void *args)
{
    const AljProcedure *row = request->procedure;
    if (!alj_debug_wants("wire"))
        return;
    g_autofree char *shown = row->args ? alj_xdr_print(row->args, args) : g_strdup("{}");
    alj_debug("wire", "%s%s, serial %u, uid %ld", row->name, shown, request->frame.serial, request->conn->peer.uid);
}

static AljOutcome
run_handler(AljRequest *request, const uint8_t *payload, size_t size, void *result, GError **error)
{
    const AljProcedure *row = request->procedure;
    g_autofree void *args = g_malloc0(MAX(row->args_size, 1));
    if (row->args && !alj_xdr_decode(row->args, payload, size, args, error))
        return ALJ_FAILED;
    trace_call(request, args);
    AljOutcome outcome = check_flags(row, args, error)
                             ? handlers[request->frame.procedure](request, args, result, error)
                             : ALJ_FAILED;
    if (row->args)
        alj_xdr_clear(row->args, args);
    return outcome;
}

void
alj_dispatch_call(AljConn *conn, const AljFrame *frame, uint8_t *payload, size_t size)
{
    g_autoptr(GError) error = NULL;
    const AljProcedure *row = find_row(frame);
    if (!check_known(frame, row, &error) || !check_allowed(conn, row, &error)) {
        alj_conn_send(conn, alj_reply_error(frame, ALJ_FRAME_REPLY, error));
        return;
    }
    g_autofree void *result = g_malloc0(MAX(row->ret_size, 1));
    AljRequest *request = alj_request_new(conn, frame, row);
    AljOutcome outcome = run_handler(request, payload, size, result, &error);
    if (row->traits & ALJ_PROC_SECRET)
        explicit_bzero(payload, size);
    if (outcome != ALJ_DEFERRED)
        alj_request_finish(request, result, error);
}

bool
alj_dispatch_must_wait(const AljConn *conn, const AljFrame *frame)
{
    const AljProcedure *row = find_row(frame);
    unsigned pending = atomic_load(&conn->n_pending);
    return pending >= CALLS_MAX || (pending >= SLOW_MAX && row && row->traits & ALJ_PROC_SLOW);
}

static bool
takes_document(const AljProcedure *row)
{
    return row->args == alj_wire_xml_flags || row->args == alj_wire_pool_xml || row->args == alj_wire_vol_copy ||
           row->args == alj_wire_find_sources || row->args == alj_wire_secret_set;
}

uint32_t
alj_dispatch_frame_max(const AljConn *conn, const AljFrame *frame)
{
    const AljProcedure *row = find_row(frame);
    if (!conn->is_open)
        return FRAME_PLAIN_BYTES + ALJ_FRAME_HEADER_BYTES;
    if (frame->type == ALJ_FRAME_STREAM)
        return ALJ_STREAM_RECEIVE_MAX_BYTES + ALJ_FRAME_HEADER_BYTES;
    return (row && row->name && takes_document(row) ? FRAME_DOCUMENT_BYTES : FRAME_PLAIN_BYTES) + ALJ_FRAME_HEADER_BYTES;
}

AljTooLong
alj_dispatch_too_long(AljConn *conn, const AljFrame *frame)
{
    g_autoptr(GError) error = NULL;
    uint32_t max = alj_dispatch_frame_max(conn, frame);
    if (!conn->is_open)
        return ALJ_TOO_LONG_CLOSE;
    alj_fail_area(&error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "message of %u bytes is over the limit of %u", frame->length, max);
    if (frame->type == ALJ_FRAME_STREAM) {
        alj_transfer_fail(conn, frame, error);
        return ALJ_TOO_LONG_SKIP;
    }
    if (frame->type != ALJ_FRAME_CALL)
        return ALJ_TOO_LONG_CLOSE;
    alj_conn_send(conn, alj_reply_error(frame, ALJ_FRAME_REPLY, error));
    return max > FRAME_PLAIN_BYTES + ALJ_FRAME_HEADER_BYTES ? ALJ_TOO_LONG_SKIP : ALJ_TOO_LONG_END;
}
