/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who wants to hear about which pools and secrets. Events come on any thread and are sent from there; everything else is
 * called on the loop thread.
 */
#pragma once

#include "daemon/connection.h"

/** alj_registrations_init, alj_registrations_clear: the part of @service that belongs to this file. */
void alj_registrations_init(AljService *service);
void alj_registrations_clear(AljService *service);

/** AljNews: what a registration is about. */
typedef enum AljNews { ALJ_NEWS_POOLS, ALJ_NEWS_SECRETS } AljNews;

/**
 * alj_registrations_add:
 * @event: the protocol's number: 0 lifecycle; 1 refresh of a pool, value of a secret
 * @uuid: (nullable) of the only pool or secret of interest
 * Returns: the callback's number, or -1. Errors: INTERNAL (no such event), INVALID_ARG (there already, or too many).
 */
int32_t alj_registrations_add(AljService *service, AljConn *conn, AljNews about, int32_t event, const AljUuid *uuid,
                              GError **error);

/** alj_registrations_remove: errors: INTERNAL (area RPC), not one of @conn. */
bool alj_registrations_remove(AljService *service, AljConn *conn, AljNews about, int32_t callback, GError **error);

/** alj_registrations_drop: forgets all of @conn; when it returns no event is being sent to it. */
void alj_registrations_drop(AljService *service, AljConn *conn);
