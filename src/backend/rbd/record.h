/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written down before an image is made or removed, in the daemon's own directory. While the record is there the change is not
 * acknowledged; whoever finds one that nobody works on brings the change to an end: what was being made goes, what was being removed goes
 * altogether, unless its removal failed, or it is by now where others have put it. Images without a record are never touched.
 */
#pragma once

#include "backend/rbd/trash.h"

typedef enum AljRbdChange {
    ALJ_RBD_MAKES,   /* under a hidden name, then renamed */
    ALJ_RBD_REMOVES, /* through the trash, so that it vanishes in one step */
    ALJ_RBD_RETURNS  /* out of the trash: the removal has failed, and somebody was told so */
} AljRbdChange;

typedef struct AljRbdRecord {
    AljCall *call;  /* (borrowed) */
    AljRbd *rbd;    /* (borrowed) */
    char *file;
    AljRbdChange change;
    char *place;    /* cluster, pool and namespace */
    char *name;     /* of the volume */
    char *image;    /* the hidden name; of a removal the image's id … */
    uint64_t mark_seconds; /* … and its mark in the trash */
    char *parent, *snapshot; /* (nullable) made for a clone */
    char *process;  /* that works on it */
    char *client;   /* (nullable) how the cluster knows it */
} AljRbdRecord;

/**
 * alj_rbd_record_making: @name is about to be made, under a hidden name that is in the record.
 * @parent: (nullable) image of which a clone is made by way of a new snapshot, whose name is in the record
 * Durable when it returns. Errors: SYSTEM.
 */
AljRbdRecord *alj_rbd_record_making(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const char *name, const char *parent,
                                    GError **error);

/** alj_rbd_record_removing: @name, whose id is @id, is about to be removed. Durable when it returns. Errors: SYSTEM. */
AljRbdRecord *alj_rbd_record_removing(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const char *name, const char *id,
                                      GError **error);

/** alj_rbd_record_trashed: the image of a removal, for what trash.h does with it. (borrowed) */
AljRbdTrashed alj_rbd_record_trashed(const AljRbdRecord *record);

/**
 * alj_rbd_record_give_back:
 * The removal of @take_record has failed with *@error, which is going to be told: the image has its name again, or gets it from the next
 * scan that can, and the text says so.
 */
void alj_rbd_record_give_back(AljRbdRecord *take_record, GError **error);

/** alj_rbd_record_made: the image of @take_record has its name; what is left of the hidden one goes now, or with the next scan. */
void alj_rbd_record_made(AljRbdRecord *take_record);

/** alj_rbd_record_drop: the change is complete. A record that cannot go now is found to be over later. */
void alj_rbd_record_drop(AljRbdRecord *take_record);

/**
 * alj_rbd_record_undo: brings the change of @take_record (an AljRbdRecord) to its end now, or leaves that to the next scan. Also a step for AljUndo.
 */
void alj_rbd_record_undo(void *take_record);

/**
 * alj_rbd_note_hidden: appends to @problems that the image @name, which was listed, is a hidden one of this host that no record tells of. It is let
 * alone: another daemon of this host, with records of its own, may be making it.
 */
void alj_rbd_note_hidden(AljCall *call, const char *name, GPtrArray *problems);

/** alj_rbd_recover: deals with the records of @pool that nobody works on. What cannot be dealt with is appended to @problems. */
void alj_rbd_recover(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, GPtrArray *problems);
