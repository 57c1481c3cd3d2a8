/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions in sysfs: what iscsiadm would print of them, without a program that may wait for its daemon. Owns nothing; any thread. */
#include "host/iscsi.h"

#include "host/scsi.h"

#include <string.h>

#define SESSIONS    "/sys/class/iscsi_session"
#define CONNECTIONS "/sys/class/iscsi_connection"

void
alj_iscsi_session_free(AljIscsiSession *session)
{
    if (!session)
        return;
    g_free(session->target);
    g_free(session->initiator);
    g_free(session->interface);
    g_free(session->address);
    g_free(session->state);
    g_free(session);
}

bool
alj_iscsi_session_is_up(const AljIscsiSession *session)
{
    return g_strcmp0(session->state, "LOGGED_IN") == 0;
}

/* …/host3/session1 */
static bool
read_host(AljHost *host, const char *dir, unsigned *ret_number)
{
    g_autofree char *link = g_build_filename(dir, "device", NULL), *at = alj_sys_resolve(host, link);
    g_autofree char *parent = at ? g_path_get_dirname(at) : NULL, *name = parent ? g_path_get_basename(parent) : NULL;
    return name && alj_scsi_host_number(name, ret_number);
}

/* Of its first connection; nobody makes more. */
static void
read_portal(AljHost *host, AljIscsiSession *session)
{
    g_autofree char *dir = g_strdup_printf(CONNECTIONS "/connection%u:0", session->id);
    g_autofree char *port = alj_sys_attr(host, dir, "persistent_port");
    const char *digits = port ? port : "";
    uint64_t number;
    session->address = alj_sys_attr(host, dir, "persistent_address");
    session->port = alj_sys_number(&digits, '\0', &number) && number <= UINT16_MAX ? (unsigned) number : 0;
}

static AljIscsiSession *
read_session(AljHost *host, const char *name)
{
    g_autoptr(AljIscsiSession) session = g_new0(AljIscsiSession, 1);
    g_autofree char *dir = g_build_filename(SESSIONS, name, NULL);
    const char *digits = name + strlen("session");
    uint64_t id;
    if (!g_str_has_prefix(name, "session") || !alj_sys_number(&digits, '\0', &id) || id > UINT32_MAX
        || !read_host(host, dir, &session->host_number))
        return NULL;
    session->id = (unsigned) id;
    session->target = alj_sys_attr(host, dir, "targetname");
    session->initiator = alj_sys_attr(host, dir, "initiatorname");
    session->interface = alj_sys_attr(host, dir, "ifacename");
    session->state = alj_sys_attr(host, dir, "state");
    read_portal(host, session);
    return session->target ? g_steal_pointer(&session) : NULL;
}

GPtrArray *
alj_iscsi_sessions(AljHost *host)
{
    GPtrArray *sessions = g_ptr_array_new_with_free_func((GDestroyNotify) alj_iscsi_session_free);
    g_auto(GStrv) names = alj_sys_names(host, SESSIONS);
    for (char **name = names; *name; name++) {
        AljIscsiSession *session = read_session(host, *name);
        if (session)
            g_ptr_array_add(sessions, session);
    }
    return sessions;
}
