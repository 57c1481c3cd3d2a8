/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node of a volume that is a block device: opened, looked at, wiped. Runs on a pool's workers. */
#include "backend/blocks/blocks.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "host/blocks.h"
#include "host/data.h"
#include "host/files.h"

#include <errno.h>

#define DEFAULT_MODE 0600

int
alj_block_vol_node(AljCall *call, const AljVolDef *vol, int flags, const char *complaint, struct stat *ret_stat, GError **error)
{
    GError *failure = NULL;
    int claim = (flags & O_ACCMODE) == O_RDONLY ? 0 : O_EXCL;
    int fd = alj_block_open(call->host, vol->path, flags | claim, ret_stat, &failure);
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
alj_block_vol_check_cut(AljCall *call, int fd, const AljVolDef *vol, const char *tool, GError **error)
{
    g_auto(AljContent) content = { 0 };
    if (!alj_block_probe(call->host, fd, vol->path, &content, error))
        return false;
    if (content.kind == ALJ_CONTENT_NONE)
        return true;
    g_autofree char *names = alj_content_text(&content);
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' is not cut off, because that could destroy what is in it (%s); make that "
                    "smaller and use %s, then refresh the pool", vol->name, names, tool);
}

bool
alj_block_vol_wipe_thin(AljCall *call, const AljVolDef *vol, int fd, AljWipe how, GError **error)
{
    uint64_t bytes;
    if (!alj_file_size(call->host, fd, vol->path, &bytes, error))
        return false;
    if (how == ALJ_WIPE_ZERO)
        return alj_data_wipe_thin(call->host, fd, vol->path, bytes, call->task, error);
    return alj_wipe_bytes(call, fd, vol->path, how, error)
        && alj_data_discard(call->host, fd, vol->path, 0, bytes, call->task, error);
}

bool
alj_block_vol_check_request(const AljVolDef *request, GError **error)
{
    const AljEncryption *encryption = request->encryption;
    if (request->capacity_bytes == 0)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "volume capacity required for this storage pool");
    if (encryption && encryption->format != ALJ_ENCRYPTION_LUKS)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "storage pool only supports LUKS encrypted volumes");
    return !encryption || encryption->has_secret
        || alj_fail(error, ALJ_ERROR_INVALID_ARG, "A single <secret type='passphrase'...> element is expected in encryption description");
}

bool
alj_block_vol_own(AljCall *call, int fd, const char *path, const AljPermissions *wanted, GError **error)
{
    uid_t owner = wanted->has_owner ? wanted->owner : (uid_t) -1;
    gid_t group = wanted->has_group ? wanted->group : (gid_t) -1;
    mode_t mode = wanted->has_mode ? wanted->mode : DEFAULT_MODE;
    int failed = alj_host_gate(call->host, "own node");
    if (failed == 0 && (fchown(fd, owner, group) < 0 || fchmod(fd, mode) < 0))
        failed = errno;
    return failed == 0 || alj_fail_errno(error, failed, "cannot set owner and mode of '%s'", path);
}
