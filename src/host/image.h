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
    AljVolFormat real_format;    /* what it is: VHDX, DMG, fixed VHD, … although documents say raw; for people */
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

#define ALJ_IMAGE_PARTS 4            /* pieces beside the head; no format needs more */
#define ALJ_IMAGE_PART_MAX_BYTES 4096

/** AljImagePart: a piece of a file that was asked for and read. Borrowed. */
typedef struct AljImagePart {
    uint64_t offset;
    size_t length;
    const uint8_t *bytes;
} AljImagePart;

/** AljImageView: what a probe may look at of one file. Borrowed. */
typedef struct AljImageView {
    const uint8_t *head;     /* the first bytes; short files are short heads */
    size_t head_bytes;       /* at most ALJ_IMAGE_HEAD_BYTES */
    AljImagePart parts[ALJ_IMAGE_PARTS];
    unsigned n_parts;
    uint64_t file_bytes;
    bool is_named_by_footer; /* the name of the file says that it may be an image told by its last bytes */
} AljImageView;

/** AljImageWish: bytes of the file that a probe lacks; 0 bytes: none. From offset 0: a longer head. */
typedef struct AljImageWish {
    uint64_t offset;
    size_t bytes;
} AljImageWish;

/**
 * alj_image_probe:
 * @ret_wish: what would tell more; the caller adds it to @view and asks again, as often as it likes. @ret holds what
 *   is known without it. Always inside the file, and at most ALJ_IMAGE_PART_MAX_BYTES or a whole head.
 * Pure: no allocation, no I/O, no globals. Never fails: what is not understood is raw. Source: the
 * published format specifications, named in each image_*.c; which formats and what of them: libvirt's.
 */
void alj_image_probe(const AljImageView *view, AljImageInfo *ret, AljImageWish *ret_wish);

/** alj_image_may_have_footer: whether a file of this @name may be an image that only its last bytes tell. */
bool alj_image_may_have_footer(const char *name);
