/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks libvirt's secret driver for a value, as libvirt's own storage daemon does: over the socket of virtsecretd, or of libvirtd where that is
 * everything, with the token that root's daemons know each other by, which opens private secrets. Each question has a connection of its own
 * and an end: a daemon that hangs, or that waits for an answer of ours, costs one worker until then. Runs on workers; nothing is changed once
 * questions come.
 */
#include "daemon/libvirt_secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/files.h"
#include "base/guard.h"
#include "base/sealed.h"
#include "rpc/caller.h"
#include "rpc/connect.h"
#include "rpc/server_error.h"
#include "wire/procedures.h"

#define URI        "secret:///system"
#define TOKEN_FILE "system.token"
#define TOKEN_MAX  256

static const char *const sockets[] = { "virtsecretd-sock", "libvirt-sock" };

struct AljLibvirtSecrets {
    char *run_dir;
    GPtrArray *own; /* of char: names our sockets were bound to */
};

AljLibvirtSecrets *
alj_libvirt_secrets_new(const char *run_dir)
{
    AljLibvirtSecrets *libvirt = g_new0(AljLibvirtSecrets, 1);
    libvirt->run_dir = g_strdup(run_dir);
    libvirt->own = g_ptr_array_new_with_free_func(g_free);
    return libvirt;
}

void
alj_libvirt_secrets_free(AljLibvirtSecrets *libvirt)
{
    if (!libvirt)
        return;
    g_ptr_array_unref(libvirt->own);
    g_free(libvirt->run_dir);
    g_free(libvirt);
}

/* ---- which daemon ---- */

typedef int (*NameFunc)(int fd, struct sockaddr *address, socklen_t *length);

/* getsockname() of a listening socket and getpeername() of one that is connected to it say the same. (transfer full, nullable) */
static char *
name_of(int fd, NameFunc get_name)
{
    struct sockaddr_un address = { 0 };
    socklen_t length = sizeof address;
    if (get_name(fd, (struct sockaddr *) &address, &length) < 0 || address.sun_family != AF_UNIX)
        return NULL;
    return g_strndup(address.sun_path, sizeof address.sun_path);
}

void
alj_libvirt_secrets_leave_out(AljLibvirtSecrets *libvirt, int listen_fd)
{
    char *name = name_of(listen_fd, getsockname);
    if (name)
        g_ptr_array_add(libvirt->own, name);
}

static bool
is_own(const AljLibvirtSecrets *libvirt, int fd)
{
    g_autofree char *name = name_of(fd, getpeername);
    return name && g_ptr_array_find_with_equal_func(libvirt->own, name, g_str_equal, NULL);
}

/* -1 without an error: no such daemon runs. @ret_path: (transfer full) the socket that was tried last. */
static int
find_daemon(const AljLibvirtSecrets *libvirt, gint64 until_usec, char **ret_path, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sockets); i++) {
        g_autoptr(GError) failure = NULL;
        g_free(*ret_path);
        *ret_path = g_build_filename(libvirt->run_dir, sockets[i], NULL);
        alj_autofd fd = alj_connect(*ret_path, until_usec, &failure);
        if (fd >= 0 && !is_own(libvirt, fd))
            return alj_steal_fd(&fd);
        if (failure && alj_error_errno(failure) != ENOENT && alj_error_errno(failure) != ECONNREFUSED) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return -1;
        }
    }
    return -1;
}

/* ---- who we are ---- */

/* (transfer full, nullable: there is none, or it is not for us) */
static char *
load_token(const AljLibvirtSecrets *libvirt)
{
    size_t length;
    g_autofree char *dir = g_build_filename(libvirt->run_dir, "common", NULL);
    alj_autofd dir_fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    return dir_fd >= 0 ? alj_files_load(dir_fd, TOKEN_FILE, TOKEN_MAX, &length, NULL) : NULL;
}

/* A server that refuses it has said what it thinks of us; it gives us what it gives everybody. */
static bool
show_token(const AljLibvirtSecrets *libvirt, AljCaller *caller, gint64 until_usec, GError **error)
{
    char *token = load_token(libvirt);
    if (!token)
        return true;
    g_autoptr(GError) failure = NULL;
    AljWireParam param = { .field = (char *) ALJ_IDENTITY_TOKEN, .type = ALJ_PARAM_STRING, .value.s = token };
    const AljWireIdentity args = { .params = { 1, &param } };
    bool is_ok = alj_caller_call(caller, ALJ_PROC_CONNECT_SET_IDENTITY, &args, NULL, until_usec, &failure)
                 || failure->domain == ALJ_SERVER_ERROR;
    alj_wipe_text(token);
    if (!is_ok)
        g_propagate_error(error, g_steal_pointer(&failure));
    return is_ok;
}

