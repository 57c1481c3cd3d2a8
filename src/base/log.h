/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * AljLogFields: what a message is about, as data. NULL, 0 and -1 members are left out.
 * Journal names: POOL= VOLUME= SECRET= CLIENT_UID= JOB= OP= DURATION_USEC= ERROR=.
 */
typedef struct AljLogFields {
    const char *pool;
    const char *volume;
    const char *secret; /* its uuid */
    const char *op;
    const char *error;
    gint64 duration_usec;
    guint64 job;
    long client_uid; /* -1: none; note that 0 is root */
} AljLogFields;

#define ALJ_LOG_NONE { .client_uid = -1 }

/**
 * alj_log_init:
 * Sends everything to the journal when the service manager started us, else to standard error. ALJIBE_DEBUG
 * (comma list of subjects, or "all") turns on debug messages.
 */
void alj_log_init(const char *program);

/**
 * alj_log: one message with @fields; below warnings only after alj_log_init(). Outside text in it is escaped; the same text is
 * repeated at most 10 times a minute.
 */
void alj_log(GLogLevelFlags level, const AljLogFields *fields, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** alj_warn: a warning about nothing that has a field; otherwise as alj_log(). */
void alj_warn(const char *format, ...) G_GNUC_PRINTF(1, 2);

/** alj_debug_wants: whether ALJIBE_DEBUG selects @subject, for messages that cost something to make. */
bool alj_debug_wants(const char *subject);

/** alj_debug: a free message of @subject, shown if ALJIBE_DEBUG selects it. The subjects are listed in aljibed(8). */
void alj_debug(const char *subject, const char *format, ...) G_GNUC_PRINTF(2, 3);
