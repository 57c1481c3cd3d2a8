/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share about a service. All of it belongs to the loop thread, but for the registrations. */
#pragma once

#include "core/core.h"
#include "daemon/connection.h"

#include <pthread.h>

struct AljService {
    AljCore *core; /* borrowed */
    GMainContext *context;
    AljPolicy policy;
    char *uri;
    bool is_privileged, is_stopped;
    unsigned max_clients, max_clients_per_uid;
    GSList *listeners;     /* of GSource */
    int spare_fd;          /* given up for a moment when descriptors run out */
    GQueue clients;        /* of AljConn, oldest first */
    GQueue unopened;       /* those of them that have not opened yet, oldest first */
    GHashTable *per_uid;   /* uid → number of connections */
    unsigned n_transfers;

    pthread_mutex_t registrations_mutex;
    GArray *registrations; /* of Registration (registrations.c); under the mutex */
    int32_t next_callback; /* under the mutex */
    unsigned subscription;
};

/** alj_service_admit: makes room for one more connection of @uid by closing one that never opened. Returns: false if there is no room. */
bool alj_service_admit(AljService *service, long uid);

/** alj_service_count: connections of @uid. */
unsigned alj_service_count(const AljService *service, long uid);

/** alj_service_joined, alj_service_left: keep the queues and counts for @conn. */
void alj_service_joined(AljService *service, AljConn *conn);
void alj_service_left(AljService *service, AljConn *conn);
