/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Event registrations of all connections in one table. An event is encoded and queued by the thread that raised it, so that it
 * stands in a client's queue before the reply to the call that caused it. Lock order: this table, then an outbox.
 */
#include "daemon/registrations.h"

#include "base/guard.h"
#include "core/events.h"
#include "daemon/reply.h"
#include "daemon/service_private.h"

#define PER_CONNECTION_MAX 64

enum { EVENT_LIFECYCLE, EVENT_REFRESH, N_EVENTS };

typedef struct Registration {
    AljConn *conn; /* borrowed: dropped before the connection goes */
    int32_t callback;
    int32_t event;
    bool has_pool;
    AljUuid pool;
} Registration;

static bool
wants(const Registration *entry, int32_t event, const AljUuid *pool)
{
    return entry->event == event && (!entry->has_pool || alj_uuid_equal(&entry->pool, pool));
}

static GByteArray *
encode(const AljEvent *event, int32_t callback)
{
    AljWirePool pool = { .name = (char *) event->pool_name, .uuid = event->pool_uuid };
    if (event->kind == ALJ_EVENT_REFRESH) {
        AljWireRefresh refresh = { .callback = callback, .pool = pool };
        return alj_reply_event(ALJ_PROC_STORAGE_POOL_EVENT_REFRESH, alj_wire_refresh, &refresh);
    }
    AljWireLifecycle lifecycle = { .callback = callback, .pool = pool, .event = (int32_t) event->kind };
    return alj_reply_event(ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE, alj_wire_lifecycle, &lifecycle);
}

static void
on_event(const AljEvent *event, void *data)
{
    AljService *service = data;
    int32_t number = event->kind == ALJ_EVENT_REFRESH ? EVENT_REFRESH : EVENT_LIFECYCLE;
    ALJ_LOCK(&service->registrations_mutex);
    for (guint i = 0; i < service->registrations->len; i++) {
        const Registration *entry = &g_array_index(service->registrations, Registration, i);
        if (wants(entry, number, &event->pool_uuid))
            alj_conn_send(entry->conn, encode(event, entry->callback));
    }
}

void
alj_registrations_init(AljService *service)
{
    pthread_mutex_init(&service->registrations_mutex, NULL);
    service->registrations = g_array_new(false, false, sizeof(Registration));
    service->subscription = alj_events_subscribe(alj_core_events(service->core), on_event, service);
}

void
alj_registrations_clear(AljService *service)
{
    alj_events_unsubscribe(alj_core_events(service->core), service->subscription);
    g_array_unref(service->registrations);
    pthread_mutex_destroy(&service->registrations_mutex);
}

static bool
is_there(AljService *service, const Registration *wanted)
{
    for (guint i = 0; i < service->registrations->len; i++) {
        const Registration *entry = &g_array_index(service->registrations, Registration, i);
        if (entry->conn == wanted->conn && entry->event == wanted->event && entry->has_pool == wanted->has_pool &&
            (!entry->has_pool || alj_uuid_equal(&entry->pool, &wanted->pool)))
            return true;
    }
    return false;
}

int32_t
alj_registrations_add(AljService *service, AljConn *conn, int32_t event, const AljUuid *pool, GError **error)
{
    Registration entry = { .conn = conn, .event = event, .has_pool = pool != NULL };
    if (event < 0 || event >= N_EVENTS) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "unsupported storage pool event ID %d", event);
        return -1;
    }
    if (conn->n_registrations >= PER_CONNECTION_MAX) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INVALID_ARG, "more than %d event callbacks", PER_CONNECTION_MAX);
        return -1;
    }
    if (pool)
        entry.pool = *pool;
    ALJ_LOCK(&service->registrations_mutex);
    if (is_there(service, &entry)) {
        alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_INVALID_ARG, "event callback already tracked");
        return -1;
    }
    entry.callback = service->next_callback;
    service->next_callback = service->next_callback == G_MAXINT32 ? 0 : service->next_callback + 1;
    g_array_append_val(service->registrations, entry);
    conn->n_registrations++;
    return entry.callback;
}

bool
alj_registrations_remove(AljService *service, AljConn *conn, int32_t callback, GError **error)
{
    ALJ_LOCK(&service->registrations_mutex);
    for (guint i = 0; i < service->registrations->len; i++) {
        const Registration *entry = &g_array_index(service->registrations, Registration, i);
        if (entry->conn == conn && entry->callback == callback) {
            g_array_remove_index(service->registrations, i);
            conn->n_registrations--;
            return true;
        }
    }
    return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "storage pool event callback %d not registered", callback);
}

void
alj_registrations_drop(AljService *service, AljConn *conn)
{
    ALJ_LOCK(&service->registrations_mutex);
    for (guint i = service->registrations->len; i > 0; i--) {
        if (g_array_index(service->registrations, Registration, i - 1).conn == conn)
            g_array_remove_index(service->registrations, i - 1);
    }
    conn->n_registrations = 0;
}
