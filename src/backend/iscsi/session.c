/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which session is a pool's. Only sysfs is read: a dead target holds nobody up. Runs on a pool's workers. */
#include "backend/iscsi/session.h"

#include "backend/iscsi/iscsiadm_parse.h"

#include <string.h>

#define OWN_PREFIX "aljibe-"

/* ---- the definition ---- */

void
alj_iscsi_pool_clear(AljIscsiPool *pool)
{
    g_clear_pointer(&pool->interface, g_free);
}

static const char *
target_of(const AljPoolDef *def)
{
    const AljPoolDevice *device = def->devices->len == 1 ? g_ptr_array_index(def->devices, 0) : NULL;
    return device ? device->path : NULL;
}

bool
alj_iscsi_pool_read(const AljPoolDef *def, AljIscsiPool *ret, GError **error)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    *ret = (AljIscsiPool){ .def = def, .target = target_of(def), .initiator = def->initiator };
    if (!ret->target)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "missing source device");
    if (!alj_iscsi_is_name(ret->target))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of an iSCSI target", ret->target);
    if (ret->initiator && !alj_iscsi_is_name(ret->initiator))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of an iSCSI initiator", ret->initiator);
    ret->interface = g_strconcat(OWN_PREFIX, alj_uuid_format(&def->uuid, uuid), NULL);
    return true;
}

char *
alj_iscsi_portal(const AljPoolHost *host, GError **error)
{
    unsigned port = host->port ? host->port : ALJ_ISCSI_PORT;
    size_t good = strspn(host->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_%-");
    if (good != strlen(host->name) || (!g_ascii_isalnum(*host->name) && *host->name != ':')) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of a host", host->name);
        return NULL;
    }
    return g_strdup_printf(strchr(host->name, ':') ? "[%s]:%u" : "%s:%u", host->name, port);
}

/* ---- sessions ---- */

bool
alj_iscsi_is_own(const AljIscsiPool *pool, const AljIscsiSession *session)
{
    return g_strcmp0(session->interface, pool->interface) == 0;
}

static bool
is_over_portal(const AljPoolDef *def, const AljIscsiSession *session)
{
    for (guint i = 0; i < def->hosts->len; i++) {
        const AljPoolHost *host = g_ptr_array_index(def->hosts, i);
        if (g_strcmp0(host->name, session->address) == 0 && (host->port ? host->port : ALJ_ISCSI_PORT) == session->port)
            return true;
    }
    return false;
}

/* How well a session fits; 0: not at all. One of another pool never does: it goes when that pool stops. */
static int
rank(const AljIscsiPool *pool, const AljIscsiSession *session)
{
    if (strcmp(session->target, pool->target) != 0)
        return 0;
    if (alj_iscsi_is_own(pool, session))
        return 8;
    if ((session->interface && g_str_has_prefix(session->interface, OWN_PREFIX))
        || (pool->initiator && g_strcmp0(session->initiator, pool->initiator) != 0))
        return 0;
    return 1 + (alj_iscsi_session_is_up(session) ? 4 : 0) + (is_over_portal(pool->def, session) ? 2 : 0);
}

AljIscsiSession *
alj_iscsi_find_session(AljCall *call, const AljIscsiPool *pool)
{
    g_autoptr(GPtrArray) sessions = alj_iscsi_sessions(call->host);
    guint best = 0;
    int best_rank = 0;
    for (guint i = 0; i < sessions->len; i++) {
        int its_rank = rank(pool, g_ptr_array_index(sessions, i));
        if (its_rank <= best_rank)
            continue;
        best = i;
        best_rank = its_rank;
    }
    return best_rank > 0 ? g_ptr_array_steal_index(sessions, best) : NULL;
}
