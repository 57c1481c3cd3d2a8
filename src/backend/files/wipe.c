/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a volume, for whoever reads and writes them: opened for transfers, and wiped. Runs on a pool's workers.
 */
#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "host/files.h"

#include <errno.h>

/* Opens what holds bytes. Returns: -1 with a plain errno error for anything else. */
static int
open_bytes(AljCall *call, const AljPoolDef *pool, const char *name, int flags, int *ret_dir_fd, GError **error)
{
    struct stat st;
    alj_autofd dir_fd = alj_files_open_target(call, pool, error);
    alj_autofd fd = dir_fd < 0 ? -1 : alj_place_open(call->host, pool, dir_fd, name, flags, &st, error);
    if (fd >= 0 && S_ISDIR(st.st_mode)) {
        alj_fail_errno(error, EISDIR, "cannot open volume '%s'", name);
        return -1;
    }
    if (fd >= 0 && ret_dir_fd)
        *ret_dir_fd = alj_steal_fd(&dir_fd);
    return alj_steal_fd(&fd);
}

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

AljMedium *
alj_files_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    GError *failure = NULL;
    int fd = open_bytes(call, pool, vol->name, open_flags, NULL, &failure);
    if (fd >= 0)
        return alj_medium_new_fd(call->host, fd, vol->path);
    fail_open(failure, "Unable to open stream for", vol, error);
    return NULL;
}

AljVolDef *
alj_files_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    GError *failure = NULL;
    alj_autofd dir_fd = -1;
    if (!alj_wipe_check(how, error))
        return NULL;
    alj_autofd fd = open_bytes(call, pool, vol->name, O_RDWR, &dir_fd, &failure);
    if (fd < 0) {
        fail_open(failure, "Failed to open storage volume with path", vol, error);
        return NULL;
    }
    if (!alj_wipe_bytes(call, fd, vol->path, how, error))
        return NULL;
    return alj_files_reread(call, pool, dir_fd, vol->name, error);
}
