/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the fields of a qcow2 header are and what its bits mean. Source: QEMU's docs/interop/qcow2.txt. */
#pragma once

#define QCOW2_MAGIC "QFI\xfb"

enum {
    QCOW2_AT_VERSION = 4,
    QCOW2_AT_BACKING_OFFSET = 8,
    QCOW2_AT_BACKING_LENGTH = 16,
    QCOW2_AT_CLUSTER_BITS = 20,
    QCOW2_AT_CAPACITY = 24,
    QCOW2_AT_ENCRYPTION = 32,
    QCOW2_AT_L1_ENTRIES = 36,
    QCOW2_AT_L1_OFFSET = 40,
    QCOW2_AT_REFTABLE_OFFSET = 48,
    QCOW2_AT_REFTABLE_CLUSTERS = 56,
    QCOW2_AT_SNAPSHOTS = 60,
    QCOW2_V2_HEADER_BYTES = 72,
    QCOW2_AT_INCOMPATIBLE = 72, /* version 3 from here */
    QCOW2_AT_COMPATIBLE = 80,
    QCOW2_AT_AUTOCLEAR = 88,
    QCOW2_AT_REFCOUNT_ORDER = 96,
    QCOW2_AT_HEADER_BYTES = 100,
    QCOW2_V3_HEADER_BYTES = 104,   /* the least a version 3 header has */
    QCOW2_FULL_HEADER_BYTES = 112, /* with the compression type, as QEMU writes it */
};

enum {
    QCOW2_INCOMPATIBLE_DIRTY = 1 << 0,
    QCOW2_INCOMPATIBLE_CORRUPT = 1 << 1,
    QCOW2_INCOMPATIBLE_DATA_FILE = 1 << 2,
    QCOW2_INCOMPATIBLE_COMPRESSION = 1 << 3,
    QCOW2_INCOMPATIBLE_EXTENDED_L2 = 1 << 4,
    QCOW2_INCOMPATIBLE_KNOWN = 0x1f,
    QCOW2_COMPATIBLE_LAZY = 1 << 0,
};

#define QCOW2_EXTENSION_BACKING_FORMAT 0xe2792acau
#define QCOW2_EXTENSION_FEATURE_NAMES 0x6803f857u

#define QCOW2_CLUSTER_BITS_MIN 9
#define QCOW2_CLUSTER_BITS_MAX 21
#define QCOW2_L1_MAX_BYTES (UINT64_C(32) << 20)      /* QEMU opens no larger ones */
#define QCOW2_REFTABLE_MAX_BYTES (UINT64_C(8) << 20) /* the same */
#define QCOW2_BACKING_NAME_MAX 1023
#define QCOW2_ENTRY_COPIED (UINT64_C(1) << 63)       /* the cluster an entry points at has a refcount of 1 */
