/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections: finding the server, the greeting and the goodbye, keep-alive, and what can be asked of a server as a whole.
 * Any thread.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/guard.h"
#include "client/client.h"
#include "client/uri.h"

#define GOODBYE_USEC (5 * G_USEC_PER_SEC) /* for each call; a server that hangs must not hold up an exit for ever */

enum { FEATURE_KEEPALIVE = 10 };
enum { AUTH_NONE = 0, AUTH_POLKIT = 2 };

/* ---- the socket ---- */

static int
connect_socket(const char *path, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        alj_fail_errno(error, ENAMETOOLONG, "Failed to connect socket to '%s'", path);
        return -1;
    }
    strcpy(address.sun_path, path);
    alj_autofd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        alj_fail_errno(error, errno, "Failed to create socket");
        return -1;
    }
    if (connect(fd, (const struct sockaddr *) &address, sizeof address) < 0) {
        alj_fail_errno(error, errno, "Failed to connect socket to '%s'", path);
        return -1;
    }
    return alj_steal_fd(&fd);
}

/** The first socket that answers. Of the failures the first is told that is more than absence. */
static int
connect_any(const char *const *paths, GError **error)
{
    g_autoptr(GError) first = NULL;
    for (; *paths; paths++) {
        g_autoptr(GError) failure = NULL;
        int fd = connect_socket(*paths, &failure);
        if (fd >= 0)
            return fd;
        if (!first || (alj_error_errno(first) == ENOENT && alj_error_errno(failure) != ENOENT)) {
            g_clear_error(&first);
            first = g_steal_pointer(&failure);
        }
    }
    g_propagate_error(error, g_steal_pointer(&first));
    return -1;
}

/* ---- greeting and goodbye ---- */

static bool
ask_feature(AljibeConn *conn, int32_t feature, bool *ret_has, GError **error)
{
    const AljWireI32 args = { feature };
    AljWireI32 ret = { 0 };
    g_autoptr(GError) failure = NULL;
    bool is_ok = alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_SUPPORTS_FEATURE, &args, &ret, NULL, -1, &failure);
    if (!is_ok && failure->domain != ALJ_SERVER_ERROR) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_has = ret.value != 0; /* a server that refuses the question does not have the feature */
    return true;
}

/** The first type counts. Servers want nothing, or polkit to have a look at us. */
static bool
authenticate(AljibeConn *conn, GError **error)
{
    AljWireInts types = { 0 };
    AljWireI32 complete = { 0 };
    g_autoptr(GError) failure = NULL;
    if (!alj_conn_exchange_locked(conn, ALJ_PROC_AUTH_LIST, NULL, &types, NULL, -1, &failure)) {
        if (g_error_matches(failure, ALJ_SERVER_ERROR, ALJIBE_ERR_NO_SUPPORT))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    int32_t first = types.ints.count ? ((const int32_t *) types.ints.items)[0] : AUTH_NONE;
    alj_xdr_clear(alj_wire_auth_types, &types);
    if (first == AUTH_NONE)
        return true;
    if (first == AUTH_POLKIT)
        return alj_conn_exchange_locked(conn, ALJ_PROC_AUTH_POLKIT, NULL, &complete, NULL, -1, error);
    return alj_fail(error, ALJ_ERROR_AUTH_FAILED, "unsupported authentication type %d", first);
}

/**
 * Shorter than the greeting of libvirt's library: the features it asks for concern domains, all but keep-alive. That one is asked
 * for when the program wants it, because a server pings whoever asked, and a program that never calls aljibe_conn_process()
 * would be cut off for not answering.
 */
static bool
greet(AljibeConn *conn, const AljUri *uri, GError **error)
{
    const AljWireOpen args = { uri->name, conn->is_readonly ? 1 : 0 };
    AljWireText answer = { 0 };
    if (!authenticate(conn, error) || !alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_OPEN, &args, NULL, NULL, -1, error))
        return false;
    if (uri->given)
        conn->uri = g_strdup(uri->given);
    else if (alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_GET_URI, NULL, &answer, NULL, -1, error))
        conn->uri = answer.text;
    return conn->uri != NULL;
}

