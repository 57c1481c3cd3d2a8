/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removes a volume: the name in the pool's directory, and nothing a link of that name leads to. Runs on a pool's workers.
 */
#include "backend/files/files.h"
#include "base/guard.h"
#include "host/files.h"

bool
alj_files_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (flags)
        return alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendVolDeleteLocal", flags);
    alj_autofd dir_fd = alj_files_open_target(call, pool, error);
    if (dir_fd < 0)
        return false;
    bool is_dir = vol->type == ALJ_VOL_DIR;
    if (alj_entry_unlink(call->host, dir_fd, vol->name, is_dir, &failure))
        return true;
    return alj_fail_errno(error, alj_error_errno(failure), is_dir ? "cannot remove directory '%s'" : "cannot unlink file '%s'",
                          vol->path);
}
