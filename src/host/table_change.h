/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A change of a few sectors of a device that can be taken back at every moment: each run of sectors with what was there
 * and what shall be there. Written down before it begins, it lets a half-made change be recognised and undone after a crash.
 */
#pragma once

#include "host/host.h"

#include <stdint.h>

/** AljTableChange: runs of sectors in the order in which they are written: the farthest first, a table's first sectors last. */
typedef struct AljTableChange AljTableChange;

/** AljTableMatch: what of a change is on the device. */
typedef enum AljTableMatch {
    ALJ_TABLE_OLD,   /* nothing */
    ALJ_TABLE_NEW,   /* all */
    ALJ_TABLE_TORN,  /* some sectors, the others are as before */
    ALJ_TABLE_OTHER, /* somebody has written something else since */
} AljTableMatch;

AljTableChange *alj_table_change_new(unsigned sector_bytes);
void alj_table_change_free(AljTableChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljTableChange, alj_table_change_free)

/** alj_table_change_add: one run; behind all runs before. @bytes: whole sectors. */
void alj_table_change_add(AljTableChange *change, uint64_t offset_bytes, const uint8_t *old_data, const uint8_t *new_data,
                          size_t bytes);

/** alj_table_change_touches: whether a run reaches into [@start, @end). */
bool alj_table_change_touches(const AljTableChange *change, uint64_t start_bytes, uint64_t end_bytes);

/**
 * alj_table_change_apply:
 * Writes the new sectors to @fd run by run, each synced before the next. On failure the old ones are written again.
 * @name: of the device, for messages. Errors: SYSTEM "cannot write the partition table of 'D': …".
 */
bool alj_table_change_apply(const AljTableChange *change, AljHost *host, int fd, const char *name, GError **error);

/** alj_table_change_revert: writes all old sectors, first sectors first, and syncs. Errors: as apply. */
bool alj_table_change_revert(const AljTableChange *change, AljHost *host, int fd, const char *name, GError **error);

/** alj_table_change_match: compares the device with the change, sector by sector. Errors: SYSTEM. */
bool alj_table_change_match(const AljTableChange *change, AljHost *host, int fd, AljTableMatch *ret, GError **error);

/**
 * alj_table_change_format, alj_table_change_parse: as a value for a record: type ALJ_TABLE_CHANGE_TYPE. Parse gives NULL for
 * anything that no change can be (sizes, order).
 */
#define ALJ_TABLE_CHANGE_TYPE "(ua(tayay))"
GVariant *alj_table_change_format(const AljTableChange *change);
AljTableChange *alj_table_change_parse(GVariant *value);
