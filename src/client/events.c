/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: who wants which, what has come, and telling it. Events are queued by whoever reads the socket and told after the lock was
 * given up, by one thread at a time, so that functions of the program may call the library and see events in their order.
 */
#include "client/client.h"

#define QUEUE_MAX 65536 /* events that wait; a server that sends more is not in order */

/** AljCallback: one function of the program. */
typedef struct AljCallback {
    int id;
    int remote_id; /* the server's; shared by all callbacks with the same kind and filter */
    int kind;
    bool for_one_pool;
    AljUuid uuid;
    AljibeEventFunc func;
    void *data;
} AljCallback;

/** AljEvent: what has come for a registration at the server. */
typedef struct AljEvent {
    int remote_id, kind;
    AljibeEvent event;
    AljWirePool pool;
} AljEvent;

static void
event_free(AljEvent *event)
{
    alj_xdr_clear(alj_wire_pool, &event->pool);
    g_free(event);
}

void
alj_events_init(AljibeConn *conn)
{
    g_queue_init(&conn->events);
    conn->callbacks = g_ptr_array_new_with_free_func(g_free);
}

void
alj_events_clear(AljibeConn *conn)
{
    g_queue_clear_full(&conn->events, (GDestroyNotify) event_free);
    g_clear_pointer(&conn->callbacks, g_ptr_array_unref);
}

static bool
decode_event(const AljFrame *frame, const uint8_t *payload, size_t size, AljEvent *ret)
{
    AljWireLifecycle lifecycle = { 0 };
    AljWireRefresh refresh = { 0 };
    if (frame->procedure == ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE
        && alj_xdr_decode(alj_wire_lifecycle, payload, size, &lifecycle, NULL)) {
        *ret = (AljEvent) { lifecycle.callback, ALJIBE_EVENTS_LIFECYCLE, (AljibeEvent) lifecycle.event, lifecycle.pool };
        return true;
    }
    if (frame->procedure == ALJ_PROC_STORAGE_POOL_EVENT_REFRESH
        && alj_xdr_decode(alj_wire_refresh, payload, size, &refresh, NULL)) {
        *ret = (AljEvent) { refresh.callback, ALJIBE_EVENTS_REFRESH, ALJIBE_EVENT_REFRESH, refresh.pool };
        return true;
    }
    return false;
}

bool
alj_events_take_locked(AljibeConn *conn, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error)
{
    AljEvent event;
    if (!decode_event(frame, payload, size, &event))
        return true;
    g_queue_push_tail(&conn->events, g_memdup2(&event, sizeof event));
    if (g_queue_get_length(&conn->events) > QUEUE_MAX)
        return alj_fail(error, ALJ_ERROR_RPC, "server sent more than %d events at once", QUEUE_MAX);
    return true;
}

/* ---- telling ---- */

static AljCallback *
find_callback(AljibeConn *conn, int id)
{
    for (guint i = 0; i < conn->callbacks->len; i++) {
        AljCallback *callback = g_ptr_array_index(conn->callbacks, i);
        if (callback->id == id)
            return callback;
    }
    return NULL;
}

/** The ids of all that want @event now. Ids and not callbacks, because a function may remove others. */
static GArray *
interested(AljibeConn *conn, const AljEvent *event)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < conn->callbacks->len; i++) {
        const AljCallback *callback = g_ptr_array_index(conn->callbacks, i);
        if (callback->remote_id == event->remote_id && callback->kind == event->kind)
            g_array_append_val(ids, callback->id);
    }
    return ids;
}

/** Gives the lock up around each function. */
static int
tell_locked(AljibeConn *conn, AljEvent *event)
{
    g_autoptr(GArray) ids = interested(conn, event);
    AljibeEvent what = event->event;
    AljibePool *pool = alj_client_pool_new(conn, &event->pool);
    for (guint i = 0; i < ids->len; i++) {
        const AljCallback *callback = find_callback(conn, g_array_index(ids, int, i));
        if (!callback)
            continue;
        AljibeEventFunc func = callback->func;
        void *data = callback->data;
        pthread_mutex_unlock(&conn->lock);
        func(conn, pool, what, data);
        pthread_mutex_lock(&conn->lock);
    }
    aljibe_pool_unref(pool); /* not the last reference to the connection: the loop below has one */
    return ids->len > 0;
}

