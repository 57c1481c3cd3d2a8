/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that have come and that nobody was told yet. Memory only; whoever owns the queue locks. */
#pragma once

#include "wire/frame.h"
#include "wire/messages.h"

/** AljAbout: what registrations and events are about; each kind of object has calls and numbers of its own. */
typedef enum AljAbout { ALJ_ABOUT_POOLS, ALJ_ABOUT_SECRETS } AljAbout;

/** AljEvent: what has come for a registration at the server. */
typedef struct AljEvent {
    int remote_id;
    AljAbout about;
    int kind, event;
    AljWirePool pool;     /* ALJ_ABOUT_POOLS */
    AljWireSecret secret; /* ALJ_ABOUT_SECRETS */
} AljEvent;

void alj_event_free(AljEvent *event);

/** alj_event_queue_take: queues the event of @frame; what is no event of ours, or cannot be decoded, is dropped. Errors: RPC (flood). */
bool alj_event_queue_take(GQueue *events, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error);

void alj_event_queue_clear(GQueue *events);
