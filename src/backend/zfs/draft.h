/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes and snapshots that are being made. A volume carries a mark from the command that makes it to the one that completes
 * it, so that what a failure or a crash leaves is told, by the object itself, from all that is anybody's: only what
 * carries the mark is ever taken away. Snapshots for clones are told by their names. Runs on a pool's workers.
 */
#pragma once

#include "backend/backend.h"
#include "backend/zfs/tool.h"

/** AljZfsDraft: one volume that is being made. */
typedef struct AljZfsDraft {
    AljCall *call;  /* (borrowed) */
    const AljPoolDef *pool; /* (borrowed) */
    char *name;     /* of the volume */
    char *dataset;
    char *mark;     /* of this operation alone */
    char *option;   /* what zfs create and zfs clone are given to set it: "aljibe:unfinished=MARK" */
    char *snapshot; /* (nullable) made for a clone; it goes with the clone, or now if there is none */
} AljZfsDraft;

/** alj_zfs_draft_new: before anything is made. A scan leaves the volume alone until the draft is freed. */
AljZfsDraft *alj_zfs_draft_new(AljCall *call, const AljPoolDef *pool, const char *name);

/** alj_zfs_draft_snapshot: takes a snapshot of dataset @from for a clone, into draft->snapshot. Errors: of alj_run(). */
bool alj_zfs_draft_snapshot(AljZfsDraft *draft, const char *from, GError **error);

/** alj_zfs_draft_finish: the volume is complete: its snapshot will go with it, and the mark goes now. Errors: of alj_run(). */
bool alj_zfs_draft_finish(AljZfsDraft *draft, GError **error);

/** alj_zfs_draft_undo: for AljUndo: takes away what was made, if it is there and still carries the mark. Tells no failure. */
void alj_zfs_draft_undo(void *draft);
void alj_zfs_draft_free(void *draft);

/**
 * alj_zfs_draft_sweep:
 * Decides about @dataset, a volume that was found with a mark. One that a crash left in @pool is taken away; if that
 * fails, or if it is another host's or pool's, *@ret_problem (transfer full) says so.
 * Returns: whether it is a volume to list.
 */
bool alj_zfs_draft_sweep(AljCall *call, const AljPoolDef *pool, const char *name, const AljZfsDataset *dataset,
                         char **ret_problem);

/**
 * alj_zfs_draft_sweep_snapshots: takes away the snapshots for clones that a crash in @pool left, of whatever volumes of its zpool.
 * Errors: of alj_run().
 */
bool alj_zfs_draft_sweep_snapshots(AljCall *call, const AljPoolDef *pool, GError **error);
