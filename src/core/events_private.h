/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/events.h"
#include "core/core.h"

AljEvents *alj_events_new(void);
void alj_events_free(AljEvents *events);

/** alj_events_send, alj_events_send_secret: call all subscribers on this thread. With no lock of the core held. */
void alj_events_send(AljEvents *events, AljEventKind kind, const AljPool *pool);
void alj_events_send_secret(AljEvents *events, AljEventKind kind, const AljSecretDef *secret);
