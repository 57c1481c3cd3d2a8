/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what. The kernel names the peer (SO_PEERCRED, SO_PEERGROUPS); root, the daemon's own user and the members of one
 * configured group may write, everybody who reached a read-only socket may read. Loop thread; never asks a user database, except
 * for the number of the configured group at start.
 */
#include "daemon/rights.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS_FIRST 64

bool
alj_policy_init(AljPolicy *policy, const char *group, GError **error)
{
    char text[4096];
    struct group entry, *found = NULL;
    *policy = (AljPolicy){ 0 };
    if (!group || *group == '\0')
        return true;
    int failed = getgrnam_r(group, &entry, text, sizeof text, &found);
    if (!found && failed != 0)
        return alj_fail_errno(error, failed, "cannot look up group '%s'", group);
    if (!found)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "no group '%s'", group);
    *policy = (AljPolicy){ .has_group = true, .group = entry.gr_gid };
    return true;
}

static bool
is_member(int fd, gid_t primary, gid_t group)
{
    if (primary == group)
        return true;
    socklen_t size = GROUPS_FIRST * sizeof(gid_t);
    g_autofree gid_t *groups = g_malloc(size);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) {
        if (errno != ERANGE)
            return false;
        g_free(groups);
        groups = g_malloc(size); /* the kernel has said how much it needs */
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
            return false;
    }
    for (size_t i = 0; i < size / sizeof(gid_t); i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

void
alj_policy_peer(const AljPolicy *policy, int fd, bool is_readonly_socket, AljPeer *ret)
{
    struct ucred who;
    socklen_t size = sizeof who;
    *ret = (AljPeer){ .uid = -1, .pid = -1, .role = is_readonly_socket ? ALJ_ROLE_READER : ALJ_ROLE_NONE };
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return;
    ret->uid = who.uid;
    ret->pid = who.pid;
    if (is_readonly_socket)
        return;
    if (who.uid == 0 || who.uid == geteuid() || (policy->has_group && is_member(fd, who.gid, policy->group)))
        ret->role = ALJ_ROLE_WRITER;
}

bool
alj_rights_open(const AljPeer *peer, bool is_readonly, GError **error)
{
    if (is_readonly || peer->role == ALJ_ROLE_WRITER)
        return true;
    return alj_fail_area(error, ALJ_AREA_ACCESS, ALJ_ERROR_AUTH_FAILED, "access denied by policy");
}

bool
alj_rights_call(const AljProcedure *procedure, bool is_readonly, GError **error)
{
    if (!is_readonly || procedure->traits & ALJ_PROC_READONLY)
        return true;
    return alj_fail_area(error, procedure->area, ALJ_ERROR_DENIED, "read only access prevents %s", procedure->api);
}
