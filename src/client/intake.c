/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the frames go that answer no call: to streams and to the queue of events. On the thread of whoever holds the connection's lock. */
#include "client/intake.h"

#include "client/client.h"
#include "client/event_queue.h"
#include "client/inflow.h"

bool
alj_conn_take_other(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error)
{
    AljibeConn *conn = owner;
    if (frame->type == ALJ_FRAME_MESSAGE)
        return alj_event_queue_take(&conn->events, frame, payload, size, error);
    /* libvirtd's answer to a hole it does not like is a reply; packets of a stream that is over are dropped */
    AljInflow *in = g_hash_table_lookup(conn->streams, GUINT_TO_POINTER(frame->serial));
    if (!in || (frame->type != ALJ_FRAME_REPLY && frame->type != ALJ_FRAME_STREAM && frame->type != ALJ_FRAME_STREAM_HOLE))
        return alj_caller_drop(owner, frame, payload, size, error);
    alj_inflow_take(in, frame, payload, size);
    return true;
}
