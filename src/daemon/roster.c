/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is connected: the queues of a service and the counts for its limits. Loop thread. */
#include "daemon/service_private.h"

unsigned
alj_service_count(const AljService *service, long uid)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(service->per_uid, GINT_TO_POINTER((int) uid)));
}

static void
add_to_uid(AljService *service, long uid, int difference)
{
    unsigned count = alj_service_count(service, uid) + (unsigned) difference;
    if (count > 0)
        g_hash_table_insert(service->per_uid, GINT_TO_POINTER((int) uid), GUINT_TO_POINTER(count));
    else
        g_hash_table_remove(service->per_uid, GINT_TO_POINTER((int) uid));
}

void
alj_service_joined(AljService *service, AljConn *conn)
{
    conn->link_all.data = conn->link_unopened.data = conn;
    g_queue_push_tail_link(&service->clients, &conn->link_all);
    g_queue_push_tail_link(&service->unopened, &conn->link_unopened);
    add_to_uid(service, conn->peer.uid, 1);
}

void
alj_service_left(AljService *service, AljConn *conn)
{
    g_queue_unlink(&service->clients, &conn->link_all);
    if (conn->link_unopened.data)
        g_queue_unlink(&service->unopened, &conn->link_unopened);
    conn->link_unopened.data = NULL;
    add_to_uid(service, conn->peer.uid, -1);
}
