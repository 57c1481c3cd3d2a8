/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * AljUndo:
 * Steps that take back what was done so far. Declared as `g_auto(AljUndo) undo = ALJ_UNDO_INIT;`: at the end
 * of the scope the steps run in reverse order, unless alj_undo_commit() was called. One thread.
 */
typedef struct AljUndo {
    GSList *steps;
} AljUndo;

#define ALJ_UNDO_INIT { NULL }

/**
 * alj_undo_push:
 * @step: called with @take_data when the work is taken back; must not fail
 * @take_data: (transfer full) owned by the stack from now on
 * @free_data: (nullable) frees @take_data, after the step or on commit
 */
void alj_undo_push(AljUndo *undo, void (*step)(void *data), void *take_data, GDestroyNotify free_data);

/** alj_undo_commit: the work stays; the steps are forgotten. */
void alj_undo_commit(AljUndo *undo);

/** alj_undo_clear: runs what is left, newest first. Called by g_auto. */
void alj_undo_clear(AljUndo *undo);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljUndo, alj_undo_clear)
