/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events between the socket and the program: takes frames apart and keeps them in their order. Owns nothing; no thread of its own. */
#include "client/event_queue.h"

#include <aljibe/aljibe.h>

#include "base/error.h"
#include "wire/procedures.h"

#define QUEUE_MAX 65536 /* events that wait; a server that sends more is not in order */

void
alj_event_free(AljEvent *event)
{
    alj_xdr_clear(alj_wire_pool, &event->pool);
    alj_xdr_clear(alj_wire_secret, &event->secret);
    g_free(event);
}

static bool
decode_pool_event(const AljFrame *frame, const uint8_t *payload, size_t size, AljEvent *ret)
{
    AljWireLifecycle lifecycle = { 0 };
    AljWireRefresh refresh = { 0 };
    if (frame->procedure == ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE
        && alj_xdr_decode(alj_wire_lifecycle, payload, size, &lifecycle, NULL)) {
        *ret = (AljEvent) { .remote_id = lifecycle.callback, .about = ALJ_ABOUT_POOLS, .kind = ALJIBE_EVENTS_LIFECYCLE,
                            .event = lifecycle.event, .pool = lifecycle.pool };
        return true;
    }
    if (frame->procedure == ALJ_PROC_STORAGE_POOL_EVENT_REFRESH
        && alj_xdr_decode(alj_wire_refresh, payload, size, &refresh, NULL)) {
        *ret = (AljEvent) { .remote_id = refresh.callback, .about = ALJ_ABOUT_POOLS, .kind = ALJIBE_EVENTS_REFRESH,
                            .event = ALJIBE_EVENT_REFRESH, .pool = refresh.pool };
        return true;
    }
    return false;
}

static bool
decode_secret_event(const AljFrame *frame, const uint8_t *payload, size_t size, AljEvent *ret)
{
    AljWireSecretLifecycle lifecycle = { 0 };
    AljWireSecretChanged changed = { 0 };
    if (frame->procedure == ALJ_PROC_SECRET_EVENT_LIFECYCLE
        && alj_xdr_decode(alj_wire_secret_lifecycle, payload, size, &lifecycle, NULL)) {
        *ret = (AljEvent) { .remote_id = lifecycle.callback, .about = ALJ_ABOUT_SECRETS, .kind = ALJIBE_SECRET_EVENTS_LIFECYCLE,
                            .event = lifecycle.event, .secret = lifecycle.secret };
        return true;
    }
    if (frame->procedure == ALJ_PROC_SECRET_EVENT_VALUE_CHANGED
        && alj_xdr_decode(alj_wire_secret_changed, payload, size, &changed, NULL)) {
        *ret = (AljEvent) { .remote_id = changed.callback, .about = ALJ_ABOUT_SECRETS, .kind = ALJIBE_SECRET_EVENTS_VALUE,
                            .event = ALJIBE_SECRET_EVENT_VALUE_CHANGED, .secret = changed.secret };
        return true;
    }
    return false;
}

bool
alj_event_queue_take(GQueue *events, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error)
{
    AljEvent event;
    if (!decode_pool_event(frame, payload, size, &event) && !decode_secret_event(frame, payload, size, &event))
        return true;
    g_queue_push_tail(events, g_memdup2(&event, sizeof event));
    if (g_queue_get_length(events) > QUEUE_MAX)
        return alj_fail(error, ALJ_ERROR_RPC, "server sent more than %d events at once", QUEUE_MAX);
    return true;
}

void
alj_event_queue_clear(GQueue *events)
{
    g_queue_clear_full(events, (GDestroyNotify) alj_event_free);
}