/* ---- the question ---- */

static bool
look_up(AljCaller *caller, const AljSecretWant *want, AljWireSecretArg *ret, gint64 until_usec, GError **error)
{
    if (want->uuid) {
        const AljWireUuidArg by_uuid = { *want->uuid };
        return alj_caller_call(caller, ALJ_PROC_SECRET_LOOKUP_BY_UUID, &by_uuid, ret, until_usec, error);
    }
    const AljWireSecretUsage by_usage = { (int32_t) want->usage, (char *) want->usage_id };
    return alj_caller_call(caller, ALJ_PROC_SECRET_LOOKUP_BY_USAGE, &by_usage, ret, until_usec, error);
}

/* NULL: it has none, or an empty one. */
static GBytes *
get_value(AljCaller *caller, const AljWireSecret *secret, gint64 until_usec, GError **error)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    const AljWireSecretFlags args = { *secret, 0 };
    AljWireSecretValue ret = { 0 };
    GError *failure = NULL;
    GBytes *value = NULL;
    bool is_ok = alj_caller_call(caller, ALJ_PROC_SECRET_GET_VALUE, &args, &ret, until_usec, &failure);
    if (is_ok && ret.value.count > 0)
        value = alj_sealed_new(ret.value.items, ret.value.count);
    else if (is_ok || alj_server_error_is(failure, ALJ_ERROR_NO_SECRET))
        alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_NO_SECRET, "secret '%s' does not have a value",
                      alj_uuid_format(&secret->uuid, uuid));
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    g_clear_error(&failure);
    alj_xdr_clear(alj_wire_secret_value, &ret);
    return value;
}

static GBytes *
ask(const AljLibvirtSecrets *libvirt, AljCaller *caller, const AljSecretWant *want, gint64 until_usec, GError **error)
{
    AljWireSecretArg found = { 0 };
    g_autoptr(GError) failure = NULL;
    if (!alj_caller_greet(caller, URI, false, until_usec, error) || !show_token(libvirt, caller, until_usec, error))
        return NULL;
    if (!look_up(caller, want, &found, until_usec, &failure)) {
        if (!alj_server_error_is(failure, ALJ_ERROR_NO_SECRET))
            g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    GBytes *value = get_value(caller, &found.secret, until_usec, error);
    alj_xdr_clear(alj_wire_secret, &found.secret);
    return value;
}

/* @take_reason: NULL: nothing is wrong. */
static void
tell(const AljSecretWant *want, const char *path, GError *take_reason, GError **error)
{
    g_autoptr(GError) reason = take_reason;
    char uuid[ALJ_UUID_TEXT_SIZE];
    if (!reason)
        return;
    if (alj_error_is(reason, ALJ_ERROR_NO_SECRET)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return;
    }
    bool is_late = alj_error_is(reason, ALJ_ERROR_TIMEOUT) || alj_error_errno(reason) == ETIMEDOUT;
    g_autofree char *text = reason->domain == ALJ_SERVER_ERROR ? g_strdup(reason->message) : alj_error_text(reason);
    alj_fail_area(error, ALJ_AREA_SECRET, is_late ? ALJ_ERROR_TIMEOUT : ALJ_ERROR_OPERATION_FAILED,
                  "libvirt's secret driver at '%s' did not give secret '%s': %s", path,
                  want->uuid ? alj_uuid_format(want->uuid, uuid) : want->usage_id, text);
}

GBytes *
alj_libvirt_secrets_ask(void *data, const AljSecretWant *want, gint64 until_usec, GError **error)
{
    const AljLibvirtSecrets *libvirt = data;
    GError *reason = NULL;
    GBytes *value = NULL;
    g_autofree char *path = NULL;
    int fd = find_daemon(libvirt, until_usec, &path, &reason);
    if (fd >= 0) {
        AljCaller caller;
        alj_caller_init(&caller, fd, alj_caller_drop, NULL);
        value = ask(libvirt, &caller, want, until_usec, &reason);
        alj_caller_clear(&caller);
    }
    tell(want, path, reason, error);
    return value;
}
