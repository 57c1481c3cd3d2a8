/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node of a volume that is a block device: opened, looked at, wiped. Runs on a pool's workers. */
#include "backend/blocks/blocks.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "host/blocks.h"

#include <errno.h>

static int
open_node(AljCall *call, const AljVolDef *vol, int flags, const char *complaint, GError **error)
{
    GError *failure = NULL;
    int claim = (flags & O_ACCMODE) == O_RDONLY ? 0 : O_EXCL;
    int fd = alj_block_open(call->host, vol->path, flags | claim, NULL, &failure);
    if (fd >= 0)
        return fd;
    if (!alj_error_is(failure, ALJ_ERROR_SYSTEM)) {
        g_propagate_error(error, failure);
        return -1;
    }
    alj_fail_errno(error, alj_error_errno(failure), "%s '%s'", complaint, vol->path);
    g_error_free(failure);
    return -1;
}

AljMedium *
alj_block_vol_open(AljCall *call, const AljVolDef *vol, int open_flags, GError **error)
{
    int fd = open_node(call, vol, open_flags, "Unable to open stream for", error);
    return fd < 0 ? NULL : alj_medium_new_fd(call->host, fd, vol->path);
}

bool
alj_block_vol_stat(AljCall *call, const char *path, AljPermissions *ret_permissions, AljTimestamps *ret_times, GError **error)
{
    struct stat st;
    int failed = alj_host_gate(call->host, "stat node");
    if (failed || stat(path, &st) < 0) {
        failed = failed ? failed : errno;
        if (failed == ENOENT)
            return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching path '%s'", path);
        return alj_fail_errno(error, failed, "cannot stat file '%s'", path);
    }
    *ret_permissions = (AljPermissions){ .has_mode = true, .has_owner = true, .has_group = true, .mode = st.st_mode & 0777,
                                         .owner = st.st_uid, .group = st.st_gid };
    *ret_times = (AljTimestamps){ true, st.st_atim, st.st_mtim, st.st_ctim };
    return true;
}

bool
alj_block_vol_wipe(AljCall *call, const AljVolDef *vol, AljWipe how, GError **error)
{
    if (!alj_wipe_check(how, error))
        return false;
    alj_autofd fd = open_node(call, vol, O_RDWR, "Failed to open storage volume with path", error);
    return fd >= 0 && alj_wipe_bytes(call, fd, vol->path, how, error);
}
