/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about the connection itself: the handshake, identity, and what events it wants. Loop thread. */
#include "daemon/handlers.h"

#include "base/log.h"
#include "daemon/registrations.h"
#include "daemon/service_private.h"
#include "daemon/uri.h"

#include <string.h>

#define AUTH_NONE     0
#define OPEN_READONLY 1u /* the only bit of the flags that means anything to a server */

enum {
    FEATURE_FD_PASSING = 8,
    FEATURE_KEEPALIVE = 10,
    FEATURE_EVENT_CALLBACK = 14,
    FEATURE_CLOSE_CALLBACK = 15,
};

/* Nobody has to prove anything: the kernel has said who it is. Whether he may come in is answered when he opens. */
ALJ_HANDLER(auth_list)
{
    static int32_t types[] = { AUTH_NONE };
    AljWireInts *result = out;
    result->ints = (AljXdrArray){ G_N_ELEMENTS(types), types };
    return ALJ_ANSWERED;
}

ALJ_HANDLER(auth_polkit)
{
    alj_fail_area(error, ALJ_AREA_POLKIT, ALJ_ERROR_AUTH_FAILED, "polkit is not offered");
    return ALJ_FAILED;
}

ALJ_HANDLER(connect_open)
{
    const AljWireOpen *args = data;
    AljConn *conn = request->conn;
    bool is_readonly = conn->is_readonly || args->flags & OPEN_READONLY;
    if (conn->is_open) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "connection already open");
        return ALJ_FAILED;
    }
    if (!alj_rights_open(&conn->peer, is_readonly, error)) {
        AljLogFields about = { .client_uid = conn->peer.uid };
        alj_log(G_LOG_LEVEL_WARNING, &about, "a client may not open this daemon");
        return ALJ_FAILED;
    }
    if (!alj_uri_check(args->name, alj_request_service(request)->is_privileged, error))
        return ALJ_FAILED;
    conn->is_readonly = is_readonly;
    conn->uri = g_strdup(args->name && *args->name ? args->name : alj_request_service(request)->uri);
    alj_conn_opened(conn);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_close)
{
    alj_conn_end(request->conn);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_supports_feature)
{
    const AljWireI32 *feature = data;
    AljWireI32 *result = out;
    if (feature->value == FEATURE_KEEPALIVE)
        alj_keepalive_want(&request->conn->keepalive, g_get_monotonic_time());
    result->value = feature->value == FEATURE_FD_PASSING || feature->value == FEATURE_KEEPALIVE ||
                    feature->value == FEATURE_EVENT_CALLBACK || feature->value == FEATURE_CLOSE_CALLBACK;
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_get_uri)
{
    AljWireText *result = out;
    result->text = request->conn->uri;
    return ALJ_ANSWERED;
}

/*
 * Another daemon says for whom it calls. It is believed only if it is root, only once, and only for the log: no right ever
 * comes from it. Never fails, or no virtual machine with a volume would start.
 */
ALJ_HANDLER(connect_set_identity)
{
    const AljWireIdentity *args = data;
    const AljWireParam *params = args->params.items;
    AljConn *conn = request->conn;
    if (conn->peer.uid != 0 || conn->has_identity)
        return ALJ_ANSWERED;
    conn->has_identity = true;
    for (uint32_t i = 0; i < args->params.count; i++) {
        if (params[i].type == ALJ_PARAM_ULLONG && strcmp(params[i].field, "unix-user-id") == 0 &&
            params[i].value.ul <= UINT32_MAX)
            conn->client_uid = (long) params[i].value.ul;
    }
    return ALJ_ANSWERED;
}

ALJ_HANDLER(event_register)
{
    const AljWireRegister *args = data;
    AljWireI32 *result = out;
    result->value = alj_registrations_add(alj_request_service(request), request->conn, ALJ_NEWS_POOLS, args->event,
                                          args->pool ? &args->pool->uuid : NULL, error);
    return result->value < 0 ? ALJ_FAILED : ALJ_ANSWERED;
}

ALJ_HANDLER(event_deregister)
{
    const AljWireI32 *callback = data;
    return alj_registrations_remove(alj_request_service(request), request->conn, ALJ_NEWS_POOLS, callback->value, error)
        ? ALJ_ANSWERED : ALJ_FAILED;
}

ALJ_HANDLER(nothing)
{
    return ALJ_ANSWERED;
}
