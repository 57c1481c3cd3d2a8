/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory of a pool, made as its definition says. Runs on a pool's workers. */
#include "backend/files/files.h"
#include "host/files.h"

bool
alj_files_make_target(AljCall *call, const AljPoolDef *pool, GError **error)
{
    const AljPermissions *wanted = &pool->permissions;
    AljDirRequest request = { .has_mode = wanted->has_mode, .mode = wanted->mode,
                              .owner = wanted->has_owner ? wanted->owner : (uid_t) -1,
                              .group = wanted->has_group ? wanted->group : (gid_t) -1, .cow = pool->cow };
    return alj_dir_build(call->host, pool->target_path, &request, error);
}
