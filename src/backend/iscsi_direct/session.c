/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of an iSCSI session: connect, log in, run commands, log out. Owns libiscsi's context; the only file that waits
 * for its events. Runs on a pool's workers.
 */
#include "backend/iscsi_direct/session.h"

#include "backend/iscsi_direct/portal.h"
#include "base/task.h"
#include "host/host.h"

#include <errno.h>
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define LOOK_MSEC      100 /* how often a wait looks whether it is to end; libiscsi wants to be called that often, too */
#define LOGIN_USEC     (15 * G_USEC_PER_SEC) /* as open-iscsi's node.conn[0].timeo.login_timeout */
#define COMMAND_USEC   (60 * G_USEC_PER_SEC)
#define LOGOUT_USEC    (2 * G_USEC_PER_SEC)
#define ATTENTIONS_MAX 8   /* each nexus has a few to tell: power on, a changed list of units, … */
#define REDIRECTS_MAX  3
#define NAME_BYTES_MAX 223 /* RFC 7143, 4.2.7 */
#define CHAP_BYTES_MAX MAX_STRING_SIZE
#define TARGETS_MAX    10000

/* Additional sense codes that libiscsi has no names for (SPC-4, D.2). */
#define IDENTIFIER_CHANGED 0x3f05
#define LUNS_CHANGED       0x3f0e

typedef struct Answer {
    bool is_there;
    int status; /* of enum scsi_status */
} Answer;

struct AljIscsi {
    struct iscsi_context *context; /* NULL: lost */
    AljCall *call;
    char *portal;                  /* "HOST:PORT" of the document, then the address that is talked to */
    char *target;                  /* NULL: a session for discovery */
    const char *initiator;
    const AljPoolAuth *auth;       /* (nullable) */
    bool (*check_change)(void *data, GError **error); /* (nullable) */
    void *check_data;
    Answer connected;              /* libiscsi tells of a connection twice: when it is made and when it ends */
};

/* ---- waiting ---- */

/* What was in flight is answered as cancelled, before this returns. */
static void
drop_context(AljIscsi *session)
{
    if (session->context)
        (void) iscsi_destroy_context(session->context); /* it is freed whatever it says */
    session->context = NULL;
}

static bool
fail_lost(AljIscsi *session, int os_errno, GError **error)
{
    return alj_fail(error, ALJ_ERROR_INTERNAL, "no connection to iSCSI portal '%s': %s", session->portal,
                    os_errno ? g_strerror(os_errno) : "it was closed by the other side");
}

/* Why the connection was not made, which libiscsi would overwrite with a text about itself. 0: nothing is wrong. */
static int
socket_error(int fd)
{
    int failed = 0;
    socklen_t size = sizeof failed;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) == 0 ? failed : errno;
}

/* One look at the socket, one round of libiscsi's work. */
static bool
turn(AljIscsi *session, int msec, GError **error)
{
    struct pollfd watch = { .fd = iscsi_get_fd(session->context), .events = (short) iscsi_which_events(session->context) };
    int n = poll(&watch, 1, msec);
    if (n < 0 && errno != EINTR)
        return fail_lost(session, errno, error);
    bool is_refused = n > 0 && !session->connected.is_there && (watch.revents & (POLLERR | POLLHUP));
    int failed = is_refused ? socket_error(watch.fd) : 0; /* later: what the server said before it closed is to be read first */
    if (failed != 0)
        return fail_lost(session, failed, error);
    return iscsi_service(session->context, n > 0 ? watch.revents : 0) == 0 || fail_lost(session, 0, error);
}

/* One round of waiting. Returns: false if there is no point in another. */
static bool
wait_once(AljIscsi *session, const AljTask *task, gint64 since_usec, gint64 limit_usec, GError **error)
{
    gint64 left_usec = since_usec + limit_usec - g_get_monotonic_time();
    if (left_usec <= 0)
        return alj_fail(error, ALJ_ERROR_TIMEOUT, "iSCSI portal '%s' did not answer within %d s", session->portal,
                        (int) (limit_usec / G_USEC_PER_SEC));
    return alj_task_check(task, "iSCSI command", error) && turn(session, (int) MIN(LOOK_MSEC, left_usec / 1000 + 1), error);
}