int
alj_events_dispatch(AljibeConn *conn)
{
    int n_told = 0;
    aljibe_conn_ref(conn); /* a function may give up the last reference of the program */
    pthread_mutex_lock(&conn->lock);
    if (!conn->is_dispatching) {
        AljEvent *event;
        conn->is_dispatching = true;
        while ((event = g_queue_pop_head(&conn->events))) {
            n_told += tell_locked(conn, event);
            event_free(event);
        }
        conn->is_dispatching = false;
    }
    pthread_mutex_unlock(&conn->lock);
    aljibe_conn_unref(conn);
    return n_told;
}

/* ---- wanting ---- */

static AljCallback *
callback_new(AljibePool *pool, int kind, AljibeEventFunc func, void *data)
{
    AljCallback *callback = g_new(AljCallback, 1);
    *callback = (AljCallback) {
        .kind = kind,
        .for_one_pool = pool != NULL,
        .func = func,
        .data = data,
    };
    if (pool)
        callback->uuid = pool->wire.uuid;
    return callback;
}

static bool
has_same_filter(const AljCallback *a, const AljCallback *b)
{
    return a->kind == b->kind && a->for_one_pool == b->for_one_pool && alj_uuid_equal(&a->uuid, &b->uuid);
}

/** Another one whose registration at the server serves @callback too: libvirtd refuses the same registration twice. */
static const AljCallback *
find_partner(AljibeConn *conn, const AljCallback *callback)
{
    for (guint i = 0; i < conn->callbacks->len; i++) {
        const AljCallback *other = g_ptr_array_index(conn->callbacks, i);
        if (other != callback && has_same_filter(other, callback))
            return other;
    }
    return NULL;
}

static bool
register_locked(AljibeConn *conn, AljCallback *callback, AljibePool *pool, GError **error)
{
    const AljCallback *partner = find_partner(conn, callback);
    AljWireI32 ret = { 0 };
    if (partner) {
        callback->remote_id = partner->remote_id;
        return true;
    }
    AljWireRegister args = { .event = callback->kind, .pool = pool ? &pool->wire : NULL };
    if (!alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY, &args, &ret, NULL, -1, error))
        return false;
    callback->remote_id = ret.value;
    return true;
}

static int
add_events(AljibeConn *conn, AljibePool *pool, int kind, AljibeEventFunc func, void *data, GError **error)
{
    if (!alj_client_need(conn, "connection", error) || !alj_client_need((const void *) func, "function", error))
        return -1;
    g_autofree AljCallback *callback = callback_new(pool, kind, func, data);
    int id = -1;
    pthread_mutex_lock(&conn->lock);
    if (register_locked(conn, callback, pool, error)) {
        id = callback->id = conn->next_callback++;
        g_ptr_array_add(conn->callbacks, g_steal_pointer(&callback));
    }
    pthread_mutex_unlock(&conn->lock);
    alj_events_dispatch(conn);
    return id;
}

int
aljibe_conn_add_events(AljibeConn *conn, AljibePool *pool, int kind, AljibeEventFunc func, void *data,
                       AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_number(add_events(conn, pool, kind, func, data, &error), &error, ret_error);
}

static bool
remove_locked(AljibeConn *conn, int id, GError **error)
{
    AljCallback *callback = find_callback(conn, id);
    if (!callback)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "no event function has the id %d", id);
    AljWireI32 args = { callback->remote_id };
    bool is_last = !find_partner(conn, callback);
    g_ptr_array_remove(conn->callbacks, callback);
    return !is_last
           || alj_conn_exchange_locked(conn, ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY, &args, NULL, NULL, -1,
                                       error);
}

static bool
remove_events(AljibeConn *conn, int id, GError **error)
{
    if (!alj_client_need(conn, "connection", error))
        return false;
    pthread_mutex_lock(&conn->lock);
    bool is_ok = remove_locked(conn, id, error);
    pthread_mutex_unlock(&conn->lock);
    alj_events_dispatch(conn);
    return is_ok;
}

int
aljibe_conn_remove_events(AljibeConn *conn, int id, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_status(remove_events(conn, id, &error), &error, ret_error);
}
