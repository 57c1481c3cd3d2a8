/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of logical pools share: which part of LVM a pool is, which of its volumes are volumes, and marks and records. */
#pragma once

#include "backend/logical/lvm.h"
#include "host/dm.h"

/** AljLvmSource: what the definition names. Both names are checked, borrowed from it. */
typedef struct AljLvmSource {
    const char *group;
    const char *thin_pool; /* (nullable) every volume is a thin one in this pool */
} AljLvmSource;

/** alj_lvm_source: Errors: CONFIG_UNSUPPORTED for names that LVM cannot have. */
bool alj_lvm_source(const AljPoolDef *pool, AljLvmSource *ret, GError **error);

/**
 * alj_lvm_source_read: the group, for a pool that is or will be running: with its thin pool, if it is one of thin volumes.
 * Errors: of alj_lvm_read(); CONFIG_UNSUPPORTED if the thin pool is missing.
 */
AljLvmGroup *alj_lvm_source_read(AljCall *call, const AljLvmSource *source, GError **error);

/** alj_lvm_has_volume: whether @volume, active or not, belongs to the pool: no thin pool, not half made, in the pool's thin pool if it has one. */
bool alj_lvm_has_volume(const AljLvmSource *source, const AljLvmVolume *volume);

/** alj_lvm_path: "GROUP/VOLUME", as LVM's programs take it. (transfer full) */
char *alj_lvm_path(const AljLvmSource *source, const char *volume);

/** alj_lvm_stands_on: whether @volume is lost with @origin, a volume of the same group: lvremove takes it along. */
bool alj_lvm_stands_on(const AljLvmVolume *volume, const AljLvmVolume *origin);

/** alj_lvm_list_standing: the names of all that stands on @origin, with commas; "" if nothing does. (transfer full) */
char *alj_lvm_list_standing(const AljLvmGroup *group, const AljLvmVolume *origin);

/* ---- look.c: LVM's volumes as ours ---- */

/** alj_lvm_vol_def: the volume. Without node it has a problem and no permissions. (transfer full) */
AljVolDef *alj_lvm_vol_def(AljCall *call, const AljPoolDef *pool, const AljLvmGroup *group, const AljLvmVolume *volume);

/** alj_lvm_live: totals. @ret: zeroed. */
void alj_lvm_live(const AljLvmSource *source, const AljLvmGroup *group, AljPoolLive *ret);

/** alj_lvm_thin_pool: the thin pool of @source in @group, or NULL. */
const AljLvmVolume *alj_lvm_thin_pool(const AljLvmSource *source, const AljLvmGroup *group);

AljVolDef *alj_lvm_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error);
bool alj_lvm_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error);

/* ---- node.c ---- */

/**
 * alj_lvm_open_node: the node of @vol, which must lead to @volume; for writing it is claimed. @complaint: what stands before the path if
 * that fails. Returns: descriptor or -1. Errors: of alj_block_vol_node(), BAD_STATE "'P' leads to another device than volume 'V'".
 */
int alj_lvm_open_node(AljCall *call, const AljLvmGroup *group, const AljLvmVolume *volume, const AljVolDef *vol, int open_flags,
                      const char *complaint, GError **error);

/**
 * alj_lvm_thin_status: what the kernel says of the thin volume @uuid, whose node is @path: at once, and exactly. Returns: false where
 * LVM has to be asked: the node leads elsewhere, or the kernel says nothing.
 */
bool alj_lvm_thin_status(AljCall *call, const char *path, const char *uuid, AljDmThin *ret);

/* ---- mark.c: volumes that are being made or deleted ---- */

/**
 * alj_lvm_mark_new: a tag for one volume that is not complete. A scan of this pool that finds a volume with such a tag, which no
 * operation owns, removes the volume. Owned until alj_lvm_mark_drop(). (transfer full)
 */
char *alj_lvm_mark_new(AljCall *call, const AljPoolDef *pool);
void alj_lvm_mark_drop(AljCall *call, const char *mark);

/** alj_lvm_is_marked: whether it is being made or deleted, by whatever host. */
bool alj_lvm_is_marked(const AljLvmVolume *volume);

/**
 * alj_lvm_mark_selection: what selects the volume with that tag for lvremove. LVM looks with the group locked, and would take along
 * what stands on the volume without a question: it does so if @takes_snapshots; otherwise those keep the volume. (transfer full)
 */
char *alj_lvm_mark_selection(const char *mark, bool takes_snapshots);

/** alj_lvm_mark_remove: removes the volume with that tag, if nothing stands on it. For undoing: tells no failure. Returns: whether it worked. */
bool alj_lvm_mark_remove(AljCall *call, const AljLvmSource *source, const char *mark);

/**
 * alj_lvm_mark_recover: removes what a crash has left in @group, or lets it be a volume again if others stand on it by now. That, and which
 * marks are not ours, is told in @problems. Returns: whether @group is not true any more.
 */
bool alj_lvm_mark_recover(AljCall *call, const AljPoolDef *pool, const AljLvmSource *source, const AljLvmGroup *group,
                          GPtrArray *problems);

/* ---- record.c: what aljibe has activated ---- */

/** alj_lvm_record_begin: from now on this pool has activated nothing. Errors: SYSTEM. */
bool alj_lvm_record_begin(AljCall *call, const AljPoolDef *pool, GError **error);
/** alj_lvm_record_add: volume @uuid is activated by the pool, or about to be. Errors: SYSTEM. */
bool alj_lvm_record_add(AljCall *call, const AljPoolDef *pool, const char *uuid, GError **error);
/** alj_lvm_record_load: a set of UUIDs; empty if nothing is known. (transfer full) Errors: SYSTEM. */
GHashTable *alj_lvm_record_load(AljCall *call, const AljPoolDef *pool, GError **error);
/** alj_lvm_record_forget: @uuid is no more. alj_lvm_record_end: nothing is activated any more. */
void alj_lvm_record_forget(AljCall *call, const AljPoolDef *pool, const char *uuid);
void alj_lvm_record_end(AljCall *call, const AljPoolDef *pool);

/* ---- activate.c: start and stop ---- */

bool alj_lvm_pool_start(AljCall *call, const AljPoolDef *pool, GError **error);
bool alj_lvm_pool_stop(AljCall *call, const AljPoolDef *pool, GError **error);
bool alj_lvm_pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error);

/* ---- build.c ---- */

/** alj_lvm_is_same_device: whether both paths name one block device. */
bool alj_lvm_is_same_device(const char *a, const char *b);

bool alj_lvm_pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error);
bool alj_lvm_pool_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error);

/* ---- make.c ---- */

/**
 * alj_lvm_check_room: whether the thin pool of @source, which is in @group, is not nearly full and has @wanted_bytes left.
 * Errors: OPERATION_FAILED.
 */
bool alj_lvm_check_room(const AljLvmSource *source, const AljLvmGroup *group, uint64_t wanted_bytes, GError **error);

/** alj_lvm_read_room: the same of the thin pool as it is now, if @source has one. Errors: also of alj_lvm_read_volume(). */
bool alj_lvm_read_room(AljCall *call, const AljLvmSource *source, uint64_t wanted_bytes, GError **error);

bool alj_lvm_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_lvm_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error);
AljVolDef *alj_lvm_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                            AljPoolType from_pool, unsigned flags, GError **error);

/* ---- change.c ---- */

AljVolDef *alj_lvm_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                              GError **error);
bool alj_lvm_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_lvm_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error);
AljMedium *alj_lvm_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error);
