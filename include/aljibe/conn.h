/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ALJIBE_CONN_H
#define ALJIBE_CONN_H

#include <aljibe/error.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * AljibeConn: a connection to a storage server (aljibed, libvirtd, an embedded engine). Counted and thread-safe; one call is under
 * way at a time. Every call: 0 (or a number or handle) on success, -1 (or NULL) on failure with *@ret_error set if @ret_error is
 * not NULL. Strings returned as `char *` are freed with free().
 */
typedef struct AljibeConn AljibeConn;
typedef struct AljibePool AljibePool;
typedef struct AljibeVol AljibeVol;

enum { ALJIBE_CONN_READONLY = 1 };

/**
 * aljibe_conn_open:
 * @uri: embed:///DIR, storage:///system, storage:///session, storage+unix:///system?socket=PATH, also qemu: in place of storage:
 *       NULL takes $ALJIBE_URI, else the standalone or session daemon's socket.
 * Since: 0.1
 */
ALJIBE_API AljibeConn *aljibe_conn_open(const char *uri, unsigned flags, AljibeError **ret_error);
ALJIBE_API AljibeConn *aljibe_conn_ref(AljibeConn *conn);
/** aljibe_conn_unref: the last reference says goodbye and closes; an embedded engine finishes its work first. Since: 0.1 */
ALJIBE_API void aljibe_conn_unref(AljibeConn *conn);

ALJIBE_API char *aljibe_conn_get_uri(AljibeConn *conn, AljibeError **ret_error);
ALJIBE_API char *aljibe_conn_get_type(AljibeConn *conn, AljibeError **ret_error);
ALJIBE_API char *aljibe_conn_get_hostname(AljibeConn *conn, AljibeError **ret_error);
ALJIBE_API char *aljibe_conn_get_capabilities(AljibeConn *conn, AljibeError **ret_error);
/** aljibe_conn_get_version: of the server's driver, major * 1000000 + minor * 1000 + micro. Since: 0.1 */
ALJIBE_API int aljibe_conn_get_version(AljibeConn *conn, uint64_t *ret_version, AljibeError **ret_error);
/** aljibe_conn_get_lib_version: of the server's library. Since: 0.1 */
ALJIBE_API int aljibe_conn_get_lib_version(AljibeConn *conn, uint64_t *ret_version, AljibeError **ret_error);
/** aljibe_conn_is_alive: whether the server can still be reached, as far as is known. Since: 0.1 */
ALJIBE_API int aljibe_conn_is_alive(AljibeConn *conn);

ALJIBE_API char *aljibe_conn_get_pool_capabilities(AljibeConn *conn, AljibeError **ret_error);
/** aljibe_conn_find_pool_sources: @spec_xml may be NULL. Returns the <sources> document. Since: 0.1 */
ALJIBE_API char *aljibe_conn_find_pool_sources(AljibeConn *conn, const char *type, const char *spec_xml, AljibeError **ret_error);

/* Events and foreign loops. */

typedef enum AljibeEvent {
    ALJIBE_EVENT_DEFINED,
    ALJIBE_EVENT_UNDEFINED,
    ALJIBE_EVENT_STARTED,
    ALJIBE_EVENT_STOPPED,
    ALJIBE_EVENT_CREATED,
    ALJIBE_EVENT_DELETED,
    ALJIBE_EVENT_REFRESH = 100
} AljibeEvent;

/** AljibeEventFunc: called inside aljibe_conn_process() or any other call on @conn's thread; @pool is borrowed. */
typedef void (*AljibeEventFunc)(AljibeConn *conn, AljibePool *pool, AljibeEvent event, void *data);

enum { ALJIBE_EVENTS_LIFECYCLE = 0, ALJIBE_EVENTS_REFRESH = 1 };

/** aljibe_conn_add_events: @kind ALJIBE_EVENTS_…; @pool NULL for all pools. Returns an id (0 or more) or -1. Since: 0.1 */
ALJIBE_API int aljibe_conn_add_events(AljibeConn *conn, AljibePool *pool, int kind, AljibeEventFunc func, void *data,
                                      AljibeError **ret_error);
ALJIBE_API int aljibe_conn_remove_events(AljibeConn *conn, int id, AljibeError **ret_error);

/** aljibe_conn_get_fd: poll it for POLLIN, then call aljibe_conn_process(). Since: 0.1 */
ALJIBE_API int aljibe_conn_get_fd(AljibeConn *conn);
/** aljibe_conn_process: reads what has come, answers keep-alives, calls event functions; waits at most @timeout_msec (-1: for ever). Returns number of events, -1 when the connection is gone. Since: 0.1 */
ALJIBE_API int aljibe_conn_process(AljibeConn *conn, int timeout_msec, AljibeError **ret_error);
/** aljibe_conn_set_keepalive: ping after @interval_sec without traffic, give up after @count unanswered ones. 0: never. Returns 1 if the server cannot. Since: 0.1 */
ALJIBE_API int aljibe_conn_set_keepalive(AljibeConn *conn, unsigned interval_sec, unsigned count, AljibeError **ret_error);

#ifdef __cplusplus
}
#endif
#endif
