/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that are the logical units of a SCSI host, whatever made the host: a local adapter, a virtual one, an iSCSI session. They
 * are found in sysfs, named after their address and reached by links that udev keeps. Runs on a pool's workers. Looking at units
 * asks no device anything; opening and wiping one does.
 */
#pragma once

#include "backend/backend.h"

/** AljLunHost: the SCSI host whose units are volumes. */
typedef struct AljLunHost {
    unsigned number;
    bool is_virtual; /* a virtual port of a fibre channel adapter: keys name the port too */
} AljLunHost;

/**
 * alj_luns_scan:
 * All disks and CD drives of @lun_host. Waits a moment for devices the kernel is still making, and for udev to link them. Units that
 * cannot be volumes (no device, no link below the target) are problems.
 * Errors: INVALID_ARG for a target outside /dev, SYSTEM "cannot read dir 'T': …", ABORTED, TIMEOUT.
 */
AljInventory *alj_luns_scan(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, GError **error);

/** alj_luns_vol_probe: the volume as it is now. Errors: NO_VOL. */
AljVolDef *alj_luns_vol_probe(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, const char *name, GError **error);

/** alj_luns_vol_stat: sizes as the kernel knows them, owner, mode and times of the node. Errors: NO_VOL, SYSTEM. */
bool alj_luns_vol_stat(AljCall *call, const AljLunHost *lun_host, const AljVolDef *vol, AljVolStat *ret, GError **error);

/**
 * alj_luns_vol_open:
 * Opens the unit for a transfer, once its path is seen to lead to it still. For writing it is claimed.
 * Errors: BAD_STATE if another device is there now, those of alj_block_vol_node().
 */
AljMedium *alj_luns_vol_open(AljCall *call, const AljLunHost *lun_host, const AljVolDef *vol, int open_flags, GError **error);

/** alj_luns_vol_wipe: overwrites all of the unit, checked in the same way. */
AljVolDef *alj_luns_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, const AljVolDef *vol, AljWipe how,
                             GError **error);

/** alj_luns_check_free: that nothing of this host uses a unit: mounted, part of something else, claimed. Errors: BUSY. */
bool alj_luns_check_free(AljCall *call, const AljLunHost *lun_host, GError **error);
