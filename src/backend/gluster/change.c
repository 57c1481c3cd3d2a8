/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of existing volumes of gluster pools: size, bytes, their end. Runs on a pool's workers. */
#include "backend/gluster/medium.h"
#include "backend/gluster/volume.h"

#include "backend/files/files.h"
#include "backend/wipe.h"
#include "base/task.h"
#include "host/host.h"

#include <errno.h>

/* In clients' words where the system said why; other reasons speak for themselves. */
static void
fail_open(GError *take_failure, const char *trouble, const AljVolDef *vol, GError **error)
{
    int os_errno = alj_error_errno(take_failure);
    if (os_errno == 0) {
        g_propagate_error(error, take_failure);
        return;
    }
    alj_fail_errno(error, os_errno, "%s '%s'", trouble, vol->path);
    g_error_free(take_failure);
}

static AljMedium *
open_bytes(const AljGlusterPlace *place, const AljVolDef *vol, int flags, const char *trouble, GError **error)
{
    g_auto(AljGlusterEntry) entry = { 0 };
    GError *failure = NULL;
    AljMedium *medium = NULL;
    if (alj_gluster_entry_look(place, vol->name, &entry, &failure))
        medium = alj_gluster_entry_open(place, &entry, vol->name, flags, &failure);
    if (!medium)
        fail_open(failure, trouble, vol, error);
    return medium;
}

AljMedium *
alj_gluster_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    return alj_gluster_place_open(&place, call, pool, error)
        ? open_bytes(&place, vol, open_flags, "Unable to open stream for", error) : NULL;
}

/* ---- resize ---- */

static bool
check_room(const AljGlusterPlace *place, const AljVolDef *now, uint64_t bytes, GError **error)
{
    uint64_t capacity_bytes, available_bytes;
    if (!alj_gluster_place_space(place, &capacity_bytes, &available_bytes, error))
        return false;
    return bytes <= now->allocation_bytes || bytes - now->allocation_bytes <= available_bytes
        || alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "Not enough space left in storage pool");
}

static bool
set_size(AljMedium *medium, const AljVolDef *now, uint64_t bytes, unsigned flags, AljTask *task, GError **error)
{
    /* The holes of the old part as well; and first, because what is cut off cannot be put back. */
    bool is_allocated = !(flags & ALJ_VOL_RESIZE_ALLOCATE) || alj_gluster_medium_allocate(medium, bytes, true, task, error);
    if (is_allocated && alj_gluster_medium_truncate(medium, bytes, error) && medium->ops->flush(medium, error))
        return true;
    if (bytes > now->physical_bytes && !alj_gluster_medium_truncate(medium, now->physical_bytes, NULL))
        g_prefix_error(error, "the volume stays larger, because it cannot be cut back: ");
    return false;
}

AljVolDef *
alj_gluster_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                       GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    if (!alj_gluster_place_open(&place, call, pool, error))
        return NULL;
    g_autoptr(AljVolDef) now = alj_gluster_reread(&place, vol->name, error); /* not what a scan once saw (D-03) */
    if (!now)
        return NULL;
    bool is_raw = now->type == ALJ_VOL_NETWORK && !now->encryption
        && (now->format == ALJ_FORMAT_RAW || now->format == ALJ_FORMAT_ISO || now->format == ALJ_FORMAT_UNKNOWN);
    if (!is_raw) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "only plain raw volumes of gluster pools can be resized");
        return NULL;
    }
    if (!alj_files_check_resize(now, bytes, flags, error)
        || ((flags & ALJ_VOL_RESIZE_ALLOCATE) && !check_room(&place, now, bytes, error)))
        return NULL;
    g_autoptr(AljMedium) medium = open_bytes(&place, vol, O_RDWR, "Unable to open", error);
    if (!medium || !set_size(medium, now, bytes, flags, call->task, error))
        return NULL;
    return alj_gluster_reread(&place, vol->name, error);
}

/* ---- wipe and delete ---- */

AljVolDef *
alj_gluster_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    if (!alj_wipe_check(how, error))
        return NULL;
    if (how != ALJ_WIPE_ZERO) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volumes of gluster pools can only be wiped with zeros");
        return NULL;
    }
    if (!alj_gluster_place_open(&place, call, pool, error))
        return NULL;
    g_autoptr(AljMedium) medium = open_bytes(&place, vol, O_RDWR, "Failed to open storage volume with path", error);
    if (!medium || !alj_gluster_medium_wipe(medium, call->task, error))
        return NULL;
    return alj_gluster_reread(&place, vol->name, error);
}

bool
alj_gluster_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    g_autoptr(GError) failure = NULL;
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendGlusterVolDelete", flags);
    if (!alj_gluster_place_open(&place, call, pool, error))
        return false;
    if (alj_gluster_entry_unlink(&place, vol->name, &failure))
        return true;
    return alj_fail_errno(error, alj_error_errno(failure), vol->type == ALJ_VOL_NETDIR ? "cannot remove gluster volume dir '%s'"
                                                                                     : "cannot remove gluster volume file '%s'", vol->name);
}
