/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * iSCSI as the kernel and open-iscsi keep it: sessions in sysfs, and node records in files, of which what a program takes only on its
 * command line is written here: values of secrets. Nothing waits for a target. Any thread.
 */
#pragma once

#include "base/error.h"
#include "host/sysfs.h"

/** AljIscsiSession: a session with a target; it has a SCSI host of its own. Texts are nullable but the target. */
typedef struct AljIscsiSession {
    unsigned id, host_number, port;
    char *target, *initiator, *interface, *address; /* address: as in the record, a name or a number */
    char *state; /* "LOGGED_IN", "FAILED", "FREE" */
} AljIscsiSession;

void alj_iscsi_session_free(AljIscsiSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljIscsiSession, alj_iscsi_session_free)

/** alj_iscsi_sessions: all of this host. (transfer full, of AljIscsiSession) */
GPtrArray *alj_iscsi_sessions(AljHost *host);

/** alj_iscsi_session_is_up: whether its target answered last. */
bool alj_iscsi_session_is_up(const AljIscsiSession *session);

/* ---- records (iscsi_record.c) ---- */

/** AljIscsiSetting: a line of a record. */
typedef struct AljIscsiSetting {
    const char *name, *value; /* one line of text; a NULL name ends a list */
} AljIscsiSetting;

/**
 * alj_iscsi_record_set:
 * Gives values to settings of all records of @target over @interface, which must be a pool's own. A record is replaced by a file of
 * the same mode (0600) in one step. Errors: INTERNAL if there is no record, or none in the form we know; SYSTEM.
 */
bool alj_iscsi_record_set(AljHost *host, const char *target, const char *interface, const AljIscsiSetting *settings, GError **error);

/** alj_iscsi_record_exists: whether there is a record of @target over @interface, or the interface itself, or what a crash left of one. */
bool alj_iscsi_record_exists(AljHost *host, const char *target, const char *interface);

/** alj_iscsi_record_sweep: removes what a crash in alj_iscsi_record_set() may have left. */
void alj_iscsi_record_sweep(AljHost *host, const char *interface);

/** alj_iscsi_record_edit: @record with the settings changed or added, or NULL if it is no record. Pure. To be freed by alj_wipe_text(). */
char *alj_iscsi_record_edit(const char *record, const AljIscsiSetting *settings);
