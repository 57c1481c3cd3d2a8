/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The undo stack: several steps that must not remain half done. It only keeps functions and their data; what a
 * step does belongs to the caller. One thread owns a stack.
 */
#include "base/undo.h"

typedef struct Step {
    void (*run)(void *data);
    void *data;
    GDestroyNotify free_data;
} Step;

static void
free_step(Step *step)
{
    if (step->free_data)
        step->free_data(step->data);
    g_free(step);
}

void
alj_undo_push(AljUndo *undo, void (*run)(void *data), void *take_data, GDestroyNotify free_data)
{
    Step *step = g_new(Step, 1);
    *step = (Step){ run, take_data, free_data };
    undo->steps = g_slist_prepend(undo->steps, step);
}

void
alj_undo_commit(AljUndo *undo)
{
    g_slist_free_full(g_steal_pointer(&undo->steps), (GDestroyNotify) free_step);
}

void
alj_undo_clear(AljUndo *undo)
{
    while (undo->steps) {
        Step *step = undo->steps->data;
        undo->steps = g_slist_delete_link(undo->steps, undo->steps);
        step->run(step->data);
        free_step(step);
    }
}
