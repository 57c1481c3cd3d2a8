/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wire/procedures.h"

#include <sys/types.h>

/** AljRole: what a peer may do on a connection. */
typedef enum AljRole {
    ALJ_ROLE_NONE,   /* may only open read-only */
    ALJ_ROLE_READER, /* came in on the read-only socket */
    ALJ_ROLE_WRITER
} AljRole;

/** AljPolicy: who may write besides root and the user the daemon runs as. */
typedef struct AljPolicy {
    bool has_group;
    gid_t group;
} AljPolicy;

/** AljPeer: who is at the other end of a connection, as the kernel says. */
typedef struct AljPeer {
    long uid; /* -1: unknown */
    long pid;
    AljRole role;
} AljPeer;

/** alj_policy_init: @group: (nullable) name of the group whose members may write. Errors: INVALID_ARG, no such group. */
bool alj_policy_init(AljPolicy *policy, const char *group, GError **error);

/** alj_policy_peer: asks the kernel who is connected to @fd and what @policy lets him do. One or two system calls. */
void alj_policy_peer(const AljPolicy *policy, int fd, bool is_readonly_socket, AljPeer *ret);

/**
 * alj_rights_open:
 * Whether @peer may open a connection, read-only or not. Errors: AUTH_FAILED.
 */
bool alj_rights_open(const AljPeer *peer, bool is_readonly, GError **error);

/**
 * alj_rights_call:
 * Whether @procedure may be called on a connection that is read-only or not. Decided from the row alone, before any argument
 * is looked at. Errors: DENIED "read only access prevents API" in the procedure's area.
 */
bool alj_rights_call(const AljProcedure *procedure, bool is_readonly, GError **error);
