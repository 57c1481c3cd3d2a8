/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session of an iscsi pool. Each pool logs in over an interface of open-iscsi of its own, named after its UUID: so the session it
 * made is told from all others by the kernel itself, whatever became of the daemon meanwhile, and no record of anybody else is changed.
 */
#pragma once

#include "backend/backend.h"
#include "host/iscsi.h"

#define ALJ_ISCSI_PORT 3260

/** AljIscsiPool: what the definition says, checked: all are words of command lines. Texts are the definition's, but the owned one. */
typedef struct AljIscsiPool {
    const AljPoolDef *def;
    const char *target;
    const char *initiator; /* (nullable) */
    char *interface;       /* (owned) */
} AljIscsiPool;

/** alj_iscsi_pool_read: Errors: CONFIG_UNSUPPORTED, INTERNAL in libvirt's words. */
bool alj_iscsi_pool_read(const AljPoolDef *def, AljIscsiPool *ret, GError **error);
void alj_iscsi_pool_clear(AljIscsiPool *pool);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljIscsiPool, alj_iscsi_pool_clear)

/** alj_iscsi_portal: "HOST:PORT", an IPv6 address in brackets. Errors: CONFIG_UNSUPPORTED. (transfer full) */
char *alj_iscsi_portal(const AljPoolHost *host, GError **error);

/**
 * alj_iscsi_find_session:
 * The session with the pool's target: its own, else one of somebody else's whose initiator name fits, best one that is up and over a
 * portal of the pool. NULL: there is none. (transfer full)
 */
AljIscsiSession *alj_iscsi_find_session(AljCall *call, const AljIscsiPool *pool);

/** alj_iscsi_is_own: whether the pool made @session. */
bool alj_iscsi_is_own(const AljIscsiPool *pool, const AljIscsiSession *session);

/* ---- login.c ---- */

/**
 * alj_iscsi_login:
 * Logs in over the first portal that answers. What a failure, or an earlier crash, left is removed.
 * Errors: of iscsiadm; OPERATION_FAILED if the target refuses name and password; NO_SECRET, INVALID_SECRET, CONFIG_UNSUPPORTED.
 */
bool alj_iscsi_login(AljCall *call, const AljIscsiPool *pool, GError **error);

/** alj_iscsi_logout: ends the pool's own session, if there is one, and removes its records. Errors: of iscsiadm, SYSTEM. */
bool alj_iscsi_logout(AljCall *call, const AljIscsiPool *pool, GError **error);

/** alj_iscsi_clean_up: removes records and interface, if there are any. Errors: SYSTEM if something stays. */
bool alj_iscsi_clean_up(AljCall *call, const AljIscsiPool *pool, GError **error);
