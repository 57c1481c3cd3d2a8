/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what is stored to which pools are known. For this folder. */
#pragma once

#include "core/pool_private.h"

/**
 * alj_definitions_forget: the stored definition of @pool is gone. Without it an inactive pool is gone too, and one that runs or starts
 * lasts until it stops. With the definitions mutex held, or by the operation that holds the pool's phase.
 */
void alj_definitions_forget(AljPool *pool);

/** alj_definitions_leave: forgets a pool: no longer listed, its handles are stale. With the definitions mutex held. */
void alj_definitions_leave(AljPool *pool);

/** alj_definitions_load: everything that is stored. While the core is made; blocks on the local disk. */
void alj_definitions_load(AljCore *core);

/** alj_definitions_autostart: starts the inactive pools that are to start by themselves. Returns at once. */
void alj_definitions_autostart(AljCore *core);

/**
 * alj_definitions_announce, alj_definitions_conclude:
 * Between the two @def is written to its file, with no lock held. A creation that could not exist beside it waits meanwhile. Announcing
 * fails if a known pool is in the way. Concluding with @is_saved makes the definition known and returns the pool (transfer full).
 * On the definitions' worker, so there is one at a time.
 */
bool alj_definitions_announce(AljCore *core, const AljPoolDef *def, GError **error);
AljPool *alj_definitions_conclude(AljCore *core, AljPoolDef *def, bool is_saved, GError **error);

/** alj_definitions_wait: until no definition is being written that @def could not exist beside. With the definitions mutex held. */
void alj_definitions_wait(AljCore *core, const AljPoolDef *def);
