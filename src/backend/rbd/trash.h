/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trash of a pool: what makes that an image vanishes in one step, although its objects take their time. */
#pragma once

#include "backend/rbd/cluster.h"

/** alj_rbd_trash_move: from here on the image has no name. Errors: BUSY (somebody has it open), SYSTEM. */
bool alj_rbd_trash_move(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const char *name, GError **error);

/** alj_rbd_trash_restore: it has its name again. Errors: SYSTEM. */
bool alj_rbd_trash_restore(AljCall *call, AljRbd *rbd, const char *id, const char *name, GError **error);

/** alj_rbd_trash_has: Errors: SYSTEM. */
bool alj_rbd_trash_has(AljCall *call, AljRbd *rbd, const char *id, bool *ret, GError **error);

/** alj_rbd_trash_clear_snapshots: removes all snapshots of an image in the trash; one that is half gone has none. Errors: SYSTEM. */
bool alj_rbd_trash_clear_snapshots(AljCall *call, AljRbd *rbd, const char *id, const char *name, GError **error);

/** alj_rbd_trash_remove: frees the image's objects, and then its id. Errors: SYSTEM. */
bool alj_rbd_trash_remove(AljCall *call, AljRbd *rbd, const char *id, const char *name, GError **error);
