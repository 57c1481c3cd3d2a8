/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partition tables: what one says, and changes of one, planned on a copy in memory (table_image.h) by libfdisk. A plan writes
 * nothing; what it returns is carried out with table_change.h. All functions may wait for the medium; any thread.
 */
#pragma once

#include "host/table_change.h"

typedef enum AljPartKind {
    ALJ_PART_PRIMARY, /* every partition of a table that knows no other */
    ALJ_PART_EXTENDED,
    ALJ_PART_LOGICAL
} AljPartKind;

/** AljPart: one partition; bytes from the beginning of the device, end exclusive. */
typedef struct AljPart {
    unsigned number; /* from 1; the kernel's, too */
    AljPartKind kind;
    uint64_t start_bytes, end_bytes;
} AljPart;

/** AljPartSpace: bytes without partition, end exclusive. */
typedef struct AljPartSpace {
    uint64_t start_bytes, end_bytes;
    bool is_logical; /* inside the extended partition */
} AljPartSpace;

/** AljPartTable: what a device's table says. */
typedef struct AljPartTable {
    const char *label;     /* as pool documents name it: "gpt", "dos", "sun", "dvh", "bsd"; NULL: there is none we know */
    unsigned sector_bytes;
    GArray *parts;         /* of AljPart, by number; all within the device */
    GArray *spaces;        /* of AljPartSpace, by start */
    char *id;              /* (nullable) what the table says of itself, to tell disks apart: GUID of a gpt, signature of a dos table */
    char *problem;         /* (nullable) why this table cannot be changed safely: damaged, entries overlap, … */
} AljPartTable;

void alj_part_table_free(AljPartTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljPartTable, alj_part_table_free)

/** alj_partitions_read: the table on the open device or image @fd. A hostile one gives a problem, never an error. Errors: SYSTEM. */
AljPartTable *alj_partitions_read(AljHost *host, int fd, const char *name, GError **error);

/** alj_part_table_find: the partition of that number, or NULL. */
const AljPart *alj_part_table_find(const AljPartTable *table, unsigned number);

/** AljPartRequest: a partition to be made. */
typedef struct AljPartRequest {
    AljPartKind kind;
    uint64_t start_bytes, end_bytes; /* whole sectors of free space; of a logical one without the MiB in front of it */
    unsigned dos_type;               /* type byte in a dos table */
    const char *gpt_type;            /* type GUID in a gpt */
} AljPartRequest;

/** ALJ_PART_GRAIN_BYTES: partitions begin at multiples of it, and a logical one leaves so much for its link. */
#define ALJ_PART_GRAIN_BYTES (1u << 20)

/**
 * alj_partitions_plan_add:
 * The change that adds one partition and leaves all others as they are, numbers included.
 * @ret_part: (nullable) what it will be
 * Errors: BAD_STATE (a table with a problem, or of a kind that is not written), INTERNAL (libfdisk refuses), SYSTEM.
 */
AljTableChange *alj_partitions_plan_add(AljHost *host, int fd, const char *name, const AljPartRequest *request,
                                        AljPart *ret_part, GError **error);

/**
 * alj_partitions_plan_delete:
 * The change that removes @part. Errors: as above; BAD_STATE also if the partition is not where @part says any more, or if others
 * would vanish or get another number with it.
 */
AljTableChange *alj_partitions_plan_delete(AljHost *host, int fd, const char *name, const AljPart *part, GError **error);

/**
 * alj_partitions_plan_resize:
 * The change after which @part ends at @end_bytes, a whole sector, and all others are as they are. Only an extended partition cannot.
 * Errors: as above; BAD_STATE also if the partition is not where @part says any more, or if another one is in the way.
 */
AljTableChange *alj_partitions_plan_resize(AljHost *host, int fd, const char *name, const AljPart *part, uint64_t end_bytes,
                                           GError **error);

/**
 * alj_partitions_plan_label:
 * The change that leaves nothing but an empty table @label (as in AljPartTable) on the device.
 * Errors: CONFIG_UNSUPPORTED for a label that cannot be written, INTERNAL (libfdisk refuses), SYSTEM.
 */
AljTableChange *alj_partitions_plan_label(AljHost *host, int fd, const char *name, const char *label, GError **error);

/** alj_partitions_plan_clear: the change that zeros the first and the last MiB. Errors: SYSTEM. */
AljTableChange *alj_partitions_plan_clear(AljHost *host, int fd, const char *name, GError **error);
