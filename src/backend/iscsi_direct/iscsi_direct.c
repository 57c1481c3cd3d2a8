/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type iscsi-direct: the units of an iSCSI target, reached by this process itself and not by the kernel. Each call has a session
 * of its own: nothing is kept that could go stale, and a server that comes back is simply there again. Runs on a pool's workers.
 */
#include "backend/iscsi_direct/lun.h"
#include "backend/iscsi_direct/portal.h"

#include <fcntl.h>
#include <string.h>

#define NAME_PREFIX "unit:0:0:"

/* ---- volumes ---- */

static uint64_t
size_of(const AljLun *lun)
{
    return lun->shape.blocks * lun->shape.block_bytes;
}

static AljVolDef *
new_vol(const AljPoolDef *pool, const AljLun *lun)
{
    const AljPoolDevice *target = pool->devices->pdata[0];
    g_autofree char *name = g_strdup_printf(NAME_PREFIX "%u", lun->number);
    g_autofree char *portal = alj_portal_text(pool->hosts->pdata[0]);
    AljVolDef *vol = alj_vol_def_new(name);
    vol->type = ALJ_VOL_NETWORK;
    vol->format = ALJ_FORMAT_RAW;
    vol->path = g_strdup_printf("ip-%s-iscsi-%s-lun-%u", portal, target->path, lun->number);
    vol->key = g_strdup(vol->path);
    vol->identity = lun->identity;
    vol->capacity_bytes = size_of(lun);
    vol->allocation_bytes = vol->physical_bytes = vol->capacity_bytes;
    return vol;
}

static bool
fail_no_vol(const char *name, GError **error)
{
    return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
}

static bool
parse_name(const char *name, unsigned *ret_lun, GError **error)
{
    guint64 lun;
    if (!g_str_has_prefix(name, NAME_PREFIX)
        || !g_ascii_string_to_unsigned(name + strlen(NAME_PREFIX), 10, 0, UINT16_MAX, &lun, NULL))
        return fail_no_vol(name, error);
    *ret_lun = (unsigned) lun;
    return true;
}

/* Logs in and looks at one volume. */
static AljIscsi *
find(AljCall *call, const AljPoolDef *pool, const char *name, AljLun *ret_lun, GError **error)
{
    g_autoptr(GError) failure = NULL;
    AljScsiKind kind = ALJ_SCSI_ABSENT;
    unsigned number;
    if (!parse_name(name, &number, error))
        return NULL;
    g_autoptr(AljIscsi) session = alj_iscsi_login(call, pool, error);
    if (!session)
        return NULL;
    bool is_told = alj_lun_look(session, number, &kind, ret_lun, &failure);
    if (is_told && kind == ALJ_SCSI_DISK)
        return g_steal_pointer(&session);
    if (is_told || alj_error_is(failure, ALJ_ERROR_NO_VOL))
        fail_no_vol(name, error);
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

static AljVolDef *
vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    AljLun lun;
    g_autoptr(AljIscsi) session = find(call, pool, name, &lun, error);
    return session ? new_vol(pool, &lun) : NULL;
}

/* The server's administrator may have put another disk behind the number, which is not what the caller means. One that says nothing
 * of itself is told by its size; one that has grown is refused for writing: whoever sent the bytes counted on the old size. */
static bool
check_same(const AljPoolDef *pool, const AljVolDef *vol, const AljLun *lun, bool is_to_write, GError **error)
{
    if (lun->identity != vol->identity)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is another disk than when pool '%s' was read; refresh the pool",
                        vol->name, pool->name);
    return !is_to_write || size_of(lun) == vol->capacity_bytes
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has not the size it had when pool '%s' was read; refresh the pool",
                    vol->name, pool->name);
}

static AljMedium *
vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    AljLun lun;
    g_autoptr(AljIscsi) session = find(call, pool, vol->name, &lun, error);
    if (!session || !check_same(pool, vol, &lun, (open_flags & O_ACCMODE) != O_RDONLY, error))
        return NULL;
    return alj_lun_open(g_steal_pointer(&session), &lun, error);
}

static AljVolDef *
vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    if (how != ALJ_WIPE_ZERO && how != ALJ_WIPE_TRIM) {
        alj_fail(error, ALJ_ERROR_INVALID_ARG, "unsupported algorithm %d", how);
        return NULL;
    }
    g_autoptr(AljMedium) medium = vol_open(call, pool, vol, O_RDWR, error);
    if (!medium)
        return NULL;
    bool is_done = how == ALJ_WIPE_TRIM ? alj_lun_discard(medium, call->task, error) : alj_lun_overwrite(medium, call->task, error);
    return is_done ? alj_vol_def_copy(vol) : NULL;
}

/* ---- the pool ---- */

/* Not about the connection: others of the target may answer. */
static bool
is_about_unit(const GError *failure)
{
    return alj_error_is(failure, ALJ_ERROR_OPERATION_FAILED) || alj_error_is(failure, ALJ_ERROR_UNSUPPORTED)
        || alj_error_is(failure, ALJ_ERROR_SYSTEM);
}

/* A disk that does not answer as it should is listed with its reason; a server that does not ends the scan. */
static bool
scan_unit(AljIscsi *session, const AljPoolDef *pool, unsigned number, AljInventory *inventory, GError **error)
{
    g_autoptr(GError) failure = NULL;
    AljScsiKind kind = ALJ_SCSI_ABSENT;
    AljLun lun = { .number = number };
    bool is_told = alj_lun_look(session, number, &kind, &lun, &failure);
    if (!is_told && !is_about_unit(failure) && !alj_error_is(failure, ALJ_ERROR_NO_VOL)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (is_told ? kind != ALJ_SCSI_DISK : !is_about_unit(failure)) /* or it went since it was reported */
        return true;
    AljVolDef *vol = new_vol(pool, &lun);
    g_ptr_array_add(inventory->vols, vol);
    inventory->live.capacity_bytes += vol->capacity_bytes;
    inventory->live.allocation_bytes += vol->allocation_bytes;
    if (!is_told) {
        vol->problem = g_strdup(failure->message);
        g_ptr_array_add(inventory->problems, g_strdup_printf("%s: %s", vol->name, failure->message));
    }
    return true;
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    g_autoptr(AljIscsi) session = alj_iscsi_login(call, pool, error);
    g_autoptr(GArray) luns = session ? alj_lun_list(session, error) : NULL;
    for (guint i = 0; luns && i < luns->len; i++)
        if (!alj_iscsi_check(session, "refresh", error)
            || !scan_unit(session, pool, g_array_index(luns, uint16_t, i), inventory, error))
            return NULL;
    return luns ? g_steal_pointer(&inventory) : NULL;
}

static GPtrArray *
sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) targets = alj_iscsi_discover(call, spec, error);
    if (!targets)
        return NULL;
    const AljPoolHost *host = spec->hosts->pdata[0];
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    for (guint i = 0; i < targets->len; i++) {
        AljPoolDef *source = alj_pool_def_new(ALJ_POOL_ISCSI_DIRECT);
        alj_pool_def_add_host(source, host->name, host->port);
        alj_pool_def_add_device(source, targets->pdata[i]);
        source->initiator = g_strdup(spec->initiator);
        g_ptr_array_add(found, source);
    }
    return found;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_ISCSI_DIRECT, .summary = "the disks of an iSCSI target, without the kernel",
                   .traits = ALJ_TRAIT_REMOTE | ALJ_TRAIT_SHARED, .scan = scan, .sources = sources,
                   .vol_probe = vol_probe, .vol_wipe = vol_wipe, .vol_open = vol_open);
