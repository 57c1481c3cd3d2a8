/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units of a target: which there are, what each is, and a disk's bytes as a medium. Any function may wait for the server. */
#pragma once

#include "backend/iscsi_direct/scsi_data.h"
#include "backend/iscsi_direct/session.h"

/** alj_lun_list: the numbers (uint16_t) the target reports. Errors: of alj_iscsi_run(). */
GArray *alj_lun_list(AljIscsi *session, GError **error);

/** AljLun: a disk of the target. */
typedef struct AljLun {
    unsigned number;
    AljScsiShape shape;
    uint64_t identity;  /* as AljVolDef.identity */
} AljLun;

/**
 * alj_lun_look: what unit @number is; *@ret only of disks. Errors: of alj_iscsi_run(); OPERATION_FAILED for a disk whose size cannot
 * be true.
 */
bool alj_lun_look(AljIscsi *session, unsigned number, AljScsiKind *ret_kind, AljLun *ret, GError **error);

/** alj_lun_page: page @page of vital product data. Returns: how much there is of it; 0: the unit has none, -1: failure. */
gssize alj_lun_page(AljIscsi *session, unsigned number, int page, uint8_t data[static ALJ_SCSI_PAGE_BYTES], GError **error);

/** alj_lun_identify: what the unit calls itself now, as AljVolDef.identity. Errors: of alj_iscsi_run(). */
bool alj_lun_identify(AljIscsi *session, unsigned number, uint64_t *ret_identity, GError **error);

/**
 * alj_lun_open:
 * Disk @lun as a medium of fixed size, which logs out when it is closed. Pieces of blocks are read before they are written; ranges
 * of zeros are given back to a thin disk, written by one command where the disk knows how, or as they are. Should the target say
 * meanwhile that its units were changed, the disk is asked again what it is, and the call fails if it is another one.
 */
AljMedium *alj_lun_open(AljIscsi *take_session, const AljLun *lun, GError **error);

/** alj_lun_overwrite: writes zeros to every block of @medium (of alj_lun_open()) and flushes; nothing is only given back. Reports progress. */
bool alj_lun_overwrite(AljMedium *medium, AljTask *task, GError **error);

/** alj_lun_discard: gives every block back. Errors: ARGUMENT_UNSUPPORTED if the disk cannot. */
bool alj_lun_discard(AljMedium *medium, AljTask *task, GError **error);
