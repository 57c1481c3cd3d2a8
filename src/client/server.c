/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a server as a whole, keep-alive, and the loops of programs that wait for events. Any thread. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "client/client.h"

enum { FEATURE_KEEPALIVE = 10 };

/* ---- the library and the server as a whole ---- */

const char *
aljibe_version(void)
{
    return ALJIBE_VERSION;
}

char *
aljibe_conn_get_uri(AljibeConn *conn, AljibeError **ret_error)
{
    GError *error = NULL;
    char *uri = alj_client_need(conn, "connection", &error) ? g_strdup(conn->uri) : NULL;
    return alj_border_pointer(uri, &error, ret_error);
}

/** A procedure that answers with a text. */
static char *
get_text(AljibeConn *conn, int32_t number, const void *args, AljibeError **ret_error)
{
    GError *error = NULL;
    AljWireText ret = { 0 };
    (void) alj_conn_call(conn, number, args, &ret, &error); /* no text says that it failed */
    return alj_border_pointer(ret.text, &error, ret_error);
}

char *
aljibe_conn_get_type(AljibeConn *conn, AljibeError **ret_error)
{
    return get_text(conn, ALJ_PROC_CONNECT_GET_TYPE, NULL, ret_error);
}

char *
aljibe_conn_get_hostname(AljibeConn *conn, AljibeError **ret_error)
{
    return get_text(conn, ALJ_PROC_CONNECT_GET_HOSTNAME, NULL, ret_error);
}

char *
aljibe_conn_get_capabilities(AljibeConn *conn, AljibeError **ret_error)
{
    return get_text(conn, ALJ_PROC_CONNECT_GET_CAPABILITIES, NULL, ret_error);
}

char *
aljibe_conn_get_pool_capabilities(AljibeConn *conn, AljibeError **ret_error)
{
    const AljWireFlags args = { 0 };
    return get_text(conn, ALJ_PROC_CONNECT_GET_STORAGE_POOL_CAPABILITIES, &args, ret_error);
}

char *
aljibe_conn_find_pool_sources(AljibeConn *conn, const char *type, const char *spec_xml, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireFindSources args = { .type = (char *) type, .spec = (char *) spec_xml };
    if (!alj_client_need(type, "type", &error))
        return alj_border_pointer(NULL, &error, ret_error);
    return get_text(conn, ALJ_PROC_CONNECT_FIND_STORAGE_POOL_SOURCES, &args, ret_error);
}

static int
get_version(AljibeConn *conn, int32_t number, uint64_t *ret_version, AljibeError **ret_error)
{
    GError *error = NULL;
    AljWireU64 ret = { 0 };
    bool is_ok = alj_client_need(ret_version, "version", &error) && alj_conn_call(conn, number, NULL, &ret, &error);
    if (is_ok)
        *ret_version = ret.value;
    return alj_border_status(is_ok, &error, ret_error);
}

int
aljibe_conn_get_version(AljibeConn *conn, uint64_t *ret_version, AljibeError **ret_error)
{
    return get_version(conn, ALJ_PROC_CONNECT_GET_VERSION, ret_version, ret_error);
}

int
aljibe_conn_get_lib_version(AljibeConn *conn, uint64_t *ret_version, AljibeError **ret_error)
{
    return get_version(conn, ALJ_PROC_CONNECT_GET_LIB_VERSION, ret_version, ret_error);
}

/** While another thread is in a call, the connection is as alive as that thread believes. */
int
aljibe_conn_is_alive(AljibeConn *conn)
{
    char byte;
    if (!conn)
        return 0;
    if (pthread_mutex_trylock(&conn->lock) != 0)
        return 1;
    ssize_t n = recv(conn->caller.link.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    bool is_alive = !conn->caller.link.broken && (n > 0 || (n < 0 && errno == EAGAIN));
    pthread_mutex_unlock(&conn->lock);
    return is_alive;
}

/* ---- loops of the program ---- */

int
aljibe_conn_get_fd(AljibeConn *conn)
{
    return conn ? conn->caller.link.fd : -1;
}

/** Waits without the lock, so that others can use the connection; what they read is told by them. */
static int
process(AljibeConn *conn, gint64 until_usec, GError **error)
{
    int n = alj_events_dispatch(conn);
    while (n == 0) {
        struct pollfd poll_fd;
        pthread_mutex_lock(&conn->lock);
        bool is_ok = alj_link_step(&conn->caller.link, 0, error);
        int timeout_msec = alj_link_plan(&conn->caller.link, until_usec, &poll_fd);
        pthread_mutex_unlock(&conn->lock);
        n = alj_events_dispatch(conn);
        if (n > 0)
            break;
        if (!is_ok)
            return -1;
        if (until_usec >= 0 && g_get_monotonic_time() >= until_usec)
            break;
        (void) poll(&poll_fd, 1, timeout_msec); /* woken early is woken in vain, no more */
    }
    return n;
}

int
aljibe_conn_process(AljibeConn *conn, int timeout_msec, AljibeError **ret_error)
{
    GError *error = NULL;
    if (!alj_client_need(conn, "connection", &error))
        return alj_border_number(-1, &error, ret_error);
    gint64 until_usec = timeout_msec > 0 ? g_get_monotonic_time() + (gint64) timeout_msec * 1000 : timeout_msec;
    aljibe_conn_ref(conn); /* the loop goes on after an event function that gives up the program's last reference */
    int n = process(conn, until_usec, &error);
    aljibe_conn_unref(conn);
    if (n >= 0)
        g_clear_error(&error);
    return alj_border_number(n, &error, ret_error);
}

/* ---- keep-alive ---- */

static bool
ask_feature(AljibeConn *conn, int32_t feature, bool *ret_has, GError **error)
{
    const AljWireI32 args = { feature };
    AljWireI32 ret = { 0 };
    g_autoptr(GError) failure = NULL;
    bool is_ok = alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_SUPPORTS_FEATURE, &args, &ret, &failure);
    if (!is_ok && failure->domain != ALJ_SERVER_ERROR) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_has = ret.value != 0; /* a server that refuses the question does not have the feature */
    return true;
}

static int
set_keepalive_locked(AljibeConn *conn, unsigned interval_sec, unsigned count, GError **error)
{
    bool has_keepalive = true;
    if (interval_sec && !ask_feature(conn, FEATURE_KEEPALIVE, &has_keepalive, error))
        return -1;
    if (!has_keepalive)
        return 1;
    alj_link_set_keepalive(&conn->caller.link, (gint64) interval_sec * G_USEC_PER_SEC, count);
    return 0;
}

int
aljibe_conn_set_keepalive(AljibeConn *conn, unsigned interval_sec, unsigned count, AljibeError **ret_error)
{
    GError *error = NULL;
    int result = -1;
    if (alj_client_need(conn, "connection", &error)) {
        pthread_mutex_lock(&conn->lock);
        result = set_keepalive_locked(conn, interval_sec, count, &error);
        pthread_mutex_unlock(&conn->lock);
        alj_events_dispatch(conn);
    }
    return alj_border_number(result, &error, ret_error);
}
