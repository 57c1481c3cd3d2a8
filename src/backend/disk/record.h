/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written down before a partition table is changed: the old sectors, the new ones, and what the change is for. Until the
 * record is gone the change is not acknowledged, and whoever finds the record takes the change back.
 */
#pragma once

#include "backend/disk/disk.h"

typedef enum AljDiskChange {
    ALJ_DISK_ADDS,    /* a partition: taken back until it is filled, too */
    ALJ_DISK_REMOVES, /* a partition */
    ALJ_DISK_REPLACES, /* everything (build, delete of the pool) */
    ALJ_DISK_RESIZES  /* a partition, to what the record says: taken back as long as nobody has changed the table since */
} AljDiskChange;

typedef struct AljDiskRecord AljDiskRecord;

/**
 * alj_disk_record_new:
 * @part: (nullable) the partition that comes or goes
 * The record is durable when this returns. Errors: SYSTEM.
 */
AljDiskRecord *alj_disk_record_new(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, AljDiskChange kind,
                                   const AljPart *part, const AljTableChange *change, GError **error);

/**
 * alj_disk_record_drop: the change is complete: the record goes, and is freed. If it cannot go, the caller still has it and must take
 * the change back: a later scan would. Errors: SYSTEM.
 */
bool alj_disk_record_drop(AljDiskRecord *record, GError **error);

/**
 * alj_disk_record_finish: the same for what is over once the table is written (ALJ_DISK_REMOVES): a record that cannot go now is
 * found to be over, and dropped, by the next scan.
 */
void alj_disk_record_finish(AljDiskRecord *take_record);

/**
 * alj_disk_record_undo: takes the change of @take_record (an AljDiskRecord; this is a step for AljUndo) back, and then the record
 * goes. What cannot be taken back now stays recorded for the next scan of the pool. The caller does not hold the disk's lock.
 */
void alj_disk_record_undo(void *take_record);

/** alj_disk_recover: takes back what records of @pool that nobody works on tell of. Failures are appended to @problems. */
void alj_disk_recover(AljCall *call, const AljPoolDef *pool, GPtrArray *problems);
