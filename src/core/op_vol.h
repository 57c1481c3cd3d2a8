/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the volume operations share. */
#pragma once

#include "core/claims.h"
#include "core/op_rows.h"

/** AljVolWork: one operation on an existing volume: the claim, the definitions as they are now, and the backend. */
typedef struct AljVolWork {
    AljPool *pool;             /* (borrowed) */
    const AljBackend *backend;
    AljPoolDef *def;           /* (owned) the pool's live definition */
    AljVolDef *vol;            /* (owned) as last known */
    AljClaim *claim;           /* (owned) */
} AljVolWork;

/**
 * alj_vol_work_begin: claims the volume op->vol_name of op->pool.
 * Errors: those of alj_claim_new().
 */
bool alj_vol_work_begin(AljJob *job, AljClaimKind kind, bool is_stream, AljVolWork *ret, GError **error);
void alj_vol_work_clear(AljVolWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljVolWork, alj_vol_work_clear)

/**
 * alj_vol_work_look: replaces work->vol by what is on the medium now (D-03). Backends that cannot tell keep it.
 * Errors: NO_VOL, SYSTEM, those of alj_vol_check_same().
 */
bool alj_vol_work_look(AljJob *job, AljVolWork *work, GError **error);

/** alj_vol_work_publish: the volume has become @now. */
void alj_vol_work_publish(AljJob *job, const AljVolWork *work, AljVolDef *now);

/**
 * alj_vol_work_settle: the change failed, perhaps half way: the volume is published as it is on the medium now, or as gone. A pool that
 * does not answer keeps what was known.
 */
void alj_vol_work_settle(AljJob *job, AljVolWork *work);

/**
 * alj_vol_keep_secret: what was read off the medium does not say which secret opens a volume; @known (nullable) or the table of secrets does.
 * Returns: @take_now, or a copy that says it, too. (transfer full)
 */
AljVolDef *alj_vol_keep_secret(AljCore *core, AljVolDef *take_now, const AljEncryption *known);

/**
 * alj_vol_check_same: whether what a backend found (nullable) at the name of @known still is that volume. Only a scan may put another one in
 * its place, for which the user has asked. Returns: @take_now, or NULL. Errors: BAD_STATE.
 */
AljVolDef *alj_vol_check_same(AljVolDef *take_now, const AljVolDef *known, GError **error);

/** alj_vol_with_stat: a copy of @vol with the numbers of @stat. (transfer full) */
AljVolDef *alj_vol_with_stat(const AljVolDef *vol, const AljVolStat *stat);

/** alj_op_parse_vol: the volume in op->xml for a pool of @type; validated if the flag says so. (transfer full) */
AljVolDef *alj_op_parse_vol(AljJob *job, AljPoolType type, unsigned parse_flags, GError **error);

/**
 * alj_op_build_vol:
 * Makes @request, out of @from (nullable) if there is one: planned, listed while it grows, then as it has become, or gone.
 */
bool alj_op_build_vol(AljJob *job, AljVolDef *request, const AljVolDef *from, AljPoolType from_type, GError **error);
