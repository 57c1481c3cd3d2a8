/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the library share: the connection behind the public handle, and the border between GError inside and
 * AljibeError outside. Not installed.
 */
#pragma once

#include <aljibe/aljibe.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/refs.h"
#include "client/event_queue.h"
#include "embed/embed.h"
#include "rpc/caller.h"
#include "rpc/server_error.h"
#include "wire/procedures.h"

/**
 * Lock order: a connection has one lock, held from the first byte of a call to the last of its reply and never while a function
 * of the program runs. Functions named …_locked want it held.
 */
struct AljibeConn {
    AljRefs refs;
    AljEmbed *embed;            /* (nullable) the engine in this process */
    char *uri;                  /* constant once open, as is the next */
    bool is_readonly;

    pthread_mutex_t lock;       /* guards all below */
    AljCaller caller;
    GHashTable *streams;        /* serial → AljInflow of a stream (borrowed) */

    GQueue events;              /* of AljEvent: came, and not yet told to anybody */
    GPtrArray *callbacks;       /* of AljCallback */
    int next_callback;
    bool is_dispatching;        /* a thread is telling events */
};

struct AljibePool {
    AljRefs refs;
    AljibeConn *conn;           /* (owned) */
    AljWirePool wire;
    char uuid[ALJ_UUID_TEXT_SIZE];
};

struct AljibeVol {
    AljRefs refs;
    AljibeConn *conn;           /* (owned) */
    AljWireVol wire;
};

struct AljibeSecret {
    AljRefs refs;
    AljibeConn *conn;           /* (owned) */
    AljWireSecret wire;
    char uuid[ALJ_UUID_TEXT_SIZE];
};

/* ---- conn.c ---- */

/**
 * alj_conn_exchange_locked:
 * @args, @ret: as for alj_caller_call()
 * Sends a call and waits for its reply for ever. Errors: as alj_caller_call(), DENIED on read-only connections.
 */
bool alj_conn_exchange_locked(AljibeConn *conn, int32_t number, const void *args, void *ret, GError **error);

/* ---- events.c ---- */

/** alj_events_dispatch: tells all queued events, unless a thread is at it already. Returns how many somebody wanted. Lock not held;
 * @conn may be gone afterwards, if a function gave up the last reference. */
int alj_events_dispatch(AljibeConn *conn);

/* ---- call.c ---- */

/** alj_conn_call: an exchange, and then the events that came meanwhile are told. Errors: as above, INVALID_ARG without @conn. */
bool alj_conn_call(AljibeConn *conn, int32_t number, const void *args, void *ret, GError **error);

/* ---- handles.c ---- */

/** alj_client_pool_new: (transfer full) a handle; takes the members of @wire and leaves it empty. */
AljibePool *alj_client_pool_new(AljibeConn *conn, AljWirePool *take_wire);

/** alj_client_vol_new, alj_client_secret_new: the same of a volume, of a secret. */
AljibeVol *alj_client_vol_new(AljibeConn *conn, AljWireVol *take_wire);
AljibeSecret *alj_client_secret_new(AljibeConn *conn, AljWireSecret *take_wire);

/* ---- old_lists.c ---- */

/**
 * alj_old_list_pools, alj_old_list_vols:
 * @flags: ALJIBE_LIST_…
 * What the calls for whole lists give, from a server without them. Errors: those of the calls; NO_SUPPORT for flags that ask for
 * types. Returns: array of AljibePool or AljibeVol, which it owns (transfer full), or NULL.
 */
GPtrArray *alj_old_list_pools(AljibeConn *conn, unsigned flags, GError **error);
GPtrArray *alj_old_list_vols(AljibePool *pool, GError **error);

/** alj_old_list_give: the handles of @take_list as the public calls return them, or only their number without @ret. -1 for NULL. */
int alj_old_list_give(GPtrArray *take_list, void ***ret);

/* ---- error.c ---- */

/** alj_client_need: INVALID_ARG "@what must not be NULL" if @argument is. */
bool alj_client_need(const void *argument, const char *what, GError **error);

/** alj_border_status: 0 if @is_ok; else -1, and *@error moves to *@ret_error. */
int alj_border_status(bool is_ok, GError **error, AljibeError **ret_error);

/** alj_border_number: @number if it is not negative; else as above. */
int alj_border_number(int number, GError **error, AljibeError **ret_error);

/** alj_border_pointer: @result if it is not NULL; else NULL and as above. */
void *alj_border_pointer(void *result, GError **error, AljibeError **ret_error);
