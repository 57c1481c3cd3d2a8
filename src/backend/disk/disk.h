/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of disk pools share: the pool's device, its table as volumes, and places for new partitions. */
#pragma once

#include "backend/backend.h"
#include "host/part_nodes.h"

/** alj_diskpool_format: the pool's table format; `unknown` means dos. Static. */
const char *alj_diskpool_format(const AljPoolDef *pool);

/** alj_diskpool_device: path of the one device that counts. (borrowed) */
const char *alj_diskpool_device(const AljPoolDef *pool);

/* ---- content.c ---- */

/**
 * alj_diskpool_check_start: whether the device carries the table the pool expects, and nothing else.
 * Errors: PROBE_FAILED, BAD_STATE, OPERATION_FAILED in libvirt's words, SYSTEM.
 */
bool alj_diskpool_check_start(AljCall *call, const AljDisk *disk, const char *format, GError **error);

/** alj_diskpool_check_build: whether the device is empty. Errors: POOL_BUILT, BAD_STATE, OPERATION_FAILED in libvirt's words, SYSTEM. */
bool alj_diskpool_check_build(AljCall *call, const AljDisk *disk, const char *format, GError **error);

/* ---- place.c ---- */

/**
 * alj_diskpool_place:
 * Chooses kind, start and end of a new partition: the smallest free space that takes @capacity_bytes, begun at a whole MiB.
 * Errors: INTERNAL in libvirt's words.
 */
bool alj_diskpool_place(const AljPartTable *table, AljVolFormat format, uint64_t capacity_bytes, AljPartRequest *ret,
                    GError **error);

/* ---- table.c ---- */

/** alj_diskpool_read: the table, if it is of the pool's format. Errors: BAD_STATE, SYSTEM. */
AljPartTable *alj_diskpool_read(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, GError **error);

/** alj_diskpool_part_name: what the volume of that partition is called: the name of its node. (transfer full) */
char *alj_diskpool_part_name(const AljDisk *disk, unsigned number);

/** alj_diskpool_find: the partition that volume @name is, or NULL. */
const AljPart *alj_diskpool_find(const AljDisk *disk, const AljPartTable *table, const char *name);

/** alj_diskpool_vol: the volume of a partition. Without node it has a problem and no permissions. (transfer full) */
AljVolDef *alj_diskpool_vol(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, const AljPartTable *table,
                        const AljPart *part);

/** alj_diskpool_live: totals and free extents. @ret: zeroed. */
void alj_diskpool_live(const AljPoolDef *pool, const AljPartTable *table, AljPoolLive *ret);

/**
 * alj_diskpool_settle:
 * Lets udev finish. Whenever somebody closes a disk it has the kernel read the table anew, and for a moment partitions and the links to
 * them are gone. It waits while the disk is locked: so do not call this with a lock. Blocks for at most 10 s; no failure.
 */
void alj_diskpool_settle(AljCall *call);

/** alj_diskpool_sum_logical: bytes of all logical partitions. */
uint64_t alj_diskpool_sum_logical(const AljPartTable *table);
