/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What SCSI units say of themselves, out of the bytes of their answers. Pure; the bytes are a server's and may be anything:
 * every function takes what lies wholly inside them. Source: SPC-4 (REPORT LUNS, INQUIRY), SBC-3 (the others).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALJ_SCSI_INQUIRY_BYTES  96
#define ALJ_SCSI_CAPACITY_BYTES 32
#define ALJ_SCSI_PAGE_BYTES     252 /* of vital product data: as much as units can name that count it in one byte */
#define ALJ_SCSI_STATUS_BYTES   24 /* GET LBA STATUS with one descriptor */
#define ALJ_SCSI_PAGE_NUMBER       0x80
#define ALJ_SCSI_PAGE_NAMES        0x83
#define ALJ_SCSI_PAGE_LIMITS       0xb0
#define ALJ_SCSI_PAGE_PROVISIONING 0xb2

typedef enum AljScsiKind {
    ALJ_SCSI_ABSENT, /* no unit of that number */
    ALJ_SCSI_DISK,
    ALJ_SCSI_OTHER,  /* a controller, a tape, … */
} AljScsiKind;

/** AljScsiShape: how large a disk is, and what becomes of blocks that are given back. */
typedef struct AljScsiShape {
    uint64_t blocks;
    unsigned block_bytes;
    bool is_thin;       /* blocks can be given back … */
    bool reads_zeros;   /* … and read as zeros then */
} AljScsiShape;

/** AljScsiLimits: blocks that one command may name; 0: the unit does not say. */
typedef struct AljScsiLimits {
    uint32_t transfer_blocks;
    uint32_t unmap_blocks; /* of UNMAP with one descriptor */
    uint64_t same_blocks;  /* of WRITE SAME */
} AljScsiLimits;

/**
 * alj_scsi_parse_luns: the numbers (uint16_t) in an answer to REPORT LUNS, as the first level of addressing has them; what has more levels is
 * left out. @ret_needed_bytes: how long the whole list is. Returns: new array, or NULL if that is no such answer.
 */
GArray *alj_scsi_parse_luns(const uint8_t *data, size_t size, uint64_t *ret_needed_bytes);

/** alj_scsi_parse_kind: from the first byte of the standard INQUIRY data. */
AljScsiKind alj_scsi_parse_kind(const uint8_t *data, size_t size);

/** alj_scsi_parse_shape: READ CAPACITY (16). Returns: false if the numbers cannot be true. */
bool alj_scsi_parse_shape(const uint8_t *data, size_t size, AljScsiShape *ret);

/** alj_scsi_parse_limits: page B0; what is not there stays 0. */
void alj_scsi_parse_limits(const uint8_t *data, size_t size, AljScsiLimits *ret);

/** alj_scsi_parse_provisioning: page B2: whether the unit knows UNMAP, and the same by WRITE SAME. */
void alj_scsi_parse_provisioning(const uint8_t *data, size_t size, bool *ret_unmap, bool *ret_same);

/**
 * alj_scsi_parse_status: GET LBA STATUS: whether block @at is mapped, and up to which block (exclusive) the next are alike.
 * Returns: false if the answer does not speak of @at.
 */
bool alj_scsi_parse_status(const uint8_t *data, size_t size, uint64_t at, bool *ret_is_mapped, uint64_t *ret_end);
