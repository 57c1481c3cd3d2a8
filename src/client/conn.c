/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a connection: finding the server, greeting and goodbye; and one exchange with it. Any thread. */
#include "client/client.h"
#include "client/intake.h"
#include "client/uri.h"
#include "rpc/connect.h"

#define GOODBYE_USEC (5 * G_USEC_PER_SEC) /* a server that hangs must not hold up an exit for ever */

/**
 * Shorter than the greeting of libvirt's library: the features it asks for concern domains, all but keep-alive. That one is asked
 * for when the program wants it, because a server pings whoever asked, and a program that never calls aljibe_conn_process()
 * would be cut off for not answering.
 */
static bool
greet(AljibeConn *conn, const AljUri *uri, GError **error)
{
    AljWireText answer = { 0 };
    if (!alj_caller_greet(&conn->caller, uri->name, conn->is_readonly, -1, error))
        return false;
    if (uri->given)
        conn->uri = g_strdup(uri->given);
    else if (alj_caller_call(&conn->caller, ALJ_PROC_CONNECT_GET_URI, NULL, &answer, -1, error))
        conn->uri = answer.text;
    return conn->uri != NULL;
}

static void
conn_free(AljibeConn *conn)
{
    if (conn->uri) /* nobody is left who could send it later; a failure changes nothing any more */
        (void) alj_caller_call(&conn->caller, ALJ_PROC_CONNECT_CLOSE, NULL, NULL, g_get_monotonic_time() + GOODBYE_USEC, NULL);
    alj_caller_clear(&conn->caller);
    g_clear_pointer(&conn->embed, alj_embed_close);
    alj_event_queue_clear(&conn->events);
    g_clear_pointer(&conn->callbacks, g_ptr_array_unref);
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
        fd = alj_connect_any((const char *const *) uri.sockets, -1, error);
    if (fd < 0)
        return NULL;

    AljibeConn *conn = g_new0(AljibeConn, 1);
    alj_refs_init(&conn->refs);
    pthread_mutex_init(&conn->lock, NULL);
    alj_caller_init(&conn->caller, fd, alj_conn_take_other, conn);
    g_queue_init(&conn->events);
    conn->callbacks = g_ptr_array_new_with_free_func(g_free);
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

bool
alj_conn_exchange_locked(AljibeConn *conn, int32_t number, const void *args, void *ret, GError **error)
{
    const AljProcedure *procedure = alj_procedure_find(number);
    if (conn->is_readonly && !(procedure->traits & ALJ_PROC_READONLY))
        return alj_fail(error, ALJ_ERROR_DENIED, "read only access prevents %s", procedure->api);
    return alj_caller_call(&conn->caller, number, args, ret, -1, error);
}
