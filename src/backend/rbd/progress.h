/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a call of the library that takes long tells that the cluster works: it is stuck only if nothing moves. For this folder only. */
#pragma once

#include "base/task.h"

#define ALJ_RBD_OBJECT_BYTES (4u << 20) /* the usual size of an object; what is told counts every one as of this size */

/** AljRbdProgress: declared where the call is made. */
typedef struct AljRbdProgress {
    AljTask *task;    /* (borrowed) */
    uint64_t objects; /* that were told to it */
} AljRbdProgress;

/** alj_rbd_progress_report: a librbd_progress_fn_t; @data: an AljRbdProgress. One thread at a time. Never ends the call. */
static inline int
alj_rbd_progress_report(uint64_t object, uint64_t n_objects, void *data)
{
    AljRbdProgress *progress = data;
    if (object > progress->objects) {
        alj_task_add(progress->task, (object - progress->objects) * ALJ_RBD_OBJECT_BYTES);
        progress->objects = object;
    }
    return 0;
}
