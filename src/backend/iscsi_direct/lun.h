/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units of a target: which there are, what each is, and a disk's bytes as a medium. Any function may wait for the server. */
#pragma once

#include "backend/iscsi_direct/scsi_data.h"
#include "backend/iscsi_direct/session.h"

/** alj_lun_list: the numbers (uint16_t) the target reports. Errors: of alj_iscsi_run(). */
GArray *alj_lun_list(AljIscsi *session, GError **error);

/**
 * alj_lun_look: what unit @lun is; *@ret only of disks. Errors: of alj_iscsi_run(); OPERATION_FAILED for a disk whose size cannot
 * be true.
 */
bool alj_lun_look(AljIscsi *session, unsigned lun, AljScsiKind *ret_kind, AljScsiShape *ret, GError **error);

/**
 * alj_lun_open:
 * Disk @lun as a medium of fixed size, which logs out when it is closed. Pieces of blocks are read before they are written; ranges
 * of zeros are given back to a thin disk, written by one command where the disk knows how, or as they are.
 */
AljMedium *alj_lun_open(AljIscsi *take_session, unsigned lun, const AljScsiShape *shape, GError **error);

/** alj_lun_overwrite: writes zeros to every block of @medium (of alj_lun_open()) and flushes; nothing is only given back. Reports progress. */
bool alj_lun_overwrite(AljMedium *medium, AljTask *task, GError **error);

/** alj_lun_discard: gives every block back. Errors: ARGUMENT_UNSUPPORTED if the disk cannot. */
bool alj_lun_discard(AljMedium *medium, AljTask *task, GError **error);
