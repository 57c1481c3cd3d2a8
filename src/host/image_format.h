/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between image.c, which looks for signatures, and the image_*.c files, each for one family of formats. */
#pragma once

#include "host/bytes.h"
#include "host/image.h"

#define ALJ_IMAGE_TAIL_BYTES 512

/** AljImageView: the parts of a file a probe may look at. Borrowed. */
typedef struct AljImageView {
    const uint8_t *head;
    size_t head_bytes;
    const uint8_t *tail; /* (nullable) ALJ_IMAGE_TAIL_BYTES */
    uint64_t file_bytes;
} AljImageView;

/**
 * Reads the header of one format into @info, whose format the caller has set. Returns: false if the
 * version is none that the format has, and then the file is taken for raw.
 */
typedef bool (*AljImageReader)(const AljImageView *view, AljImageInfo *info);

bool alj_image_read_bochs(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_cloop(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_cow(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_dmg(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_luks(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_parallels(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_ploop(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_qcow(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_qcow2(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_qed(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_vdi(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_vhd_fixed(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_vmdk(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_vmdk_text(const AljImageView *view, AljImageInfo *info);
bool alj_image_read_vpc(const AljImageView *view, AljImageInfo *info);

/**
 * alj_image_set_capacity: @units × @unit_bytes as the capacity; more than a file can have makes the format
 * UNKNOWN with @problem (static text), and no other fact of the header counts.
 */
void alj_image_set_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes, const char *problem);

/** alj_image_set_unknown: the header contradicts itself: only @problem (static text) is left of it. */
void alj_image_set_unknown(AljImageInfo *info, const char *problem);

/**
 * alj_image_set_backing: the name at [@offset, @offset + @length) of the head, up to a NUL. Nothing if it
 * is empty or not wholly in the head; longer than 1023 bytes is a problem.
 */
void alj_image_set_backing(const AljImageView *view, AljImageInfo *info, uint64_t offset, uint64_t length);
