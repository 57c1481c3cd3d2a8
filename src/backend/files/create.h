/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling a draft with an empty image. For the other files of this folder. */
#pragma once

#include "backend/files/draft.h"
#include "backend/files/request.h"

/** alj_make_raw: @bytes of zeros, the first @allocation_bytes of them backed by blocks (beyond @bytes, too). */
bool alj_make_raw(AljDraft *draft, const AljVolDef *request, uint64_t bytes, uint64_t allocation_bytes, GError **error);

/** alj_make_image: an empty image of the format of @request, with @bytes (a multiple of 512) for the guest. */
bool alj_make_image(AljDraft *draft, const AljVolDef *request, const AljBase *base, uint64_t bytes, unsigned flags,
                    GError **error);

/**
 * alj_check_made:
 * Looks at what a program has put into the draft: what it said does not count.
 * @capacity_bytes: the least it must have
 */
bool alj_check_made(AljDraft *draft, const AljVolDef *request, uint64_t capacity_bytes, bool has_backing, GError **error);