/* Returns: false if it did not come in time, or the task ended; the session is lost then. A server may answer and close at once. */
static bool
wait_for(AljIscsi *session, const Answer *answer, const AljTask *task, gint64 limit_usec, GError **error)
{
    gint64 since_usec = g_get_monotonic_time();
    g_autoptr(GError) failure = NULL;
    while (!answer->is_there && !failure)
        (void) wait_once(session, task, since_usec, limit_usec, &failure); /* one or the other tells */
    if (answer->is_there)
        return true;
    drop_context(session);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static void
take_answer(struct iscsi_context *context, int status, void *data, void *own)
{
    *(Answer *) own = (Answer){ true, status };
}

/* ---- logging in ---- */

static bool
check_name(const char *name, GError **error)
{
    size_t bytes = strlen(name);
    bool is_plain = bytes > 0 && bytes <= NAME_BYTES_MAX;
    for (size_t i = 0; is_plain && i < bytes; i++)
        is_plain = (unsigned char) name[i] > ' ' && name[i] != 0x7f && name[i] != ',' && name[i] != '=';
    return is_plain || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' is not a name of iSCSI", name);
}

static bool
set_chap(AljIscsi *session, GError **error)
{
    const AljPoolAuth *auth = session->auth;
    char password[CHAP_BYTES_MAX + 1] = "";
    gsize bytes;
    if (g_strcmp0(auth->type, "chap") != 0)
        return alj_fail(error, ALJ_ERROR_XML, "iscsi-direct pool only supports 'chap' auth type");
    g_autoptr(GBytes) secret = session->call->get_auth_secret(session->call, auth, error);
    const char *value = secret ? g_bytes_get_data(secret, &bytes) : NULL;
    if (!secret)
        return false;
    if (bytes == 0 || bytes > CHAP_BYTES_MAX || memchr(value, 0, bytes) || strlen(auth->username) > CHAP_BYTES_MAX)
        return alj_fail(error, ALJ_ERROR_INVALID_SECRET, "CHAP takes names and secrets of 1 to %d bytes without NUL", CHAP_BYTES_MAX);
    memcpy(password, value, bytes);
    int failed = iscsi_set_initiator_username_pwd(session->context, auth->username, password);
    explicit_bzero(password, sizeof password);
    return failed == 0 || alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to set credential: %s", iscsi_get_error(session->context));
}

static bool
make_context(AljIscsi *session, GError **error)
{
    drop_context(session);
    session->context = iscsi_create_context(session->initiator);
    if (!session->context)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to create iscsi context for %s", session->initiator);
    /* Two sessions of one initiator with the same number would end each other; and a lost one is not to come back by itself,
     * in a call that cannot be ended. */
    iscsi_set_noautoreconnect(session->context, 1);
    if (iscsi_set_isid_random(session->context, g_random_int() & 0xffffff, (uint32_t) g_random_int() & 0xffff) != 0
        || (session->target && iscsi_set_targetname(session->context, session->target) != 0)
        || iscsi_set_session_type(session->context, session->target ? ISCSI_SESSION_NORMAL : ISCSI_SESSION_DISCOVERY) != 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to set up an iSCSI session: %s", iscsi_get_error(session->context));
    return !session->auth || set_chap(session, error);
}

static bool
connect_to(AljIscsi *session, const char *address, GError **error)
{
    g_free(session->portal);
    session->portal = g_strdup(address);
    int failed = alj_host_gate(session->call->host, "connect to iSCSI portal");
    if (failed != 0)
        return fail_lost(session, failed, error);
    if (!make_context(session, error))
        return false;
    session->connected = (Answer){ 0 };
    if (iscsi_connect_async(session->context, address, take_answer, &session->connected) != 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "%s", iscsi_get_error(session->context));
    if (!wait_for(session, &session->connected, session->call->task, LOGIN_USEC, error))
        return false;
    return session->connected.status == SCSI_STATUS_GOOD
        || alj_fail(error, ALJ_ERROR_INTERNAL, "%s", iscsi_get_error(session->context));
}

/* Whether another address may do better. */
static bool
is_about_address(const GError *failure)
{
    return alj_error_is(failure, ALJ_ERROR_TIMEOUT) || alj_error_is(failure, ALJ_ERROR_INTERNAL);
}

static bool
connect_anywhere(AljIscsi *session, const char *portal, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_auto(GStrv) addresses = alj_portal_resolve(portal, session->call->task, &failure);
    for (unsigned i = 0; addresses && addresses[i]; i++) {
        g_clear_error(&failure);
        if (connect_to(session, addresses[i], &failure))
            return true;
        if (!is_about_address(failure) || !alj_task_check(session->call->task, "iSCSI command", NULL))
            break;
    }
    if (alj_error_is(failure, ALJ_ERROR_INTERNAL))
        return alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to connect: %s", failure->message);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* Connects and logs in, where the server sends us if it does. */
static bool
open_session(AljIscsi *session, GError **error)
{
    g_autofree char *portal = g_strdup(session->portal);
    for (unsigned i = 0; i <= REDIRECTS_MAX; i++) {
        Answer answer = { 0 };
        if (!connect_anywhere(session, portal, error))
            return false;
        if (iscsi_login_async(session->context, take_answer, &answer) != 0)
            return alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to login: %s", iscsi_get_error(session->context));
        if (!wait_for(session, &answer, session->call->task, LOGIN_USEC, error))
            return false;
        if (answer.status == SCSI_STATUS_GOOD)
            return true;
        const char *moved = answer.status == SCSI_STATUS_REDIRECT ? iscsi_get_target_address(session->context) : NULL;
        if (!moved)
            return alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to login: %s", iscsi_get_error(session->context));
        g_free(portal);
        portal = g_strdup(moved);
    }
    return alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to login: the target is always somewhere else");
}

static AljIscsi *
new_session(AljCall *call, const AljPoolHost *host, const char *initiator, const char *target, const AljPoolAuth *auth)
{
    AljIscsi *session = g_new0(AljIscsi, 1);
    *session = (AljIscsi){ .call = call, .portal = alj_portal_text(host), .target = g_strdup(target), .initiator = initiator,
                           .auth = auth };
    return session;
}

AljIscsi *
alj_iscsi_login(AljCall *call, const AljPoolDef *pool, GError **error)
{
    const AljPoolDevice *target = pool->devices->len > 0 ? pool->devices->pdata[0] : NULL;
    if (pool->hosts->len != 1 || !target) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "Expected exactly 1 %s for the storage pool", target ? "host" : "device");
        return NULL;
    }
    if (!check_name(pool->initiator, error) || !check_name(target->path, error))
        return NULL;
    g_autoptr(AljIscsi) session = new_session(call, pool->hosts->pdata[0], pool->initiator, target->path, pool->auth);
    return open_session(session, error) ? g_steal_pointer(&session) : NULL;
}

/* ---- discovery ---- */

typedef struct Found {
    Answer answer;
    GPtrArray *targets; /* of char * */
} Found;

static void
take_targets(struct iscsi_context *context, int status, void *data, void *own)
{
    Found *found = own;
    const struct iscsi_discovery_address *target = status == SCSI_STATUS_GOOD ? data : NULL;
    for (; target && found->targets->len < TARGETS_MAX; target = target->next) {
        bool is_known = g_ptr_array_find_with_equal_func(found->targets, target->target_name, g_str_equal, NULL);
        if (!is_known && g_utf8_validate(target->target_name, -1, NULL) && check_name(target->target_name, NULL))
            g_ptr_array_add(found->targets, g_strdup(target->target_name));
    }
    found->answer = (Answer){ true, status };
}

GPtrArray *
alj_iscsi_discover(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) targets = g_ptr_array_new_with_free_func(g_free);
    Found found = { .targets = targets };
    if (!check_name(spec->initiator, error))
        return NULL;
    g_autoptr(AljIscsi) session = new_session(call, spec->hosts->pdata[0], spec->initiator, NULL, NULL);
    if (!open_session(session, error))
        return NULL;
    if (iscsi_discovery_async(session->context, take_targets, &found) != 0) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to discover session: %s", iscsi_get_error(session->context));
        return NULL;
    }
    if (!wait_for(session, &found.answer, call->task, LOGIN_USEC, error))
        return NULL;
    if (found.answer.status == SCSI_STATUS_GOOD)
        return g_steal_pointer(&targets);
    alj_fail(error, ALJ_ERROR_INTERNAL, "Failed to discover session: %s", iscsi_get_error(session->context));
    return NULL;
}

