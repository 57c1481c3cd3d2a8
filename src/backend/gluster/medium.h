/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a file on a gluster volume. For this folder only. */
#pragma once

#include "backend/medium.h"

#include <glusterfs/api/glfs.h>

/** alj_gluster_medium_new: @take_fd is closed with the medium. @name: for messages. */
AljMedium *alj_gluster_medium_new(AljHost *host, glfs_fd_t *take_fd, const char *name);

/** alj_gluster_medium_set_owner: owner and group (-1: leave), then mode. Errors: SYSTEM. */
bool alj_gluster_medium_set_owner(AljMedium *medium, uid_t owner, gid_t group, mode_t mode, GError **error);

/** alj_gluster_medium_truncate: Errors: SYSTEM "Failed to truncate file 'NAME': …". */
bool alj_gluster_medium_truncate(AljMedium *medium, uint64_t bytes, GError **error);

/**
 * alj_gluster_medium_allocate: room for the first @bytes, which keep what they hold; longer if need be.
 * Where the gluster volume cannot, zeros are written into what is a hole; not if the file @is_shared with others who write to it.
 * Errors: SYSTEM "cannot allocate N bytes in file 'NAME': …", ABORTED, TIMEOUT.
 */
bool alj_gluster_medium_allocate(AljMedium *medium, uint64_t bytes, bool is_shared, AljTask *task, GError **error);

/**
 * alj_gluster_medium_wipe: zeros instead of what the file holds: a sparse file becomes all hole, others are overwritten. The size
 * stays. Flushes. Errors: SYSTEM, ABORTED, TIMEOUT.
 */
bool alj_gluster_medium_wipe(AljMedium *medium, AljTask *task, GError **error);
