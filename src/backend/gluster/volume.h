/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes of gluster pools: the callbacks of backend.h, and what they share. For this folder only. */
#pragma once

#include "backend/gluster/place.h"

/**
 * alj_gluster_describe: the @entry as a volume. Its header is read if it is a file. (transfer full) Errors: SYSTEM.
 */
AljVolDef *alj_gluster_describe(const AljGlusterPlace *place, const char *name, const AljGlusterEntry *entry, GError **error);

/** alj_gluster_reread: the volume @name as it is now. NO_VOL if it is gone. */
AljVolDef *alj_gluster_reread(const AljGlusterPlace *place, const char *name, GError **error);

AljInventory *alj_gluster_scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error);
AljVolDef *alj_gluster_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error);
bool alj_gluster_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error);
bool alj_gluster_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_gluster_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags,
                                  GError **error);
AljVolDef *alj_gluster_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                                AljPoolType from_pool, unsigned flags, GError **error);
AljVolDef *alj_gluster_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes,
                                  unsigned flags, GError **error);
bool alj_gluster_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error);
AljVolDef *alj_gluster_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error);
AljMedium *alj_gluster_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error);
