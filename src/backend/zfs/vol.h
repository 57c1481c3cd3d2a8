/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes of zfs pools: what the files of this folder share, and the operations of the backend. Runs on a pool's workers. */
#pragma once

#include "backend/backend.h"
#include "backend/zfs/parse.h"

/** alj_zfs_vol: the volume as a listing shows it. (transfer full) */
AljVolDef *alj_zfs_vol(const AljPoolDef *pool, const AljZfsDataset *dataset);

/** alj_zfs_fail_other: sets BAD_STATE: volume @name is not the one that is known by this name. Returns: false. */
bool alj_zfs_fail_other(const char *name, GError **error);

/** alj_zfs_vol_same: the dataset of @vol, by its GUID, as it is now. (transfer full) Errors: NO_VOL, alj_zfs_fail_other(), of alj_run(). */
AljZfsDataset *alj_zfs_vol_same(AljCall *call, const AljVolDef *vol, GError **error);

/**
 * alj_zfs_vol_node: opens the node of the volume that has the name of @vol, waiting for it if it is new. @flags: as for alj_zvol_open().
 * Returns: descriptor or -1.
 */
int alj_zfs_vol_node(AljCall *call, const AljVolDef *vol, int flags, GError **error);

/**
 * alj_zfs_vol_hold: the same, but no other volume than @vol: zfs does not destroy it while it is open. @ret_dataset: (nullable)
 * (transfer full). Errors: also those of alj_zfs_vol_same().
 */
int alj_zfs_vol_hold(AljCall *call, const AljVolDef *vol, int flags, AljZfsDataset **ret_dataset, GError **error);

/**
 * alj_zfs_vol_fit: has zfs change size and reservation of volume @dataset in one step. @bytes is rounded up to whole blocks of the
 * volume; @reserve: room for all of it is set aside. Errors: OVERFLOW, of alj_run().
 */
bool alj_zfs_vol_fit(AljCall *call, const AljZfsDataset *dataset, uint64_t bytes, bool reserve, GError **error);

/* ---- of the backend: vol.c ---- */

AljVolDef *alj_zfs_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error);
bool alj_zfs_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error);
AljMedium *alj_zfs_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error);
AljVolDef *alj_zfs_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                              GError **error);
AljVolDef *alj_zfs_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error);

/* ---- delete.c ---- */

bool alj_zfs_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error);

/**
 * alj_zfs_check_only_volumes: before @pool is destroyed: whether all that is in it are its volumes. Errors: BAD_STATE "'tank/home' is no
 * volume of this pool and would be lost with it", "there are files in 'tank', …"; of alj_run().
 */
bool alj_zfs_check_only_volumes(AljCall *call, const AljPoolDef *pool, GError **error);

/* ---- make.c ---- */

bool alj_zfs_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_zfs_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error);
AljVolDef *alj_zfs_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                            AljPoolType from_pool, unsigned flags, GError **error);
