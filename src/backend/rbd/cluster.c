/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logging in to a Ceph cluster. A monitor that is not there and a key that is wrong look the same to the library: it waits until
 * client_mount_timeout and says ETIMEDOUT, so the message names both. The key goes from the store of secrets into the library and
 * nowhere else. Runs on a pool's workers; the end on a thread nobody waits for.
 */
#include "backend/rbd/cluster.h"

#include "backend/rbd/options.h"
#include "backend/rbd/purge.h"
#include "base/sealed.h"

#include <errno.h>
#include <string.h>

#define KIB 1024

static bool
set(rados_t cluster, const char *name, const char *value, GError **error)
{
    return rados_conf_set(cluster, name, value) == 0
        || alj_fail(error, ALJ_ERROR_INTERNAL, "failed to set RADOS option: %s", name);
}

static bool
set_key(AljCall *call, const AljPoolDef *pool, rados_t cluster, GError **error)
{
    if (!pool->auth)
        return true;
    g_autoptr(GBytes) secret = call->get_auth_secret(call, pool->auth, error);
    if (!secret)
        return false;
    char *key = g_base64_encode(g_bytes_get_data(secret, NULL), g_bytes_get_size(secret));
    bool is_set = set(cluster, "key", key, error);
    alj_wipe_text(key);
    return is_set;
}

static bool
set_all(AljCall *call, const AljPoolDef *pool, rados_t cluster, GError **error)
{
    g_autoptr(GPtrArray) settings = alj_rbd_settings(pool, error);
    for (guint i = 0; settings && i < settings->len; i++) {
        const AljPoolOption *option = g_ptr_array_index(settings, i);
        if (!set(cluster, option->name, option->value, error))
            return false;
    }
    return settings && set_key(call, pool, cluster, error);
}

/* Why it may be, as far as the library tells. */
static char *
explain(const AljPoolDef *pool, int r)
{
    if (!pool->auth)
        return g_strdup(r == -EACCES ? " (the cluster asks for a login, and the pool has no <auth>)" : "");
    if (r == -ETIMEDOUT)
        return g_strdup_printf(" (nobody answers there, or user '%s' or its key is wrong)", pool->auth->username);
    return r == -EACCES ? g_strdup_printf(" (user '%s' or its key is wrong)", pool->auth->username) : g_strdup("");
}

static bool
log_in(AljCall *call, const AljPoolDef *pool, rados_t cluster, GError **error)
{
    int r = alj_rbd_gate(call, "connect to the cluster") ?: rados_connect(cluster);
    if (r == 0)
        return true;
    g_autofree char *monitors = alj_rbd_monitors(pool, NULL), *reason = explain(pool, r);
    return alj_fail_errno(error, -r, "failed to connect to the RADOS monitor on: %s%s", monitors, reason);
}

static bool
enter(AljCall *call, const AljRbdPlace *place, AljRbd *rbd, GError **error)
{
    bool exists = true;
    int r = alj_rbd_gate(call, "open the pool") ?: rados_ioctx_create(rbd->cluster, place->pool, &rbd->io);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to create the RBD IoCTX. Does the pool '%s' exist?", place->pool);
    if (!*place->name_space)
        return true;
    r = alj_rbd_gate(call, "find the namespace") ?: rbd_namespace_exists(rbd->io, place->name_space, &exists);
    if (r < 0 || !exists)
        return alj_fail_errno(error, r < 0 ? -r : ENOENT, "failed to open namespace '%s' of the pool '%s'", place->name_space,
                              place->pool);
    rados_ioctx_set_namespace(rbd->io, place->name_space);
    return true;
}

void *
alj_rbd_connect(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_auto(AljRbdPlace) place = { 0 };
    if (!alj_rbd_place(pool, &place, error))
        return NULL;
    AljRbd *rbd = g_new0(AljRbd, 1);
    rbd->purger = alj_rbd_purger_new();
    int r = alj_rbd_gate(call, "make a client") ?: rados_create(&rbd->cluster, pool->auth ? pool->auth->username : NULL);
    if (r < 0)
        alj_fail_errno(error, -r, "failed to initialize RADOS");
    else if (set_all(call, pool, rbd->cluster, error) && log_in(call, pool, rbd->cluster, error)
             && enter(call, &place, rbd, error))
        return rbd;
    alj_rbd_disconnect(rbd);
    return NULL;
}

void
alj_rbd_disconnect(void *connection)
{
    AljRbd *rbd = connection;
    alj_rbd_purger_free(rbd->purger);
    if (rbd->io)
        rados_ioctx_destroy(rbd->io);
    if (rbd->cluster)
        rados_shutdown(rbd->cluster);
    g_free(rbd);
}

bool
alj_rbd_live(AljCall *call, const AljPoolDef *pool, AljPoolLive *ret, GError **error)
{
    struct rados_cluster_stat_t cluster;
    struct rados_pool_stat_t mine;
    AljRbd *rbd = alj_rbd_get(call, pool, error);
    if (!rbd)
        return false;
    int r = alj_rbd_gate(call, "stat the cluster") ?: rados_cluster_stat(rbd->cluster, &cluster);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to stat the RADOS cluster");
    r = alj_rbd_gate(call, "stat the pool") ?: rados_ioctx_pool_stat(rbd->io, &mine);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to stat the RADOS pool '%s'", pool->source_name);
    ret->capacity_bytes = cluster.kb * KIB;
    ret->available_bytes = cluster.kb_avail * KIB;
    ret->allocation_bytes = mine.num_bytes;
    return true;
}
