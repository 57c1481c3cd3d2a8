/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What handlers and workers do with a connection: hold it, send by it, and say how it stands. They never read from it, nor end it.
 */
#include "daemon/connection.h"

#include "daemon/service_private.h"

AljConn *
alj_conn_ref(AljConn *conn)
{
    alj_refs_inc(&conn->refs);
    return conn;
}

void
alj_conn_unref(AljConn *conn)
{
    if (alj_refs_dec(&conn->refs))
        g_source_unref(&conn->source);
}

void
alj_conn_wake(AljConn *conn)
{
    if (!atomic_exchange(&conn->is_woken, true))
        g_source_set_ready_time(&conn->source, 0);
}

void
alj_conn_send(AljConn *conn, GByteArray *take_frame)
{
    alj_outbox_push(&conn->outbox, take_frame);
    alj_conn_wake(conn);
}

void
alj_conn_opened(AljConn *conn)
{
    conn->is_open = true;
    if (conn->link_unopened.data)
        g_queue_unlink(&conn->service->unopened, &conn->link_unopened);
    conn->link_unopened.data = NULL;
}

void
alj_conn_end(AljConn *conn)
{
    conn->is_ending = true;
}
