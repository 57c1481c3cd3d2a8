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

/* The protocol's numbers. */
enum { EVENT_LIFECYCLE, EVENT_OTHER /* refresh of a pool, value of a secret */, N_EVENTS };

static const char *const news_names[] = { [ALJ_NEWS_POOLS] = "storage pool", [ALJ_NEWS_SECRETS] = "secret" };

typedef struct Registration {
    AljConn *conn; /* borrowed: dropped before the connection goes */
    int32_t callback;
    AljNews about;
    int32_t event;
    bool has_uuid;
    AljUuid uuid;
} Registration;

static bool
wants(const Registration *entry, AljNews about, int32_t event, const AljUuid *uuid)
{
    return entry->about == about && entry->event == event && (!entry->has_uuid || alj_uuid_equal(&entry->uuid, uuid));
}

static GByteArray *
encode_secret(const AljEvent *event, int32_t callback)
{
    const AljSecretDef *def = event->secret;
    AljWireSecret secret = { def->uuid, (int32_t) def->usage, def->usage_id ? def->usage_id : (char *) "" };
    if (event->kind == ALJ_EVENT_SECRET_VALUE) {
        AljWireSecretChanged changed = { .callback = callback, .secret = secret };
        return alj_reply_event(ALJ_PROC_SECRET_EVENT_VALUE_CHANGED, alj_wire_secret_changed, &changed);
    }
    AljWireSecretLifecycle lifecycle = { .callback = callback, .secret = secret,
                                         .event = (int32_t) event->kind - ALJ_EVENT_SECRET_DEFINED };
    return alj_reply_event(ALJ_PROC_SECRET_EVENT_LIFECYCLE, alj_wire_secret_lifecycle, &lifecycle);
}

static GByteArray *
encode(const AljEvent *event, int32_t callback)
{
    AljWirePool pool = { .name = (char *) event->pool_name, .uuid = event->uuid };
    if (event->secret)
        return encode_secret(event, callback);
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
    bool is_lifecycle = event->kind != ALJ_EVENT_REFRESH && event->kind != ALJ_EVENT_SECRET_VALUE;
    AljNews about = event->secret ? ALJ_NEWS_SECRETS : ALJ_NEWS_POOLS;
    ALJ_LOCK(&service->registrations_mutex);
    for (guint i = 0; i < service->registrations->len; i++) {
        const Registration *entry = &g_array_index(service->registrations, Registration, i);
        if (wants(entry, about, is_lifecycle ? EVENT_LIFECYCLE : EVENT_OTHER, &event->uuid))
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
        if (entry->conn == wanted->conn && entry->about == wanted->about && entry->event == wanted->event &&
            entry->has_uuid == wanted->has_uuid && (!entry->has_uuid || alj_uuid_equal(&entry->uuid, &wanted->uuid)))
            return true;
    }
    return false;
}

int32_t
alj_registrations_add(AljService *service, AljConn *conn, AljNews about, int32_t event, const AljUuid *uuid, GError **error)
{
    Registration entry = { .conn = conn, .about = about, .event = event, .has_uuid = uuid != NULL };
    if (event < 0 || event >= N_EVENTS) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "unsupported %s event ID %d", news_names[about], event);
        return -1;
    }
    if (conn->n_registrations >= PER_CONNECTION_MAX) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INVALID_ARG, "more than %d event callbacks", PER_CONNECTION_MAX);
        return -1;
    }
    if (uuid)
        entry.uuid = *uuid;
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
alj_registrations_remove(AljService *service, AljConn *conn, AljNews about, int32_t callback, GError **error)
{
    ALJ_LOCK(&service->registrations_mutex);
    for (guint i = 0; i < service->registrations->len; i++) {
        const Registration *entry = &g_array_index(service->registrations, Registration, i);
        if (entry->conn == conn && entry->about == about && entry->callback == callback) {
            g_array_remove_index(service->registrations, i);
            conn->n_registrations--;
            return true;
        }
    }
    return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "%s event callback %d not registered", news_names[about],
                         callback);
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
