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
#include "client/link.h"
#include "embed/embed.h"
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
    AljLink link;
    uint32_t next_serial;
    struct AljPending *pending; /* (borrowed, nullable) the call that waits for its reply */
    GHashTable *streams;        /* serial → AljibeStream (borrowed) */

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

/* ---- call.c ---- */

/**
 * alj_conn_call:
 * @args, @ret: structs of the procedure's row; @ret is zeroed before and cleared by the caller with the row's table
 * Sends a call, waits for its reply, and tells the events that came meanwhile. Errors: what the server answered
 * (ALJ_SERVER_ERROR), RPC, SYSTEM, INTERNAL of the link, DENIED on read-only connections, INVALID_ARG without @conn.
 */
bool alj_conn_call(AljibeConn *conn, int32_t number, const void *args, void *ret, GError **error);

/**
 * alj_conn_exchange_locked: the same without the events. @stream: (nullable) is known by the call's serial from before the call is
 * sent, because its packets may overtake the reply. @until_usec: monotonic time, -1: for ever; the connection is unusable after
 * that has passed.
 */
bool alj_conn_exchange_locked(AljibeConn *conn, int32_t number, const void *args, void *ret, AljibeStream *stream,
                              gint64 until_usec, GError **error);

/** alj_conn_take_frame: AljLinkFunc: gives a frame to the call, stream or event queue it belongs to. @owner: AljibeConn. */
bool alj_conn_take_frame(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error);

/* ---- events.c ---- */

/** alj_events_take_locked: queues the event of @frame; what is no event of ours, or cannot be decoded, is dropped. Errors: RPC (flood). */
bool alj_events_take_locked(AljibeConn *conn, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error);

/** alj_events_dispatch: tells all queued events, unless a thread is at it already. Returns how many somebody wanted. Lock not held;
 * @conn may be gone afterwards, if a function gave up the last reference. */
int alj_events_dispatch(AljibeConn *conn);

void alj_events_init(AljibeConn *conn);
void alj_events_clear(AljibeConn *conn);

/* ---- stream.c ---- */

/** alj_stream_take_locked: @frame is for @stream. */
void alj_stream_take_locked(AljibeStream *stream, const AljFrame *frame, const uint8_t *payload, size_t size);

/** alj_stream_set_serial_locked: the call that opens @stream has this serial. */
void alj_stream_set_serial_locked(AljibeStream *stream, uint32_t serial);

/* ---- pool.c, vol.c, secret.c ---- */

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

/** ALJ_SERVER_ERROR: a GError domain: the code is the number on the wire, the message is the whole sentence. */
#define ALJ_SERVER_ERROR (alj_server_error_quark())
GQuark alj_server_error_quark(void);

/** alj_server_error_decode: an error payload as a GError. Returns: always a new error. (transfer full) */
GError *alj_server_error_decode(const uint8_t *payload, size_t size);

/** alj_client_need: INVALID_ARG "@what must not be NULL" if @argument is. */
bool alj_client_need(const void *argument, const char *what, GError **error);

/** alj_client_lacks_call: whether @error says that the server does not know the procedure. */
bool alj_client_lacks_call(const GError *error);

/** alj_border_status: 0 if @is_ok; else -1, and *@error moves to *@ret_error. */
int alj_border_status(bool is_ok, GError **error, AljibeError **ret_error);

/** alj_border_number: @number if it is not negative; else as above. */
int alj_border_number(int number, GError **error, AljibeError **ret_error);

/** alj_border_pointer: @result if it is not NULL; else NULL and as above. */
void *alj_border_pointer(void *result, GError **error, AljibeError **ret_error);
