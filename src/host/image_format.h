/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between image.c, which looks for signatures, and the image_*.c files, each for one family of formats. */
#pragma once

#include "host/bytes.h"
#include "host/image.h"

#define ALJ_IMAGE_FOOTER_BYTES 512

/** AljImageProbe: one look at a file. */
typedef struct AljImageProbe {
    const AljImageView *view;
    const uint8_t *head; /* of the view, which nearly everybody reads */
    size_t head_bytes;
    uint64_t file_bytes;
    AljImageWish wish;   /* the first thing that was missing */
} AljImageProbe;

/**
 * alj_image_get: @bytes of the file at @offset, or NULL if they are not in the file or not in the view. What is not in the
 * view is wished for, unless something else is already: then the answer has to wait for the next look.
 */
const uint8_t *alj_image_get(AljImageProbe *probe, uint64_t offset, size_t bytes);

/** alj_image_want_head: wishes for a head of at least @bytes, as far as the file and ALJ_IMAGE_HEAD_BYTES go. */
void alj_image_want_head(AljImageProbe *probe, uint64_t bytes);

/**
 * Reads the header of one format into @info, whose format the caller has set. Returns: false if the
 * version is none that the format has, and then the file is taken for raw.
 */
typedef bool (*AljImageReader)(AljImageProbe *probe, AljImageInfo *info);

bool alj_image_read_bochs(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_cloop(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_cow(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_dmg(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_luks(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_luks2(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_parallels(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_ploop(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_qcow(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_qcow2(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_qed(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_vdi(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_vhdx(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_vhd_fixed(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_vmdk(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_vmdk_text(AljImageProbe *probe, AljImageInfo *info);
bool alj_image_read_vpc(AljImageProbe *probe, AljImageInfo *info);

/**
 * alj_image_set_capacity: @units × @unit_bytes as the capacity; more than a file can have makes the format
 * UNKNOWN with @problem (static text), and no other fact of the header counts.
 */
void alj_image_set_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes, const char *problem);

/** alj_image_set_unknown: the header contradicts itself: only @problem (static text) is left of it. */
void alj_image_set_unknown(AljImageInfo *info, const char *problem);

/** alj_image_set_real_capacity: what people are told; one that no file can have is left out. */
void alj_image_set_real_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes);

/**
 * alj_image_set_backing: the name at [@offset, @offset + @length) of the head, up to a NUL. Nothing if it
 * is empty or not wholly in the head (a longer one is wished for); longer than 1023 bytes is a problem.
 */
void alj_image_set_backing(AljImageProbe *probe, AljImageInfo *info, uint64_t offset, uint64_t length);
