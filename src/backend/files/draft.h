/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A volume under construction: hidden and ours until it gets its name in one step. For the other files of this folder. */
#pragma once

#include "backend/backend.h"

/**
 * AljDraft: declared as `g_auto(AljDraft) draft = ALJ_DRAFT_INIT;`. When the scope ends, what was not committed is gone.
 * One thread.
 */
typedef struct AljDraft {
    AljCall *call;
    const AljPoolDef *pool;
    int dir_fd;    /* of the pool's directory */
    int subvol_fd; /* of the hidden sub-volume that the file is in; -1: it is in the pool's directory */
    int fd;        /* of the file (read and write) or directory (read) */
    char *tmp;     /* NULL: nothing begun */
    bool is_committed;
} AljDraft;

#define ALJ_DRAFT_INIT { .dir_fd = -1, .subvol_fd = -1, .fd = -1 }

/** alj_draft_begin: makes the hidden entry with the final owner and mode (default 0600) of @request. */
bool alj_draft_begin(AljDraft *draft, AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error);

/**
 * alj_draft_commit:
 * Makes the bytes durable, gives the entry the name of @request, makes that durable, and reads back what there is now. Of the
 * request the result keeps the format iso, which no empty file can tell of itself: the next scan takes it for raw.
 * Errors: BAD_STATE "volume target path 'P' already exists".
 */
AljVolDef *alj_draft_commit(AljDraft *draft, const AljVolDef *request, GError **error);

void alj_draft_clear(AljDraft *draft);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljDraft, alj_draft_clear)
