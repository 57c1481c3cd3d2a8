/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The workers of a pool, and what happens when they hang. */
#pragma once

#include "core/op_rows.h"
#include "core/pool_private.h"

/**
 * alj_lane_admit:
 * @pool: (nullable) what the work is on
 * Whether work of @kind is taken now. Errors: TIMEOUT, at once, while the pool is unresponsive (only a stop is let in then, on a
 * replacement for the stuck worker), or while our own files cannot be written.
 */
bool alj_lane_admit(AljCore *core, AljOpKind kind, AljPool *pool, GError **error);

/** alj_lane_push: gives @job to the workers of its place. Errors: BUSY (too many wait already). */
bool alj_lane_push(AljJob *job, AljWorkFunc func, GError **error);

/** alj_lane_pool: the pool whose workers @job takes up; NULL: the core's own (definitions, searches). */
AljPool *alj_lane_pool(const AljJob *job);

/** alj_lane_is_behind: whether @job, which waits, waits for what @stuck takes up. */
bool alj_lane_is_behind(const AljJob *job, const AljJob *stuck);

/** alj_lane_give_up: @job is past its deadline and its worker stuck: the pool is unresponsive from now on. */
void alj_lane_give_up(AljJob *job);

/** alj_lane_replace: one more worker in place of the stuck one of @job, once what waited behind it is refused. */
void alj_lane_replace(AljJob *job);

/** alj_lane_returned: the worker of a job that was given up came back. Returns: whether it was the last, and the pool is to be read again. */
bool alj_lane_returned(AljJob *job);

/** alj_lane_health: whether the pool is unresponsive, and how long its longest work has been running. */
bool alj_lane_health(AljPool *pool, gint64 *ret_busy_usec);
