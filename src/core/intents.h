/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records of changes that are under way, so that a crash in the middle of one is noticed. */
#pragma once

#include "core/job.h"

/** AljIntents: the directory of records; thread-safe. */
typedef struct AljIntents AljIntents;

/** alj_intents_new: @state_dir: records are in its directory "intents"; those left by a crash are read now. Errors: SYSTEM. */
AljIntents *alj_intents_new(const char *state_dir, GError **error);
void alj_intents_free(AljIntents *intents);

typedef struct AljIntent AljIntent;

/** alj_intent_new: writes down that @job is about to change volume @vol_name of @pool. Durable when it returns. Errors: SYSTEM. */
AljIntent *alj_intent_new(const AljJob *job, AljPool *pool, const char *vol_name, GError **error);

/** alj_intent_free: the change is complete or undone: the record goes. */
void alj_intent_free(AljIntent *intent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljIntent, alj_intent_free)

/**
 * alj_intents_settle:
 * Tells in the log which changes of @pool a crash has interrupted, right after it was scanned: the scan has removed what was not
 * complete. Then the records go.
 */
void alj_intents_settle(AljJob *job, AljPool *pool);
