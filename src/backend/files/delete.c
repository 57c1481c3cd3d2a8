/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removes a volume: the name in the pool's directory, and nothing a link of that name leads to. A sub-volume first gets a hidden name:
 * from then on it is gone for everybody, and if the daemon dies before it is destroyed, the next scan does it. One that somebody puts
 * something into meanwhile gets its name back. Runs on a pool's workers.
 */
#include "backend/files/files.h"
#include "backend/files/place.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/subvol.h"

#include <errno.h>

static bool
fail_shared(const AljVolDef *vol, const char *where, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "the sub-volume of volume '%s' holds more than the volume%s; remove the rest by hand",
                    vol->name, where);
}

/* Destroying a sub-volume would take whatever else somebody has put into it. */
static bool
check_single(AljCall *call, int subvol_fd, const AljVolDef *vol, GError **error)
{
    bool is_single;
    if (!alj_subvol_is_single(call->host, subvol_fd, &is_single, error))
        return false;
    return is_single || fail_shared(vol, "", error);
}

/* What could not be destroyed gets its name back, unless that is somebody else's by now. */
static bool
destroy_hidden(AljCall *call, int target_fd, const char *tmp, const AljVolDef *vol, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (alj_subvol_destroy(call->host, target_fd, tmp, &failure))
        return true;
    bool is_back = alj_entry_unhide(target_fd, tmp, vol->name);
    g_autofree char *where = is_back ? g_strdup("") : g_strdup_printf(", and is called '%s' now", tmp);
    if (alj_error_errno(failure) == ENOTEMPTY) /* since the look at it */
        return fail_shared(vol, where, error);
    return alj_fail_errno(error, alj_error_errno(failure), "cannot remove the sub-volume of volume '%s'%s", vol->name, where);
}

static bool
delete_subvol(AljCall *call, const AljPlace *place, int target_fd, const AljVolDef *vol, GError **error)
{
    if (!check_single(call, place->subvol_fd, vol, error))
        return false;
    g_autofree char *tmp = alj_entry_tmp_name(call->host);
    call->own_name(call, tmp, true);
    bool is_gone = alj_entry_hide(call->host, target_fd, vol->name, tmp, error)
        && destroy_hidden(call, target_fd, tmp, vol, error);
    call->own_name(call, tmp, false);
    return is_gone;
}

bool
alj_files_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendVolDeleteLocal", flags);
    alj_autofd dir_fd = alj_files_open_target(call, pool, error);
    if (dir_fd < 0)
        return false;
    g_auto(AljPlace) place = ALJ_PLACE_INIT;
    if (!alj_place_find(call->host, pool, dir_fd, vol->name, &place, error))
        return false;
    if (place.subvol_fd >= 0)
        return delete_subvol(call, &place, dir_fd, vol, error);
    bool is_dir = vol->type == ALJ_VOL_DIR;
    if (alj_entry_unlink(call->host, dir_fd, vol->name, is_dir, &failure))
        return true;
    return alj_fail_errno(error, alj_error_errno(failure), is_dir ? "cannot remove directory '%s'" : "cannot unlink file '%s'",
                          vol->path);
}
