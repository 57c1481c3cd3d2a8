/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/core.h"

/**
 * AljService: serves a core to connections on one GMainContext. The daemon's main() adds listening sockets to it, the embedded
 * provider a socketpair. All calls on the context's thread, or while nobody runs it.
 */
typedef struct AljService AljService;

/** AljServiceConfig: policy of one service. Strings are borrowed during the call. */
typedef struct AljServiceConfig {
    const char *uri;         /* what CONNECT_GET_URI says for the empty name: storage:///system or storage:///session */
    bool is_privileged;      /* accepts /system, else /session (and /system of a client that named the socket) */
    const char *group;       /* (nullable) members may write */
    unsigned max_clients;    /* 0: 8192; less if the process may not have as many descriptors */
    unsigned max_clients_per_uid; /* 0: 1024; root is not counted */
} AljServiceConfig;

/** alj_service_new: @core, @context: borrowed, outlive the service. */
AljService *alj_service_new(AljCore *core, GMainContext *context, const AljServiceConfig *config);

/** alj_service_configure: takes over the policy of @config, but for uri; connections keep the rights they have. */
void alj_service_configure(AljService *service, const AljServiceConfig *config);

/** alj_service_listen: @take_fd: a listening UNIX socket; closed by the service. */
void alj_service_listen(AljService *service, int take_fd, bool is_readonly);

/** alj_service_add: one connected socket; @is_trusted: no credentials are asked for, full rights (embedded). */
void alj_service_add(AljService *service, int take_fd, bool is_readonly, bool is_trusted);

/** alj_service_stop: no new connections, running streams aborted, connections closed; then free. */
void alj_service_stop(AljService *service);
void alj_service_free(AljService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljService, alj_service_free)
