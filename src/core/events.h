/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told about pools and secrets: subscribers and the kinds of news. */
#pragma once

#include "base/uuid.h"
#include "model/secret.h"

/** AljEventKind: lifecycle events carry the protocol's number, refresh is its own event. */
typedef enum AljEventKind {
    ALJ_EVENT_DEFINED,
    ALJ_EVENT_UNDEFINED,
    ALJ_EVENT_STARTED,
    ALJ_EVENT_STOPPED,
    ALJ_EVENT_CREATED,
    ALJ_EVENT_DELETED,
    ALJ_EVENT_REFRESH,
    ALJ_EVENT_SECRET_DEFINED,
    ALJ_EVENT_SECRET_UNDEFINED,
    ALJ_EVENT_SECRET_VALUE
} AljEventKind;

/** AljEvent: borrowed during the call. */
typedef struct AljEvent {
    AljEventKind kind;
    AljUuid uuid;               /* of the pool or secret */
    const char *pool_name;      /* NULL: it is about a secret */
    const AljSecretDef *secret; /* NULL: it is about a pool */
} AljEvent;

typedef struct AljEvents AljEvents;

/**
 * alj_events_subscribe:
 * @func: called on the thread that raised the event (any), with no lock of the core held; must not block
 * Returns: an id for alj_events_unsubscribe(), never 0.
 */
typedef void (*AljEventFunc)(const AljEvent *event, void *data);
unsigned alj_events_subscribe(AljEvents *events, AljEventFunc func, void *data);

/** alj_events_unsubscribe: after it returns @func is not running and is never called again. */
void alj_events_unsubscribe(AljEvents *events, unsigned id);
