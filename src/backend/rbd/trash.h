/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trash of a pool: what makes that an image vanishes in one step, although its objects take their time. People use the trash, too, so
 * what lies there is ours only while it has the mark under which we moved it: how long it is to be kept, a number of seconds that nobody else
 * would choose. The library writes it down in the step that makes the entry, and it vanishes with the entry.
 */
#pragma once

#include "backend/rbd/cluster.h"

/** AljRbdTrashed: an image on its way through the trash. All borrowed. */
typedef struct AljRbdTrashed {
    AljCall *call;
    AljRbd *rbd;
    const char *pool; /* its source's name */
    const char *name; /* of the volume that it was */
    const char *id;
    uint64_t mark_seconds;
} AljRbdTrashed;

/** AljRbdTrashState: the numbers are Ceph's, but for the last. */
typedef enum AljRbdTrashState {
    ALJ_RBD_TRASH_WHOLE,
    ALJ_RBD_TRASH_MOVING,    /* half way there; its name may be gone already */
    ALJ_RBD_TRASH_REMOVING,  /* it cannot be restored any more */
    ALJ_RBD_TRASH_RESTORING, /* half way back */
    ALJ_RBD_TRASH_NONE       /* not there, or there by others */
} AljRbdTrashState;

/** AljRbdTrashEntry: what the trash knows of one image. */
typedef struct AljRbdTrashEntry {
    uint64_t kept_seconds; /* from when it was moved there until it may be removed */
    AljRbdTrashState state;
} AljRbdTrashEntry;

/** alj_rbd_trash_entry_decode: reads an entry as Ceph stores it. Returns: whether it is one. Pure. */
bool alj_rbd_trash_entry_decode(const void *data, size_t length, AljRbdTrashEntry *ret);

/** alj_rbd_trash_mark: a new mark, some months. */
uint64_t alj_rbd_trash_mark(void);

/** alj_rbd_trash_state: what has become of @trashed. Errors: SYSTEM. */
bool alj_rbd_trash_state(const AljRbdTrashed *trashed, AljRbdTrashState *ret, GError **error);

/** alj_rbd_trash_move: from here on the image has no name. Errors: BUSY (somebody has it open), SYSTEM. */
bool alj_rbd_trash_move(const AljRbdTrashed *trashed, GError **error);

/** alj_rbd_trash_finish_move: after a move that was cut short, if no other image has the name by now. Errors: BAD_STATE if one has, SYSTEM. */
bool alj_rbd_trash_finish_move(const AljRbdTrashed *trashed, GError **error);

/** alj_rbd_trash_restore: it has its name again. Errors: SYSTEM. */
bool alj_rbd_trash_restore(const AljRbdTrashed *trashed, GError **error);

/**
 * alj_rbd_trash_clear_snapshots: removes all snapshots; an image that is half gone has none. A failure says which are gone already. The image is
 * still ours when it returns true. Errors: SYSTEM; BAD_STATE (others took the image out of the trash); ABORTED, TIMEOUT of the task.
 */
bool alj_rbd_trash_clear_snapshots(const AljRbdTrashed *trashed, GError **error);

/**
 * alj_rbd_trash_remove: frees the image's objects, which may take hours, and then its id; tells the task of its progress. It does not end because the
 * task is cancelled: the library would offer the rest of the image for restoring. Success also if it is done already. Errors: SYSTEM.
 */
bool alj_rbd_trash_remove(const AljRbdTrashed *trashed, GError **error);
