/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In and out. A login is three steps: the interface, the record (completed with the password, which never is a word of a command
 * line), the login itself. What a crash leaves between them is under the pool's own name and goes with the next start, stop or look at
 * the pool. Runs on a pool's workers.
 */
#include "backend/iscsi/session.h"

#include "backend/iscsi/iscsiadm_run.h"
#include "base/sealed.h"
#include "base/task.h"
#include "base/undo.h"

#include <string.h>

#define LOGIN_TRIES    3   /* of iscsid, 15 s each, all portals together: its own 8 are more than a start may take */
#define CHAP_BYTES_MAX 255 /* of open-iscsi */

/* ---- CHAP ---- */

static bool
is_chap_word(const char *word)
{
    size_t length = strlen(word);
    bool is_line = length > 0 && length <= CHAP_BYTES_MAX && !g_ascii_isspace(word[0]) && !g_ascii_isspace(word[length - 1]);
    for (const char *at = word; is_line && *at; at++)
        is_line = !g_ascii_iscntrl(*at);
    return is_line;
}

/* The password as text; to be freed by alj_wipe_text(). */
static char *
get_password(AljCall *call, const AljPoolAuth *auth, GError **error)
{
    if (g_strcmp0(auth->type, "chap") != 0) {
        alj_fail(error, ALJ_ERROR_XML, "iscsi pool only supports 'chap' auth type");
        return NULL;
    }
    g_autoptr(GBytes) value = call->get_auth_secret(call, auth, error);
    if (!value)
        return NULL;
    gsize bytes;
    const char *data = g_bytes_get_data(value, &bytes);
    char *password = g_strndup(data ? data : "", bytes);
    if (strlen(password) == bytes && is_chap_word(password) && auth->username && is_chap_word(auth->username))
        return password;
    alj_wipe_text(password);
    alj_fail(error, ALJ_ERROR_INVALID_SECRET, "CHAP takes names and secrets of 1 to %d bytes in one line, without blanks at their ends",
             CHAP_BYTES_MAX);
    return NULL;
}

static bool
complete_record(AljCall *call, const AljIscsiPool *pool, GError **error)
{
    const AljPoolAuth *auth = pool->def->auth;
    char *password = auth ? get_password(call, auth, error) : NULL;
    g_autofree char *tries = g_strdup_printf("%u", MAX(1, LOGIN_TRIES / MAX(1, pool->def->hosts->len)));
    AljIscsiSetting settings[] = { { "node.session.initial_login_retry_max", tries },
                                   { auth ? "node.session.auth.authmethod" : NULL, "CHAP" },
                                   { "node.session.auth.username", auth ? auth->username : NULL },
                                   { "node.session.auth.password", password },
                                   { NULL, NULL } };
    bool is_done = (!auth || password) && alj_iscsi_record_set(call->host, pool->target, pool->interface, settings, error);
    alj_wipe_text(password);
    return is_done;
}

/* ---- in ---- */

static bool
log_in_over(AljCall *call, const AljIscsiPool *pool, const AljPoolHost *host, GError **error)
{
    int status;
    GError *failure = NULL;
    g_autofree char *portal = alj_iscsi_portal(host, error);
    AljIscsiNode node = { portal, pool->target, pool->interface };
    if (!portal || !alj_iscsiadm_new_node(call, &node, error) || !complete_record(call, pool, error))
        return false;
    if (alj_iscsiadm_login(call, &node, &status, &failure) || status == ALJ_ISCSIADM_SESSION_EXISTS) {
        g_clear_error(&failure);
        g_autoptr(AljIscsiSession) session = alj_iscsi_find_session(call, pool);
        return (session && alj_iscsi_is_own(pool, session)) || alj_fail(error, ALJ_ERROR_INTERNAL, "cannot find iscsiadm session: ");
    }
    if (status != ALJ_ISCSIADM_AUTH_FAILED) {
        g_propagate_error(error, failure);
        return false;
    }
    g_error_free(failure);
    const AljPoolAuth *auth = pool->def->auth;
    return auth ? alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "target '%s' at %s refuses CHAP user '%s': the name or the password is "
                           "wrong", pool->target, portal, auth->username)
                : alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "target '%s' at %s refuses the login: it wants <auth type='chap'>, or "
                           "another initiator", pool->target, portal);
}

/* What the step back needs. Lives on the stack of the operation. */
typedef struct Login {
    AljCall *call;
    const AljIscsiPool *pool;
} Login;

static void
undo_login(void *data)
{
    const Login *login = data;
    AljTask task = { 0 }; /* what made the login fail may have been the end of its time */
    AljCall call = *login->call;
    call.task = &task;
    (void) alj_iscsi_logout(&call, login->pool, NULL); /* the next start tries again */
}

bool
alj_iscsi_login(AljCall *call, const AljIscsiPool *pool, GError **error)
{
    Login login = { call, pool };
    GError *failure = NULL;
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!alj_iscsi_clean_up(call, pool, error))
        return false;
    alj_undo_push(&undo, undo_login, &login, NULL);
    if (!alj_iscsiadm_new_interface(call, pool->interface, pool->initiator, error))
        return false;
    for (guint i = 0; i < pool->def->hosts->len; i++) {
        g_clear_error(&failure);
        if (log_in_over(call, pool, g_ptr_array_index(pool->def->hosts, i), &failure)) {
            alj_undo_commit(&undo);
            return true;
        }
    }
    if (failure)
        g_propagate_error(error, failure);
    else
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "Expected at least 1 host for the storage pool");
    return false;
}

/* ---- out ---- */

bool
alj_iscsi_clean_up(AljCall *call, const AljIscsiPool *pool, GError **error)
{
    if (!alj_iscsi_record_exists(call->host, pool->target, pool->interface))
        return true;
    alj_iscsiadm_forget(call, pool->target, pool->interface);
    alj_iscsi_record_sweep(call->host, pool->interface);
    return !alj_iscsi_record_exists(call->host, pool->target, pool->interface)
        || alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "iscsiadm does not remove its records of target '%s' for interface '%s'",
                    pool->target, pool->interface);
}

/* Whether it worked is seen by what is left. */
static bool
end_session(AljCall *call, const AljIscsiPool *pool, GError **error)
{
    g_autoptr(AljIscsiSession) session = alj_iscsi_find_session(call, pool);
    if (!session || !alj_iscsi_is_own(pool, session))
        return true;
    g_autoptr(GError) failure = NULL;
    bool has_run = alj_iscsiadm_logout(call, session->id, &failure);
    g_autoptr(AljIscsiSession) left = alj_iscsi_find_session(call, pool);
    if (!left || !alj_iscsi_is_own(pool, left))
        return true;
    if (has_run)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "iscsiadm does not end session %u with target '%s'", left->id, pool->target);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

bool
alj_iscsi_logout(AljCall *call, const AljIscsiPool *pool, GError **error)
{
    return end_session(call, pool, error) && alj_iscsi_clean_up(call, pool, error);
}