/* ---- commands ---- */

static void
free_command(struct scsi_task *command)
{
    if (command)
        scsi_free_scsi_task(command);
}
typedef struct scsi_task Command;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Command, free_command)

/* What the unit says about the command, as an error. */
static bool
fail_unit(const AljIscsi *session, unsigned lun, const Command *command, GError **error)
{
    int reason = command->sense.ascq;
    if (command->status == SCSI_STATUS_RESERVATION_CONFLICT)
        return alj_fail_errno(error, EBUSY, "LUN %u of '%s' is reserved by another host", lun, session->target);
    if (command->status != SCSI_STATUS_CHECK_CONDITION)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "LUN %u of '%s' answers with status 0x%x", lun, session->target,
                        command->status);
    if (command->sense.key == SCSI_SENSE_DATA_PROTECTION)
        return alj_fail_errno(error, EROFS, "LUN %u of '%s' cannot be written to", lun, session->target);
    if (reason == SCSI_SENSE_ASCQ_LOGICAL_UNIT_NOT_SUPPORTED)
        return alj_fail(error, ALJ_ERROR_NO_VOL, "'%s' has no LUN %u", session->target, lun);
    bool is_unknown = reason == SCSI_SENSE_ASCQ_INVALID_OPERATION_CODE || reason == SCSI_SENSE_ASCQ_INVALID_FIELD_IN_CDB;
    return alj_fail(error, is_unknown ? ALJ_ERROR_UNSUPPORTED : ALJ_ERROR_OPERATION_FAILED, "LUN %u of '%s' answers: %s, %s", lun,
                    session->target, scsi_sense_key_str((int) command->sense.key), scsi_sense_ascq_str(reason));
}

