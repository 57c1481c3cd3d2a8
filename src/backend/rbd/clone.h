/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clones: images that share what they have in common with a snapshot of their parent. */
#pragma once

#include "backend/rbd/snapshot.h"

/** alj_rbd_can_clone: whether images can stand on @parent at all. Errors: SYSTEM. */
bool alj_rbd_can_clone(AljRbdImage *parent, bool *ret, GError **error);

/**
 * alj_rbd_find_base: a snapshot of ours that is what @parent is now, so that no other is needed; NULL: none, or it would take long to find
 * out, or somebody writes to @parent and may have more in memory than the cluster knows. (transfer full). Errors: SYSTEM.
 */
bool alj_rbd_find_base(AljRbdImage *parent, char **ret_snapshot, GError **error);

/** alj_rbd_clone: makes the image @name on a protected snapshot of @parent, like it in all but its size of @bytes. Errors: SYSTEM. */
bool alj_rbd_clone(AljRbdImage *parent, const char *snapshot, const char *name, uint64_t bytes, GError **error);
