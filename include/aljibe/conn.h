/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ALJIBE_CONN_H
#define ALJIBE_CONN_H

#include <aljibe/error.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * AljibeConn: a connection to a storage server (aljibed, libvirtd, an embedded engine). Counted and thread-safe: calls of several
 * threads take turns, so a long one delays the others; open a second connection for work that must not wait.
 *
 * Every call: 0 (or a number or a handle) on success; -1 (or NULL) on failure, and then, if @ret_error is not NULL, *@ret_error is
 * set to an error that the caller frees. *@ret_error is not touched on success. A NULL where an object or a text must be is
 * refused with ALJIBE_ERR_INVALID_ARG. Strings returned as `char *` are freed with free(). What cannot reach the server any more
 * fails with ALJIBE_ERR_SYSTEM or ALJIBE_ERR_INTERNAL and keeps failing with the same words.
 */
typedef struct AljibeConn AljibeConn;
typedef struct AljibePool AljibePool;
typedef struct AljibeVol AljibeVol;

/** aljibe_version: of the library in use, "0.1.0". Static. No call. Since: 0.1 */
ALJIBE_API const char *aljibe_version(void);

enum { ALJIBE_CONN_READONLY = 1 };

/**
 * aljibe_conn_open:
 * @uri: embed:///DIR, storage:///system, storage:///session, storage+unix:///system?socket=PATH, also qemu: in place of storage:.
 *       NULL takes $ALJIBE_URI; without that, and for an empty text, the system's server for root and the session's for others.
 * @flags: ALJIBE_CONN_READONLY or 0
 * Waits until the server has answered the greeting. Since: 0.1
 */
ALJIBE_API AljibeConn *aljibe_conn_open(const char *uri, unsigned flags, AljibeError **ret_error);

/** aljibe_conn_ref: one more reference to @conn (NULL: nothing). Returns @conn. Since: 0.1 */
ALJIBE_API AljibeConn *aljibe_conn_ref(AljibeConn *conn);

/**
 * aljibe_conn_unref: NULL is allowed. The last reference says goodbye and closes; an embedded engine finishes its work first.
 * Pools, volumes and streams hold references of their own. Since: 0.1
 */
ALJIBE_API void aljibe_conn_unref(AljibeConn *conn);

/** aljibe_conn_get_uri: what was opened: the URI as it was given; without one, what the server calls itself. No call. Since: 0.1 */
ALJIBE_API char *aljibe_conn_get_uri(AljibeConn *conn, AljibeError **ret_error);

/** aljibe_conn_get_type: the kind of the server, "storage". Since: 0.1 */
ALJIBE_API char *aljibe_conn_get_type(AljibeConn *conn, AljibeError **ret_error);

/** aljibe_conn_get_hostname: of the server's host. Since: 0.1 */
ALJIBE_API char *aljibe_conn_get_hostname(AljibeConn *conn, AljibeError **ret_error);

/** aljibe_conn_get_capabilities: an XML document. Since: 0.1 */
ALJIBE_API char *aljibe_conn_get_capabilities(AljibeConn *conn, AljibeError **ret_error);

/** aljibe_conn_get_version: of the server's driver, major * 1000000 + minor * 1000 + micro. Since: 0.1 */
ALJIBE_API int aljibe_conn_get_version(AljibeConn *conn, uint64_t *ret_version, AljibeError **ret_error);

/** aljibe_conn_get_lib_version: of the server's library, in the same form. Since: 0.1 */
ALJIBE_API int aljibe_conn_get_lib_version(AljibeConn *conn, uint64_t *ret_version, AljibeError **ret_error);

/** aljibe_conn_is_alive: 1 if the server can still be reached as far as is known, 0 if not. No call. Since: 0.1 */
ALJIBE_API int aljibe_conn_is_alive(AljibeConn *conn);

/** aljibe_conn_get_pool_capabilities: an XML document: the pool types, their formats and defaults. Since: 0.1 */
ALJIBE_API char *aljibe_conn_get_pool_capabilities(AljibeConn *conn, AljibeError **ret_error);

/** aljibe_conn_find_pool_sources: @spec_xml may be NULL. Returns the <sources> document. Since: 0.1 */
ALJIBE_API char *aljibe_conn_find_pool_sources(AljibeConn *conn, const char *type, const char *spec_xml,
                                               AljibeError **ret_error);

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

/**
 * AljibeEventFunc: called inside aljibe_conn_process(), or at the end of any other call on @conn that met the event, on the thread
 * of that call. No lock is held: the function may call @conn. @conn and @pool are borrowed. Since: 0.1
 */
typedef void (*AljibeEventFunc)(AljibeConn *conn, AljibePool *pool, AljibeEvent event, void *data);

enum { ALJIBE_EVENTS_LIFECYCLE = 0, ALJIBE_EVENTS_REFRESH = 1 };

/** aljibe_conn_add_events: @kind ALJIBE_EVENTS_…; @pool NULL for all pools. Returns an id (0 or more) or -1. Since: 0.1 */
ALJIBE_API int aljibe_conn_add_events(AljibeConn *conn, AljibePool *pool, int kind, AljibeEventFunc func, void *data,
                                      AljibeError **ret_error);

/** aljibe_conn_remove_events: @id from aljibe_conn_add_events() or aljibe_conn_add_secret_events(). Its function is not called any more afterwards by this thread. Since: 0.1 */
ALJIBE_API int aljibe_conn_remove_events(AljibeConn *conn, int id, AljibeError **ret_error);

/** aljibe_conn_get_fd: poll it for POLLIN, then call aljibe_conn_process(). Since: 0.1 */
ALJIBE_API int aljibe_conn_get_fd(AljibeConn *conn);

/**
 * aljibe_conn_process:
 * @timeout_msec: how long to wait for the first event; 0: not at all, -1: for ever
 * Reads what has come, answers and sends keep-alives, calls event functions. Other threads may use @conn meanwhile.
 * Returns the number of events, -1 when the connection is gone. Since: 0.1
 */
ALJIBE_API int aljibe_conn_process(AljibeConn *conn, int timeout_msec, AljibeError **ret_error);

/**
 * aljibe_conn_set_keepalive:
 * @interval_sec: ping after so long without a word from the server; 0: never
 * @count: give the connection up after so many unanswered pings
 * Pings are sent and counted inside aljibe_conn_process() and while a call waits. Returns 1 if the server cannot. Since: 0.1
 */
ALJIBE_API int aljibe_conn_set_keepalive(AljibeConn *conn, unsigned interval_sec, unsigned count,
                                         AljibeError **ret_error);

#ifdef __cplusplus
}
#endif
#endif
