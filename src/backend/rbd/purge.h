/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Going on with removals that a crash cut short. They may take hours, and whoever reads the pool does not wait for them: a thread of the
 * connection does the work, one image after the other. For this folder only.
 */
#pragma once

#include "backend/rbd/cluster.h"

AljRbdPurger *alj_rbd_purger_new(void);

/** alj_rbd_purger_free: waits for all that was begun. */
void alj_rbd_purger_free(AljRbdPurger *purger);

/** alj_rbd_purge: frees the image @id, which is ours and in the trash; then the file @record in @folder goes. A failure is logged, and both stay. */
void alj_rbd_purge(AljRbd *rbd, const char *id, const char *folder, const char *record);

/** alj_rbd_is_purging: whether the purge of @record has not ended. */
bool alj_rbd_is_purging(AljRbd *rbd, const char *record);