/* Whether the unit did nothing and may be asked again. */
static bool
is_worth_again(const Command *command)
{
    return command->status == SCSI_STATUS_BUSY || command->status == SCSI_STATUS_TASK_SET_FULL
        || (command->status == SCSI_STATUS_CHECK_CONDITION && command->sense.key == SCSI_SENSE_UNIT_ATTENTION);
}

/* Whether there may be another unit at that number now, or that is what the unit is told of: its names, the list of units. */
static bool
is_about_identity(const Command *command)
{
    int reason = command->sense.ascq;
    return command->status == SCSI_STATUS_CHECK_CONDITION && command->sense.key == SCSI_SENSE_UNIT_ATTENTION
        && (reason == SCSI_SENSE_ASCQ_INQUIRY_DATA_HAS_CHANGED || reason == IDENTIFIER_CHANGED || reason == LUNS_CHANGED);
}

static bool
check_change(AljIscsi *session, GError **error)
{
    bool (*check)(void *, GError **) = g_steal_pointer(&session->check_change); /* its own commands are not checked */
    bool is_same = !check || check(session->check_data, error);
    session->check_change = check;
    return is_same;
}

/* Sends @command and waits for its status. */
static bool
run_once(AljIscsi *session, unsigned lun, Command *command, void *data, GError **error)
{
    Answer answer = { 0 };
    struct scsi_iovec piece = { data, (size_t) command->expxferlen };
    int failed = alj_host_gate(session->call->host, "iSCSI command");
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot reach LUN %u of '%s'", lun, session->target);
    if (command->xfer_dir == SCSI_XFER_READ)
        scsi_task_set_iov_in(command, &piece, 1);
    else if (command->xfer_dir == SCSI_XFER_WRITE)
        scsi_task_set_iov_out(command, &piece, 1);
    if (iscsi_scsi_command_async(session->context, (int) lun, command, take_answer, NULL, &answer) != 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "%s", iscsi_get_error(session->context));
    if (!wait_for(session, &answer, session->call->task, COMMAND_USEC, error))
        return false;
    if (answer.status != SCSI_STATUS_CANCELLED && answer.status != SCSI_STATUS_ERROR && answer.status != SCSI_STATUS_TIMEOUT)
        return true;
    drop_context(session); /* the connection went while the command was on its way */
    return fail_lost(session, 0, error);
}

