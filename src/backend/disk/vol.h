/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes of disk pools. Contracts, errors and threads are those of the callbacks in backend.h. */
#pragma once

#include "backend/backend.h"

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
