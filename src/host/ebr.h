/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chain of sectors that describes logical partitions of a dos table. For this folder only. */
#pragma once

#include "host/table_image.h"

/** AljEbrChain: what was found. */
typedef struct AljEbrChain {
    GArray *offsets;     /* of uint64_t: where the links are */
    unsigned n_logical;
    const char *problem; /* (nullable, static) why the chain is not to be trusted */
} AljEbrChain;

void alj_ebr_chain_clear(AljEbrChain *chain);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljEbrChain, alj_ebr_chain_clear)

/**
 * alj_ebr_follow:
 * Follows the links of the extended partition, if sector 0 of the image has one.
 * @copies: copies them from the device first; not after an edit
 * A chain that runs in circles or out of the device is followed as far as it makes sense. Errors: SYSTEM.
 * Source: the partition record of an MBR, UEFI 2.10 section 5.2; the link's sector has the same layout.
 */
bool alj_ebr_follow(AljTableImage *image, bool copies, AljEbrChain *ret, GError **error);
