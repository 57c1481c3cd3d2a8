/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes of disk pools. Contracts, errors and threads of the others are those of the callbacks in backend.h. */
#pragma once

#include "backend/disk/disk.h"

/**
 * alj_disk_vol_node: the node of @vol, which must lead to @part; for writing it is claimed. @complaint: what stands before the path if that
 * fails. Returns: descriptor or -1. Errors: of alj_block_vol_node(), BAD_STATE "'P' leads to another device than partition N of 'D'".
 */
int alj_disk_vol_node(AljCall *call, const AljDisk *disk, const AljVolDef *vol, const AljPart *part, int open_flags, const char *complaint,
                      GError **error);

AljVolDef *alj_disk_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error);
bool alj_disk_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error);
bool alj_disk_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_disk_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error);
AljVolDef *alj_disk_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                             AljPoolType from_pool, unsigned flags, GError **error);
bool alj_disk_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_disk_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error);
AljVolDef *alj_disk_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                               GError **error);
AljMedium *alj_disk_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error);