/* What a command that went well moved. */
static bool
count_bytes(const AljIscsi *session, unsigned lun, const Command *command, size_t *ret_bytes, GError **error)
{
    size_t named = (size_t) command->expxferlen;
    size_t left = command->residual_status == SCSI_RESIDUAL_UNDERFLOW ? MIN(command->residual, named) : 0;
    if (ret_bytes)
        *ret_bytes = named - left;
    return ret_bytes || left == 0
        || alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "LUN %u of '%s' moved %zu of %zu bytes", lun, session->target, named - left,
                    named);
}

bool
alj_iscsi_run(AljIscsi *session, unsigned lun, struct scsi_task *take_command, void *data, size_t *ret_bytes, GError **error)
{
    g_autoptr(Command) command = take_command;
    gint64 until_usec = g_get_monotonic_time() + COMMAND_USEC;
    for (unsigned attentions = 0;;) {
        if (!session->context)
            return fail_lost(session, 0, error);
        if (!run_once(session, lun, command, data, error))
            return false;
        if (command->status == SCSI_STATUS_GOOD)
            return count_bytes(session, lun, command, ret_bytes, error);
        bool is_busy = command->status != SCSI_STATUS_CHECK_CONDITION;
        if (!is_worth_again(command) || (is_busy ? g_get_monotonic_time() > until_usec : ++attentions > ATTENTIONS_MAX))
            return fail_unit(session, lun, command, error);
        if (is_about_identity(command) && !check_change(session, error))
            return false;
        if (is_busy)
            g_usleep(LOOK_MSEC * 1000);
        Command *again = scsi_create_task(command->cdb_size, command->cdb, command->xfer_dir, command->expxferlen);
        free_command(command);
        command = again;
        if (!command)
            return alj_fail(error, ALJ_ERROR_NO_MEMORY, "for an iSCSI command");
    }
}

void
alj_iscsi_on_change(AljIscsi *session, bool (*check)(void *data, GError **error), void *data)
{
    session->check_change = check;
    session->check_data = data;
}

bool
alj_iscsi_check(AljIscsi *session, const char *what, GError **error)
{
    return alj_task_check(session->call->task, what, error);
}

void
alj_iscsi_free(AljIscsi *session)
{
    Answer answer = { 0 };
    if (!session)
        return;
    if (session->context && iscsi_is_logged_in(session->context) && iscsi_logout_async(session->context, take_answer, &answer) == 0)
        (void) wait_for(session, &answer, NULL, LOGOUT_USEC, NULL); /* a courtesy */
    drop_context(session);
    g_free(session->portal);
    g_free(session->target);
    g_free(session);
}
