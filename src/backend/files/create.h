/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling a draft with an empty image. For the other files of this folder. */
#pragma once

#include "backend/files/draft.h"
#include "backend/files/request.h"

/** alj_make_raw: @bytes of zeros, the first @allocation_bytes of them backed by blocks (beyond @bytes, too). */
bool alj_make_raw(AljDraft *draft, const AljVolDef *request, uint64_t bytes, uint64_t allocation_bytes, GError **error);

/** alj_make_qcow2: an empty image by ourselves, of @bytes for the guest. */
bool alj_make_qcow2(AljDraft *draft, const AljVolDef *request, const AljBase *base, uint64_t bytes, unsigned flags,
                    GError **error);

/**
 * alj_check_made:
 * Looks at what a program has put into the draft: what it said does not count.
 * @capacity_bytes: the least it must have
 */
bool alj_check_made(AljDraft *draft, const AljVolDef *request, uint64_t capacity_bytes, bool has_backing, GError **error);
