/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The set of connections that one core is served to, and the limits on it. Owns listeners and connections; all of it on the
 * thread of the context. A full house never keeps a newcomer out while somebody sits there who has not even said hello.
 */
#include "daemon/service.h"

#include "base/log.h"
#include "daemon/registrations.h"
#include "daemon/service_private.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#define CLIENTS_DEFAULT         8192
#define CLIENTS_PER_UID_DEFAULT 1024
#define CLIENTS_LEAST           16
#define UNOPENED_MAX            256
#define RESERVED_DESCRIPTORS    256 /* for pools and tools */

/* As many connections as wanted, and as this process may have descriptors for. */
static unsigned
affordable(unsigned wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    rlim_t free_descriptors = limit.rlim_cur > RESERVED_DESCRIPTORS ? limit.rlim_cur - RESERVED_DESCRIPTORS : 0;
    return (unsigned) MIN((rlim_t) wanted, MAX(free_descriptors, CLIENTS_LEAST));
}

void
alj_service_configure(AljService *service, const AljServiceConfig *config)
{
    g_autoptr(GError) error = NULL;
    AljLogFields about = ALJ_LOG_NONE;
    service->max_clients = affordable(config->max_clients ? config->max_clients : CLIENTS_DEFAULT);
    service->max_clients_per_uid = config->max_clients_per_uid ? config->max_clients_per_uid : CLIENTS_PER_UID_DEFAULT;
    if (!alj_policy_init(&service->policy, config->group, &error))
        alj_log(G_LOG_LEVEL_WARNING, &about, "%s: only root and the daemon's own user may write", error->message);
}

AljService *
alj_service_new(AljCore *core, GMainContext *context, const AljServiceConfig *config)
{
    AljService *service = g_new0(AljService, 1);
    service->core = core;
    service->context = context;
    service->uri = g_strdup(config->uri);
    service->is_privileged = config->is_privileged;
    service->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    service->per_uid = g_hash_table_new(NULL, NULL);
    alj_service_configure(service, config);
    alj_registrations_init(service);
    return service;
}

/* @uid -1: of anybody. */
static bool
close_oldest_unopened(AljService *service, long uid)
{
    for (GList *item = service->unopened.head; item; item = item->next) {
        AljConn *conn = item->data;
        if (uid < 0 || conn->peer.uid == uid) {
            alj_conn_close(conn);
            return true;
        }
    }
    return false;
}

bool
alj_service_admit(AljService *service, long uid)
{
    if (service->unopened.length >= UNOPENED_MAX)
        (void) close_oldest_unopened(service, -1);
    if (uid > 0 && alj_service_count(service, uid) >= service->max_clients_per_uid && !close_oldest_unopened(service, uid))
        return false;
    return service->clients.length < service->max_clients || close_oldest_unopened(service, -1);
}

void
alj_service_add(AljService *service, int take_fd, bool is_readonly, bool is_trusted)
{
    AljPeer peer = { .uid = -1, .pid = -1, .role = ALJ_ROLE_WRITER };
    if (!is_trusted)
        alj_policy_peer(&service->policy, take_fd, is_readonly, &peer);
    if (!is_trusted && !alj_service_admit(service, peer.uid)) {
        close(take_fd);
        return;
    }
    (void) alj_conn_new(service, take_fd, &peer, is_readonly); /* the service's queues know it */
}

void
alj_service_stop(AljService *service)
{
    if (service->is_stopped)
        return;
    service->is_stopped = true;
    for (GSList *item = service->listeners; item; item = item->next)
        g_source_destroy(item->data);
    g_clear_slist(&service->listeners, (GDestroyNotify) g_source_unref);
    while (!g_queue_is_empty(&service->clients))
        alj_conn_close(g_queue_peek_head(&service->clients));
    alj_registrations_clear(service);
}

void
alj_service_free(AljService *service)
{
    if (!service)
        return;
    alj_service_stop(service);
    if (service->spare_fd >= 0)
        close(service->spare_fd);
    g_hash_table_unref(service->per_uid);
    g_free(service->uri);
    g_free(service);
}
