/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: who wants which, and telling it. Events are queued by whoever reads the socket (intake.c) and told after the lock was
 * given up, by one thread at a time, so that functions of the program may call the library and see events in their order.
 */
#include "client/client.h"

/** AljCallback: one function of the program. */
typedef struct AljCallback {
    int id;
    int remote_id; /* the server's; shared by all callbacks with the same kind and filter */
    AljAbout about;
    int kind;
    bool for_one;  /* pool or secret */
    AljUuid uuid;
    AljibeEventFunc pool_func; /* one of the two */
    AljibeSecretEventFunc secret_func;
    void *data;
} AljCallback;

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
        if (callback->about == event->about && callback->remote_id == event->remote_id && callback->kind == event->kind)
            g_array_append_val(ids, callback->id);
    }
    return ids;
}

/** Calls the function of @callback, which is a copy. */
static void
tell(AljibeConn *conn, const AljCallback *callback, AljibePool *pool, AljibeSecret *secret, int event)
{
    if (callback->about == ALJ_ABOUT_POOLS)
        callback->pool_func(conn, pool, (AljibeEvent) event, callback->data);
    else
        callback->secret_func(conn, secret, (AljibeSecretEvent) event, callback->data);
}

/** Gives the lock up around each function. */
static int
tell_locked(AljibeConn *conn, AljEvent *event)
{
    g_autoptr(GArray) ids = interested(conn, event);
    AljibePool *pool = event->about == ALJ_ABOUT_POOLS ? alj_client_pool_new(conn, &event->pool) : NULL;
    AljibeSecret *secret = event->about == ALJ_ABOUT_SECRETS ? alj_client_secret_new(conn, &event->secret) : NULL;
    for (guint i = 0; i < ids->len; i++) {
        const AljCallback *callback = find_callback(conn, g_array_index(ids, int, i));
        if (!callback)
            continue;
        AljCallback called = *callback;
        pthread_mutex_unlock(&conn->lock);
        tell(conn, &called, pool, secret, event->event);
        pthread_mutex_lock(&conn->lock);
    }
    aljibe_pool_unref(pool); /* not the last reference to the connection: the loop below has one; nor is that of the secret */
    aljibe_secret_unref(secret);
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
            alj_event_free(event);
        }
        conn->is_dispatching = false;
    }
    pthread_mutex_unlock(&conn->lock);
    aljibe_conn_unref(conn);
    return n_told;
}

/* ---- wanting ---- */

static bool
has_same_filter(const AljCallback *a, const AljCallback *b)
{
    return a->about == b->about && a->kind == b->kind && a->for_one == b->for_one && alj_uuid_equal(&a->uuid, &b->uuid);
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

/** @args: of the call that registers @callback at the server. */
static bool
register_locked(AljibeConn *conn, AljCallback *callback, const void *args, GError **error)
{
    int32_t number = callback->about == ALJ_ABOUT_POOLS ? ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY
                                                       : ALJ_PROC_CONNECT_SECRET_EVENT_REGISTER_ANY;
    const AljCallback *partner = find_partner(conn, callback);
    AljWireI32 ret = { 0 };
    if (partner) {
        callback->remote_id = partner->remote_id;
        return true;
    }
    if (!alj_conn_exchange_locked(conn, number, args, &ret, error))
        return false;
    callback->remote_id = ret.value;
    return true;
}

static int
add_callback(AljibeConn *conn, const AljCallback *wanted, bool has_func, const void *args, GError **error)
{
    if (!alj_client_need(conn, "connection", error)
        || !(has_func || alj_fail(error, ALJ_ERROR_INVALID_ARG, "function must not be NULL")))
        return -1;
    g_autofree AljCallback *callback = g_memdup2(wanted, sizeof *wanted);
    int id = -1;
    pthread_mutex_lock(&conn->lock);
    if (register_locked(conn, callback, args, error)) {
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
    AljWireRegister args = { .event = kind, .pool = pool ? &pool->wire : NULL };
    AljCallback wanted = { .about = ALJ_ABOUT_POOLS, .kind = kind, .for_one = pool != NULL, .pool_func = func, .data = data };
    if (pool)
        wanted.uuid = pool->wire.uuid;
    return alj_border_number(add_callback(conn, &wanted, func != NULL, &args, &error), &error, ret_error);
}

int
aljibe_conn_add_secret_events(AljibeConn *conn, AljibeSecret *secret, int kind, AljibeSecretEventFunc func, void *data,
                              AljibeError **ret_error)
{
    GError *error = NULL;
    AljWireSecretRegister args = { .event = kind, .secret = secret ? &secret->wire : NULL };
    AljCallback wanted = { .about = ALJ_ABOUT_SECRETS, .kind = kind, .for_one = secret != NULL, .secret_func = func, .data = data };
    if (secret)
        wanted.uuid = secret->wire.uuid;
    return alj_border_number(add_callback(conn, &wanted, func != NULL, &args, &error), &error, ret_error);
}

static bool
remove_locked(AljibeConn *conn, int id, GError **error)
{
    AljCallback *callback = find_callback(conn, id);
    if (!callback)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "no event function has the id %d", id);
    AljWireI32 args = { callback->remote_id };
    int32_t number = callback->about == ALJ_ABOUT_POOLS ? ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY
                                                       : ALJ_PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY;
    bool is_last = !find_partner(conn, callback);
    g_ptr_array_remove(conn->callbacks, callback);
    return !is_last || alj_conn_exchange_locked(conn, number, &args, NULL, error);
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
