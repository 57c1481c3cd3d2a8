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

AljPoolScan alj_gluster_scan;
AljVolProbe alj_gluster_vol_probe;
AljVolLook alj_gluster_vol_stat;
AljVolPlan alj_gluster_vol_plan;
AljVolCreate alj_gluster_vol_create;
AljVolCopy alj_gluster_vol_copy;
AljVolResize alj_gluster_vol_resize;
AljVolDelete alj_gluster_vol_delete;
AljVolWipe alj_gluster_vol_wipe;
AljVolOpen alj_gluster_vol_open;
