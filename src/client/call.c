/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call of the program: alone on its connection, and after it the events that came meanwhile. Any thread. */
#include "client/client.h"

bool
alj_conn_call(AljibeConn *conn, int32_t number, const void *args, void *ret, GError **error)
{
    if (!alj_client_need(conn, "connection", error))
        return false;
    pthread_mutex_lock(&conn->lock);
    bool is_ok = alj_conn_exchange_locked(conn, number, args, ret, error);
    pthread_mutex_unlock(&conn->lock);
    alj_events_dispatch(conn);
    return is_ok;
}