static void
conn_free(AljibeConn *conn)
{
    if (conn->uri) /* nobody is left who could send it later; a failure changes nothing any more */
        (void) alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_CLOSE, NULL, NULL, NULL,
                                        g_get_monotonic_time() + GOODBYE_USEC, NULL);
    alj_link_clear(&conn->link);
    g_clear_pointer(&conn->embed, alj_embed_close);
    alj_events_clear(conn);
    g_clear_pointer(&conn->streams, g_hash_table_unref);
    pthread_mutex_destroy(&conn->lock);
    g_free(conn->uri);
    g_free(conn);
}

static AljibeConn *
conn_open(const char *text, unsigned flags, GError **error)
{
    g_auto(AljUri) uri = { 0 };
    bool is_readonly = flags & ALJIBE_CONN_READONLY;
    if (flags & ~(unsigned) ALJIBE_CONN_READONLY) {
        alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function aljibe_conn_open", flags);
        return NULL;
    }
    if (!alj_uri_parse(text, is_readonly, &uri, error))
        return NULL;
    AljEmbed *embed = NULL;
    int fd = -1;
    if (uri.embed_dir)
        embed = alj_embed_open(uri.embed_dir, &fd, error);
    else
        fd = connect_any((const char *const *) uri.sockets, error);
    if (fd < 0)
        return NULL;

    AljibeConn *conn = g_new0(AljibeConn, 1);
    alj_refs_init(&conn->refs);
    pthread_mutex_init(&conn->lock, NULL);
    alj_link_init(&conn->link, fd, alj_conn_take_frame, conn);
    alj_events_init(conn);
    conn->streams = g_hash_table_new(NULL, NULL);
    conn->embed = embed;
    conn->is_readonly = is_readonly;
    if (greet(conn, &uri, error))
        return conn;
    aljibe_conn_unref(conn);
    return NULL;
}

AljibeConn *
aljibe_conn_open(const char *uri, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_pointer(conn_open(uri, flags, &error), &error, ret_error);
}

AljibeConn *
aljibe_conn_ref(AljibeConn *conn)
{
    if (conn)
        alj_refs_inc(&conn->refs);
    return conn;
}

void
aljibe_conn_unref(AljibeConn *conn)
{
    if (conn && alj_refs_dec(&conn->refs))
        conn_free(conn);
}

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
    ssize_t n = recv(conn->link.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    bool is_alive = !conn->link.broken && (n > 0 || (n < 0 && errno == EAGAIN));
    pthread_mutex_unlock(&conn->lock);
    return is_alive;
}

/* ---- loops of the program ---- */

int
aljibe_conn_get_fd(AljibeConn *conn)
{
    return conn ? conn->link.fd : -1;
}

/** Waits without the lock, so that others can use the connection; what they read is told by them. */
static int
process(AljibeConn *conn, gint64 until_usec, GError **error)
{
    int n = alj_events_dispatch(conn);
    while (n == 0) {
        struct pollfd poll_fd;
        pthread_mutex_lock(&conn->lock);
        bool is_ok = alj_link_step(&conn->link, 0, error);
        int timeout_msec = alj_link_plan(&conn->link, until_usec, &poll_fd);
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

static int
set_keepalive_locked(AljibeConn *conn, unsigned interval_sec, unsigned count, GError **error)
{
    bool has_keepalive = true;
    if (interval_sec && !ask_feature(conn, FEATURE_KEEPALIVE, &has_keepalive, error))
        return -1;
    if (!has_keepalive)
        return 1;
    alj_link_set_keepalive(&conn->link, (gint64) interval_sec * G_USEC_PER_SEC, count);
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
