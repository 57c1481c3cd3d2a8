/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which volume has a key or a path, over all active pools, in one step. */
#pragma once

#include "core/core.h"

/** AljLocations: an index of hints: every answer is checked against the pool's state before it is given. Thread-safe. */
typedef struct AljLocations AljLocations;

AljLocations *alj_locations_new(void);
void alj_locations_free(AljLocations *locations);

/** alj_locations_add: @vol of @pool becomes findable by its key, its path and the path of its backing store. */
void alj_locations_add(AljLocations *locations, AljPool *pool, AljVolDef *vol);

/** alj_locations_remove: forgets what alj_locations_add() was told with exactly this @vol. */
void alj_locations_remove(AljLocations *locations, AljPool *pool, AljVolDef *vol);

/**
 * alj_locations_add_all, alj_locations_remove_all:
 * The same for all of @vols but those that @except has as the same object. Both (of AljVolDef) sorted by name.
 */
void alj_locations_add_all(AljLocations *locations, AljPool *pool, GPtrArray *vols, GPtrArray *except);
void alj_locations_remove_all(AljLocations *locations, AljPool *pool, GPtrArray *vols, GPtrArray *except);

/** AljLocationKind: what the text has to be of the volume. */
typedef enum AljLocationKind {
    ALJ_LOCATION_KEY,
    ALJ_LOCATION_PATH,
    ALJ_LOCATION_BACKING, /* the volume lies on it */
} AljLocationKind;

/** alj_locations_find: Returns: whether there is one; *ret is then set. */
bool alj_locations_find(AljLocations *locations, AljLocationKind kind, const char *text, AljVolRef *ret);
