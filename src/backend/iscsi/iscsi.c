/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type iscsi: a session with a target by open-iscsi, whose units are disks of this host. Volumes are luns/; logging in is
 * login.c. A target may be gone at any time: only what needs its answer waits for it, and is refused while the session is broken.
 * Runs on a pool's workers.
 */
#include "backend/blocks/blocks.h"
#include "backend/iscsi/iscsiadm_parse.h"
#include "backend/iscsi/iscsiadm_run.h"
#include "backend/iscsi/session.h"
#include "backend/luns/luns.h"

static const AljTool tools[] = { { "iscsiadm", "open-iscsi", "sessions with targets" }, ALJ_BLOCK_TOOLS, { 0 } };

/* ---- start, stop ---- */

static bool
pool_start(AljCall *call, const AljPoolDef *def, GError **error)
{
    g_auto(AljIscsiPool) pool = { 0 };
    if (!alj_iscsi_pool_read(def, &pool, error))
        return false;
    g_autoptr(AljIscsiSession) session = alj_iscsi_find_session(call, &pool);
    if (session && alj_iscsi_session_is_up(session))
        return true;
    return alj_iscsi_logout(call, &pool, error) /* a broken one of our own */
        && alj_iscsi_login(call, &pool, error);
}

/* A session that was there before the pool is not ours to end. */
static bool
pool_stop(AljCall *call, const AljPoolDef *def, GError **error)
{
    g_auto(AljIscsiPool) pool = { 0 };
    if (!alj_iscsi_pool_read(def, &pool, error))
        return false;
    g_autoptr(AljIscsiSession) session = alj_iscsi_find_session(call, &pool);
    AljLunHost lun_host = { .number = session ? session->host_number : 0 };
    if (session && alj_iscsi_is_own(&pool, session) && !alj_luns_check_free(call, &lun_host, error))
        return false;
    return alj_iscsi_logout(call, &pool, error);
}

/* Where there is no session there is nothing a pool may leave behind: what a crash did leave goes now. */
static bool
pool_probe(AljCall *call, const AljPoolDef *def, bool *ret_active, GError **error)
{
    g_auto(AljIscsiPool) pool = { 0 };
    if (!alj_iscsi_pool_read(def, &pool, error))
        return false;
    g_autoptr(AljIscsiSession) session = alj_iscsi_find_session(call, &pool);
    *ret_active = session != NULL;
    return session || alj_iscsi_clean_up(call, &pool, error);
}

/* ---- scan ---- */

/* The session, if its target answers. */
static AljIscsiSession *
need_session(AljCall *call, const AljIscsiPool *pool, GError **error)
{
    g_autoptr(AljIscsiSession) session = alj_iscsi_find_session(call, pool);
    if (!session)
        alj_fail(error, ALJ_ERROR_BAD_STATE, "there is no session with target '%s' any more; destroy and start the pool", pool->target);
    else if (!alj_iscsi_session_is_up(session))
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "target '%s' at %s:%u does not answer; its session is in state %s", pool->target,
                 session->address, session->port, session->state);
    else
        return g_steal_pointer(&session);
    return NULL;
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *def, const AljInventory *old, GError **error)
{
    g_auto(AljIscsiPool) pool = { 0 };
    g_autoptr(AljIscsiSession) session = NULL;
    if (!alj_iscsi_pool_read(def, &pool, error) || !(session = need_session(call, &pool, error))
        || !alj_iscsiadm_rescan(call, session->id, error))
        return NULL;
    AljLunHost lun_host = { .number = session->host_number };
    AljInventory *inventory = alj_luns_scan(call, def, &lun_host, error);
    if (!inventory)
        return NULL;
    inventory->live.default_port = ALJ_ISCSI_PORT;
    if (!alj_iscsi_is_own(&pool, session))
        g_ptr_array_add(inventory->problems, g_strdup_printf("session %u with target '%s' was there before the pool, by interface "
                                                             "'%s': it stays when the pool stops", session->id, pool.target,
                                                             session->interface));
    return inventory;
}

/* ---- discovery ---- */

static AljPoolDef *
source_of(const AljPoolHost *host, const char *initiator, const char *target)
{
    AljPoolDef *source = alj_pool_def_new(ALJ_POOL_ISCSI);
    alj_pool_def_add_host(source, host->name, host->port ? host->port : ALJ_ISCSI_PORT);
    alj_pool_def_add_device(source, target);
    source->initiator = g_strdup(initiator);
    return source;
}

static bool
find_interface(AljCall *call, const char *initiator, char **ret, GError **error)
{
    g_autofree char *output = initiator ? alj_iscsiadm_interfaces(call, error) : NULL;
    *ret = output ? alj_iscsiadm_parse_interface(output, initiator) : NULL;
    if (!initiator || *ret)
        return true;
    return output && alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "no iSCSI interface defined for IQN %s", initiator);
}

static GPtrArray *
sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    const AljPoolHost *host = g_ptr_array_index(spec->hosts, 0); /* the one that was asked for */
    g_autofree char *interface = NULL, *portal = alj_iscsi_portal(host, error);
    if (!portal || !find_interface(call, spec->initiator, &interface, error))
        return NULL;
    g_autofree char *output = alj_iscsiadm_discover(call, portal, interface, error);
    if (!output)
        return NULL;
    g_autoptr(GPtrArray) targets = alj_iscsiadm_parse_targets(output);
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    for (guint i = 0; i < targets->len; i++)
        g_ptr_array_add(found, source_of(host, spec->initiator, g_ptr_array_index(targets, i)));
    return found;
}

/* ---- volumes ---- */

static bool
find_host(AljCall *call, const AljPoolDef *def, AljLunHost *ret, GError **error)
{
    g_auto(AljIscsiPool) pool = { 0 };
    g_autoptr(AljIscsiSession) session = alj_iscsi_pool_read(def, &pool, error) ? need_session(call, &pool, error) : NULL;
    *ret = (AljLunHost){ .number = session ? session->host_number : 0 };
    return session != NULL;
}

static AljVolDef *
vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    AljLunHost lun_host;
    return find_host(call, pool, &lun_host, error) ? alj_luns_vol_probe(call, pool, &lun_host, name, error) : NULL;
}

static bool
vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    AljLunHost lun_host;
    return find_host(call, pool, &lun_host, error) && alj_luns_vol_stat(call, &lun_host, vol, ret, error);
}

static AljMedium *
vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    AljLunHost lun_host;
    return find_host(call, pool, &lun_host, error) ? alj_luns_vol_open(call, &lun_host, vol, open_flags, error) : NULL;
}

static AljVolDef *
vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    AljLunHost lun_host;
    return find_host(call, pool, &lun_host, error) ? alj_luns_vol_wipe(call, pool, &lun_host, vol, how, error) : NULL;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_ISCSI, .summary = "disks of an iSCSI target, by open-iscsi", .traits = ALJ_TRAIT_REMOTE | ALJ_TRAIT_SHARED,
                   .tools = tools, .scan = scan, .pool_probe = pool_probe, .pool_start = pool_start, .pool_stop = pool_stop, .sources = sources,
                   .vol_probe = vol_probe, .vol_stat = vol_stat, .vol_open = vol_open, .vol_wipe = vol_wipe);
