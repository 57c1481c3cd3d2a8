/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who works on which volume, and what may be done to it meanwhile. */
#pragma once

#include "base/task.h"
#include "core/pool_private.h"

typedef enum AljClaimKind {
    ALJ_CLAIM_BUILD,     /* the volume is being made */
    ALJ_CLAIM_EXCLUSIVE, /* delete, resize, wipe, upload */
    ALJ_CLAIM_SHARED,    /* download, source of a copy */
} AljClaimKind;

typedef struct AljClaim AljClaim;

/**
 * alj_claim_new:
 * @is_stream: transfers do not keep the pool from being stopped
 * @task: (borrowed) of the claiming work, shown as progress of a volume being made
 * @ret_vol: (nullable) the volume as last known (transfer full); not with ALJ_CLAIM_BUILD
 * Errors: BAD_STATE (pool not active; "volume 'V' is still in use." or "… being allocated."), NO_VOL, VOL_EXISTS.
 */
AljClaim *alj_claim_new(AljPool *pool, const char *vol_name, AljClaimKind kind, bool is_stream, AljTask *task,
                        AljVolDef **ret_vol, GError **error);

/** alj_claim_free: the volume is free again. */
void alj_claim_free(AljClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljClaim, alj_claim_free)

/** alj_claim_progress: whether @vol_name is being made, and how many bytes of it are there. */
bool alj_claim_progress(AljPool *pool, const char *vol_name, uint64_t *ret_bytes);

/** alj_claims_add_built: appends copies of the names of the volumes that are being made. */
void alj_claims_add_built(AljPool *pool, GPtrArray *names);
