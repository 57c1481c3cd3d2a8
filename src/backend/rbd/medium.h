/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "backend/rbd/image.h"

/** alj_rbd_medium_new: the bytes of @take_image (moved), open in the way it is to be used. (transfer full) */
AljMedium *alj_rbd_medium_new(AljRbdImage *take_image);

/** alj_rbd_medium_image: the image behind @medium if it is one of the pool of @rbd, or NULL. (borrowed) */
AljRbdImage *alj_rbd_medium_image(AljMedium *medium, const AljRbd *rbd);

/**
 * alj_rbd_medium_wipe: overwrites all data with zeros and gives its room back. @discards: only the latter. All reads as zeros afterwards.
 * Reports progress. Errors: SYSTEM; ABORTED, TIMEOUT of the task.
 */
bool alj_rbd_medium_wipe(AljMedium *medium, bool discards, GError **error);
