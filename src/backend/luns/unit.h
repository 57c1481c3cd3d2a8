/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One unit as a volume: its name, its key, and what is known of it. */
#pragma once

#include "backend/luns/luns.h"
#include "host/scsi.h"

/** alj_unit_name: "unit:BUS:TARGET:LUN". (transfer full) */
char *alj_unit_name(const AljScsiLun *lun);

/** alj_unit_key: its serial, behind a virtual adapter with the port; without one its path. (transfer full) */
char *alj_unit_key(const AljLunHost *lun_host, const AljScsiLun *lun, const char *path);

/** alj_unit_vol: the volume at @path. Errors: NO_VOL if there is no such node, SYSTEM (a CD drive without a disc: ENOMEDIUM). */
AljVolDef *alj_unit_vol(AljCall *call, const AljLunHost *lun_host, const AljScsiLun *lun, const char *path, GError **error);
