/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session with an iSCSI server through libiscsi, without the kernel: logged in, one command at a time. libiscsi is only
 * driven through its event loop, so every wait has a limit and ends when the task is cancelled. A session that lost its server, or
 * that did not answer in time, is of no use any more and says so. One thread uses a session.
 */
#pragma once

#include "backend/backend.h"

struct scsi_task; /* <iscsi/scsi-lowlevel.h> */

typedef struct AljIscsi AljIscsi;

/**
 * alj_iscsi_login:
 * @call: must outlive the session
 * Logs in to the pool's target, with CHAP where the pool has <auth>. Tries all addresses of its host. Errors: INTERNAL "Failed to
 * connect: …", "Failed to login: …", NO_SECRET, CONFIG_UNSUPPORTED and XML (a definition that cannot be used), TIMEOUT, ABORTED.
 */
AljIscsi *alj_iscsi_login(AljCall *call, const AljPoolDef *pool, GError **error);

/** alj_iscsi_discover: the names of the targets that the server of @spec shows, of char *, each once. Errors: as above. */
GPtrArray *alj_iscsi_discover(AljCall *call, const AljSourceSpec *spec, GError **error);

/**
 * alj_iscsi_run:
 * @take_command: made by a scsi_cdb_…() of libiscsi
 * @data: what the command sends or receives, as many bytes as it names; NULL if none
 * @ret_bytes: (nullable) how many were received; without it fewer than named are an error
 * Runs one SCSI command on unit @lun, again after a unit attention and while the unit is busy.
 * Errors: UNSUPPORTED if the unit does not know the command, NO_VOL if there is no such unit, SYSTEM (EROFS, EBUSY: reserved
 * by another host), OPERATION_FAILED with the unit's own reason, TIMEOUT, ABORTED, INTERNAL (connection lost).
 */
bool alj_iscsi_run(AljIscsi *session, unsigned lun, struct scsi_task *take_command, void *data, size_t *ret_bytes, GError **error);

/**
 * alj_iscsi_on_change:
 * From now on @check is called when a unit says that it, or the target's list of units, is not what it was, before anything more is asked
 * of it. What @check refuses fails, with its error. It may run commands. @data must outlive the session.
 */
void alj_iscsi_on_change(AljIscsi *session, bool (*check)(void *data, GError **error), void *data);

/** alj_iscsi_check: alj_task_check() of the session's task. */
bool alj_iscsi_check(AljIscsi *session, const char *what, GError **error);

/** alj_iscsi_free: logs out, which is not waited for long, and closes. */
void alj_iscsi_free(AljIscsi *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljIscsi, alj_iscsi_free)
