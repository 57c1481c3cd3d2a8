/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a volume document asks for, checked and completed. For this folder, and for types whose volumes are images elsewhere. */
#pragma once

#include "backend/backend.h"
#include "host/qcow2.h"

/**
 * alj_request_check:
 * Whether a volume like @request can be made in a directory at all, with @flags of AljVolCreateFlags. Looks at the request
 * and whether its secret can be had. Errors: libvirt's refusals, in its words and its order.
 */
bool alj_request_check(AljCall *call, const AljVolDef *request, unsigned flags, GError **error);

/**
 * alj_request_check_name: whether a new entry of a directory can have the name of @vol, whose path is for messages.
 * Errors: BAD_STATE and INVALID_ARG in libvirt's words, SYSTEM (ENAMETOOLONG). Pure.
 */
bool alj_request_check_name(const AljVolDef *vol, GError **error);

/** alj_request_compat: the qcow2 compatibility level it means: "0.10", "1.1" or what it says. */
const char *alj_request_compat(const AljVolDef *request);

/** alj_request_is_raw: made of plain bytes by ourselves: raw and iso without encryption. */
bool alj_request_is_raw(const AljVolDef *request);

/** alj_request_is_luks: a LUKS image, whose plain bytes are the disk. */
bool alj_request_is_luks(const AljVolDef *request);

/** alj_request_is_native: a qcow2 image that we write ourselves. */
bool alj_request_is_native(const AljVolDef *request);

/** AljBase: the backing store a request names. Cleared with alj_base_clear(). */
typedef struct AljBase {
    bool is_there;
    AljVolFormat format;  /* stated, or what its header says (D-06) */
    uint64_t capacity_bytes;
} AljBase;

/**
 * alj_request_base:
 * Opens and vets the backing store. Errors: SYSTEM "inaccessible backing store volume P: …", BAD_STATE if it may not be used.
 */
bool alj_request_base(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, AljBase *ret, GError **error);

/** alj_request_qcow2: how a native image of @bytes for the guest is written. Borrows from @request and @base. Pure. */
AljQcow2Options alj_request_qcow2(const AljVolDef *request, const AljBase *base, uint64_t bytes, unsigned flags);
