/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One client. The connection is itself an event source of the loop: readable, writable, or one of its times has come. Other
 * threads only send frames to it and hold references.
 */
#pragma once

#include "base/refs.h"
#include "daemon/inbox.h"
#include "daemon/keepalive.h"
#include "daemon/outbox.h"
#include "daemon/rights.h"
#include "daemon/service.h"
#include "wire/frame.h"

typedef struct AljConn {
    GSource source;       /* must be first; goes with the last reference */
    AljRefs refs;
    AljPeer peer;         /* fixed */

    /* Any thread. */
    AljOutbox outbox;
    atomic_bool is_woken;  /* the loop will look at this connection anyway */
    atomic_uint n_pending; /* calls that were taken and not answered */

    /* The loop thread's. */
    AljService *service; /* NULL once closed */
    int fd;
    gpointer fd_tag;
    GIOCondition watched;
    GList link_all, link_unopened; /* in the service's queues */
    bool is_open, is_readonly, is_ending; /* is_ending: close when all is sent */
    long client_uid;               /* for the log: the peer, or whom a privileged peer speaks for */
    bool is_behind;                /* what has come was not all looked at, because enough waits */
    bool has_identity;
    char *uri;                     /* the name it was opened with */
    AljInbox inbox;
    GQueue waiting;                /* of GByteArray: calls that come later, because eight are in progress */
    size_t waiting_bytes;
    unsigned n_dropped;            /* packets of no stream, in a row */
    AljKeepalive keepalive;
    gint64 heard_usec;             /* last byte received */
    gint64 sent_usec;              /* last byte sent; before the first one, when the connection was made */
    GSList *transfers;             /* of AljTransfer */
    unsigned n_transfers;
    GArray *late_finish;           /* of AljFrame: downloads that are over and may still be finished by the client */
    unsigned n_registrations;
} AljConn;

/** alj_conn_new: @take_fd: made non-blocking. Attached to the service's context and in its queues. Loop thread. */
AljConn *alj_conn_new(AljService *service, int take_fd, const AljPeer *peer, bool is_readonly);

AljConn *alj_conn_ref(AljConn *conn);
void alj_conn_unref(AljConn *conn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljConn, alj_conn_unref)

/** alj_conn_send: queues one complete frame; nothing happens on a closed connection. Any thread. */
void alj_conn_send(AljConn *conn, GByteArray *take_frame);

/** alj_conn_wake: the loop looks at the connection soon: calls that wait, transfers that ended. Any thread. */
void alj_conn_wake(AljConn *conn);

/** alj_conn_opened: the handshake is over. Loop thread. */
void alj_conn_opened(AljConn *conn);

/** alj_conn_end: reads no more and closes when everything is sent. Loop thread. */
void alj_conn_end(AljConn *conn);

/** alj_conn_close: closes now: transfers are aborted, operations cancelled, registrations dropped. Idempotent. Loop thread. */
void alj_conn_close(AljConn *conn);
