/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/volume.h"

#define ALJ_IMAGE_HEAD_BYTES 65536 /* what a probe may look at from the start */

/**
 * AljImageInfo: what a header says. Plain data of fixed size: probing allocates nothing. Host code may use the
 * model's enums, nothing else of it.
 */
typedef struct AljImageInfo {
    AljVolFormat format;         /* what documents say: as the reference, which takes some formats for raw */
    AljVolFormat real_format;    /* what it is: VHDX, DMG, fixed VHD, … although documents say raw */
    bool has_capacity;           /* false: the header says none; use the file size */
    uint64_t capacity_bytes;     /* may be 0 (an image of no size); 0 without has_capacity */
    uint64_t real_capacity_bytes; /* for people, where real_format differs; 0: not said */
    bool is_encrypted;
    AljEncryptionFormat encryption;
    bool has_compat;             /* print compat '1.1' */
    uint64_t cluster_size_bytes; /* 0: none */
    bool has_features;
    unsigned features;           /* AljVolFeatures */
    uint64_t backing_offset;     /* in the head */
    uint32_t backing_length;     /* 0: no backing store */
    bool has_backing_format;
    AljVolFormat backing_format;
    bool has_external_data;      /* qcow2 data file, VMDK extents, VHD and VDI parents: never for a tool */
    bool has_unknown_features;   /* incompatible feature bits nobody has defined: never for a tool */
    bool is_dirty;               /* marked as not closed properly, or as damaged */
    unsigned snapshots;          /* internal ones */
    const char *problem;         /* (nullable) static: why the format is UNKNOWN or facts are left out */
} AljImageInfo;

/**
 * alj_image_probe:
 * @head: the first @head_bytes of the file (at most ALJ_IMAGE_HEAD_BYTES; short files are short heads)
 * @tail: the last 512 bytes, or NULL if the file is shorter (VHD fixed and DMG footers)
 * @iso: 8 bytes at 32769, or NULL if the file is shorter
 * @file_bytes: size of the file
 * Pure: no allocation, no I/O, no globals. Never fails: what is not understood is raw. Source: the
 * published format specifications, named in each image_*.c; which formats and what of them: libvirt's.
 */
void alj_image_probe(const uint8_t *head, size_t head_bytes, const uint8_t *tail, const uint8_t *iso,
                     uint64_t file_bytes, AljImageInfo *ret);
