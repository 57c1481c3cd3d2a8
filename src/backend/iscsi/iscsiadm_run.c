/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iscsiadm, the program of open-iscsi. Runs on a pool's workers. */
#include "backend/iscsi/iscsiadm_run.h"

#include "host/run.h"

#include <stdarg.h>

#define QUERY_USEC  (30 * G_TIME_SPAN_SECOND)
#define CHANGE_USEC (60 * G_TIME_SPAN_SECOND)
#define PORTAL_TAG  ",1" /* group of portals; the target's own takes its place at the login */

static char *run(AljCall *call, gint64 usec, int *ret_status, GError **error, ...) G_GNUC_NULL_TERMINATED;

/* The words of the command line follow, without the program's name. */
static char *
run(AljCall *call, gint64 usec, int *ret_status, GError **error, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    va_list words;
    g_ptr_array_add(argv, (char *) "iscsiadm");
    va_start(words, error);
    do
        g_ptr_array_add(argv, va_arg(words, char *));
    while (g_ptr_array_index(argv, argv->len - 1));
    va_end(words);
    AljRun program = { .argv = (const char *const *) argv->pdata, .timeout_usec = usec, .ret_status = ret_status };
    return alj_run(call->host, &program, call->task, error);
}

static bool
did(char *take_output)
{
    bool is_done = take_output != NULL;
    g_free(take_output);
    return is_done;
}

char *
alj_iscsiadm_discover(AljCall *call, const char *portal, const char *interface, GError **error)
{
    g_autofree char *tagged = g_strconcat(portal, PORTAL_TAG, NULL);
    if (interface)
        return run(call, QUERY_USEC, NULL, error, "--mode", "discovery", "--type", "sendtargets", "--portal", tagged, "--interface",
                   interface, "--op", "nonpersistent", NULL);
    return run(call, QUERY_USEC, NULL, error, "--mode", "discovery", "--type", "sendtargets", "--portal", tagged, "--op",
               "nonpersistent", NULL);
}

char *
alj_iscsiadm_interfaces(AljCall *call, GError **error)
{
    return run(call, QUERY_USEC, NULL, error, "--mode", "iface", NULL);
}

bool
alj_iscsiadm_new_interface(AljCall *call, const char *interface, const char *initiator, GError **error)
{
    if (!did(run(call, QUERY_USEC, NULL, error, "--mode", "iface", "--interface", interface, "--op", "new", NULL)))
        return false;
    return !initiator
        || did(run(call, QUERY_USEC, NULL, error, "--mode", "iface", "--interface", interface, "--op", "update", "--name",
                   "iface.initiatorname", "--value", initiator, NULL));
}

static char *
run_node(AljCall *call, const AljIscsiNode *node, gint64 usec, int *ret_status, const char *what, const char *how, GError **error)
{
    g_autofree char *tagged = g_strconcat(node->portal, PORTAL_TAG, NULL);
    return run(call, usec, ret_status, error, "--mode", "node", "--portal", tagged, "--targetname", node->target, "--interface",
               node->interface, what, how, NULL);
}

bool
alj_iscsiadm_new_node(AljCall *call, const AljIscsiNode *node, GError **error)
{
    return did(run_node(call, node, QUERY_USEC, NULL, "--op", "new", error));
}

bool
alj_iscsiadm_login(AljCall *call, const AljIscsiNode *node, int *ret_status, GError **error)
{
    *ret_status = -1;
    return did(run_node(call, node, CHANGE_USEC, ret_status, "--login", NULL, error));
}

static bool
run_session(AljCall *call, unsigned session, const char *what, GError **error)
{
    g_autofree char *id = g_strdup_printf("%u", session);
    return did(run(call, CHANGE_USEC, NULL, error, "--mode", "session", "-r", id, what, NULL));
}

bool
alj_iscsiadm_logout(AljCall *call, unsigned session, GError **error)
{
    return run_session(call, session, "--logout", error);
}

bool
alj_iscsiadm_rescan(AljCall *call, unsigned session, GError **error)
{
    return run_session(call, session, "-R", error);
}

void
alj_iscsiadm_forget(AljCall *call, const char *target, const char *interface)
{
    /* Both fail where there is nothing; whether something is left the caller sees for itself. */
    (void) did(run(call, QUERY_USEC, NULL, NULL, "--mode", "node", "--targetname", target, "--interface", interface, "--op", "delete",
                   NULL));
    (void) did(run(call, QUERY_USEC, NULL, NULL, "--mode", "iface", "--interface", interface, "--op", "delete", NULL));
}
