/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of operations, for this folder: where each runs, how long it may take, and the functions in op_*.c. */
#pragma once

#include "core/job.h"
#include "core/pool_private.h"

typedef enum AljOpPlace {
    ALJ_PLACE_FILES,  /* one at a time in the whole core: our own small files, never storage */
    ALJ_PLACE_LANE,   /* one at a time per pool */
    ALJ_PLACE_BESIDE, /* a few at a time per pool, with a claim on the volume */
    ALJ_PLACE_STREAM, /* a thread of its own */
    ALJ_PLACE_FINDER, /* belongs to no pool */
} AljOpPlace;

typedef struct AljOpRow {
    const char *name;
    AljOpPlace place;
    size_t limit;    /* offset of a member of AljCoreLimits; that of progress_usec: no limit while it progresses */
    bool is_audited; /* changes something: one line in the log */
    /* (nullable) Checks on the submitter's thread, memory only, before the job is listed; may set op->pool, job->def. */
    bool (*admit)(AljJob *job, GError **error);
    bool (*run)(AljJob *job, GError **error);
} AljOpRow;

/** alj_op_rows: one per AljOpKind. Others reach it through their core (alj_op_row()), so that only the core knows them all. */
extern const AljOpRow alj_op_rows[ALJ_N_OP_KINDS];

bool alj_op_pool_define(AljJob *job, GError **error);
bool alj_op_pool_admit_create(AljJob *job, GError **error);
bool alj_op_pool_create(AljJob *job, GError **error);
bool alj_op_pool_start(AljJob *job, GError **error);
bool alj_op_pool_build(AljJob *job, GError **error);
bool alj_op_pool_stop(AljJob *job, GError **error);
bool alj_op_pool_delete(AljJob *job, GError **error);
bool alj_op_pool_refresh(AljJob *job, GError **error);
bool alj_op_pool_undefine(AljJob *job, GError **error);
bool alj_op_pool_autostart(AljJob *job, GError **error);
bool alj_op_pool_restore(AljJob *job, GError **error);
bool alj_op_reload(AljJob *job, GError **error);
bool alj_op_secret_define(AljJob *job, GError **error);
bool alj_op_secret_set_value(AljJob *job, GError **error);
bool alj_op_secret_undefine(AljJob *job, GError **error);
bool alj_op_sources(AljJob *job, GError **error);
bool alj_op_vol_create(AljJob *job, GError **error);
bool alj_op_vol_copy(AljJob *job, GError **error);
bool alj_op_vol_delete(AljJob *job, GError **error);
bool alj_op_vol_resize(AljJob *job, GError **error);
bool alj_op_vol_wipe(AljJob *job, GError **error);
bool alj_op_vol_upload(AljJob *job, GError **error);
bool alj_op_vol_download(AljJob *job, GError **error);

/** alj_op_check_type: refuses the types that are words only, which no backend will ever serve. */
bool alj_op_check_type(AljPoolType type, GError **error);

/** alj_op_parse_pool: the definition in op->xml, with a backend installed for it. (transfer full) Shared by define and create. */
AljPoolDef *alj_op_parse_pool(AljJob *job, bool validates, GError **error);

/** alj_op_release_pool: ends the phase that the operation began; a pool that is neither active nor stored now is forgotten. */
void alj_op_release_pool(AljPool *pool);
