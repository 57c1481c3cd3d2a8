/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations on volumes of rbd pools: see backend/backend.h. */
#pragma once

#include "backend/backend.h"

AljVolProbe alj_rbd_vol_probe;
AljVolLook alj_rbd_vol_stat;
AljVolResize alj_rbd_vol_resize;
AljVolDelete alj_rbd_vol_delete;
AljVolWipe alj_rbd_vol_wipe;
AljVolOpen alj_rbd_vol_open;

AljVolPlan alj_rbd_vol_plan;
AljVolCreate alj_rbd_vol_create;
AljVolCopy alj_rbd_vol_copy;
