/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of a gluster volume under construction: hidden until it gets its name in one step. For this folder only. */
#pragma once

#include "backend/gluster/place.h"

/** AljGlusterDraft: declared as `g_auto(AljGlusterDraft) draft = { 0 };`. What was not committed is gone when the scope ends. */
typedef struct AljGlusterDraft {
    const AljGlusterPlace *place; /* (borrowed) */
    char *tmp;                    /* NULL: nothing begun */
    glfs_object_t *object;
    AljMedium *medium;            /* empty, for reading and writing */
} AljGlusterDraft;

/** alj_gluster_draft_begin: makes the hidden file with owner and mode (default 0600) of @request. Errors: SYSTEM. */
bool alj_gluster_draft_begin(AljGlusterDraft *draft, const AljGlusterPlace *place, const AljVolDef *request, GError **error);

/**
 * alj_gluster_draft_commit: makes the bytes durable, gives them the name of @request, makes that durable, and reads the volume.
 * Errors: BAD_STATE "volume target path 'P' already exists", SYSTEM. (transfer full)
 */
AljVolDef *alj_gluster_draft_commit(AljGlusterDraft *draft, const AljVolDef *request, GError **error);

void alj_gluster_draft_clear(AljGlusterDraft *draft);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljGlusterDraft, alj_gluster_draft_clear)
