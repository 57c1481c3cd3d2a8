/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory of a pool: made as its definition says, and opened for all work on volumes. Runs on a pool's workers. */
#include "backend/files/files.h"
#include "base/guard.h"
#include "host/files.h"

bool
alj_files_make_target(AljCall *call, const AljPoolDef *pool, AljUndo *undo, GError **error)
{
    const AljPermissions *wanted = &pool->permissions;
    AljDirRequest request = { .has_mode = wanted->has_mode, .mode = wanted->mode,
                              .owner = wanted->has_owner ? wanted->owner : (uid_t) -1,
                              .group = wanted->has_group ? wanted->group : (gid_t) -1, .cow = pool->cow };
    return alj_dir_build(call->host, pool->target_path, &request, undo, error);
}

bool
alj_files_check_build(unsigned flags, GError **error)
{
    unsigned unknown = flags & ~(unsigned) (ALJ_BUILD_OVERWRITE | ALJ_BUILD_NO_OVERWRITE);
    return !unknown
        || alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendFileSystemBuild", unknown);
}

int
alj_files_open_target(AljCall *call, const AljPoolDef *pool, GError **error)
{
    struct stat st;
    AljRoot root = call->get_root(call);
    alj_autofd fd = alj_dir_open(call->host, pool->target_path, error);
    if (fd < 0 || !alj_file_stat(call->host, fd, pool->target_path, &st, error))
        return -1;
    if (root.device != 0 && (st.st_dev != root.device || (root.inode != 0 && st.st_ino != root.inode))) {
        alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is not the directory any more that storage pool '%s' was read from: it was "
                 "unmounted, mounted over or replaced; mount it again, or refresh the pool", pool->target_path, pool->name);
        return -1;
    }
    return alj_steal_fd(&fd);
}
