/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a backend is given for one piece of work. */
#pragma once

#include "core/core.h"

/** alj_call_init: what a backend gets for work on @pool (nullable) that listens to @task. */
void alj_call_init(AljCall *call, AljCore *core, AljPool *pool, AljTask *task);

/** alj_call_clear: what it used of its pool (its connection) is given back. */
void alj_call_clear(AljCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljCall, alj_call_clear)

/**
 * alj_call_init_own:
 * @task: filled here; lives as long as @call
 * For a step back: the job's own task may be why it is taken, and a program is not run for a task that is over.
 */
void alj_call_init_own(AljCall *call, AljCore *core, AljPool *pool, AljTask *task);
