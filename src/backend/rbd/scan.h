/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "backend/rbd/cluster.h"

/**
 * alj_rbd_scan:
 * Adds all images of the pool to @inventory, and what is wrong with others. @old: (nullable) the inventory before: an image that cannot be
 * read now stays as it was. Errors: SYSTEM; ABORTED, TIMEOUT of the task.
 */
bool alj_rbd_scan(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const AljInventory *old, AljInventory *inventory,
                  GError **error);
