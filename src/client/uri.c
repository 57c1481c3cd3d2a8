/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connection URIs: DRIVER[+TRANSPORT]://[HOST]/PATH[?PARAMETERS], in libvirt's sense, and embed:///DIR. Owns nothing; any thread.
 */
#include "client/uri.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define SYSTEM_DIR "/run"

/** Parameters meant for the client's library; the others belong to the name. Some are only known to be dropped. */
static const char *const own_parameters[] = {
    "auth",       "authfile",  "command",   "keyfile", "known_hosts", "known_hosts_verify", "mode",
    "name",       "netcat",    "no_sanity", "no_tty",  "no_verify",   "pkipath",            "proxy",
    "socket",     "sshauth",   "tls_priority", NULL,
};

/** The parts as text. */
typedef struct Parts {
    char *driver, *transport; /* "storage", "unix" or "" */
    char *socket, *name;      /* parameters; NULL: not given */
    GString *other;           /* parameters of the name, as they were written */
} Parts;

static void
parts_clear(Parts *parts)
{
    g_free(parts->driver);
    g_free(parts->transport);
    g_free(parts->socket);
    g_free(parts->name);
    if (parts->other)
        g_string_free(parts->other, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

void
alj_uri_clear(AljUri *uri)
{
    g_clear_pointer(&uri->given, g_free);
    g_clear_pointer(&uri->embed_dir, g_free);
    g_clear_pointer(&uri->sockets, g_strfreev);
    g_clear_pointer(&uri->name, g_free);
}

static bool
parse_parameter(const char *text, Parts *parts, GError **error)
{
    const char *equals = strchr(text, '=');
    g_autofree char *key = equals ? g_strndup(text, (gsize) (equals - text)) : g_strdup(text);
    g_autofree char *value = g_uri_unescape_string(equals ? equals + 1 : "", NULL);
    if (!value)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "cannot decode '%s' of the URI", text);
    if (!g_strv_contains(own_parameters, key)) {
        if (parts->other->len)
            g_string_append_c(parts->other, '&');
        g_string_append(parts->other, text);
    } else if (strcmp(key, "socket") == 0) {
        g_free(parts->socket);
        parts->socket = g_steal_pointer(&value);
    } else if (strcmp(key, "name") == 0) {
        g_free(parts->name);
        parts->name = g_steal_pointer(&value);
    }
    return true;
}

static bool
parse_parts(GUri *uri, Parts *parts, GError **error)
{
    const char *query = g_uri_get_query(uri);
    g_auto(GStrv) scheme = g_strsplit(g_uri_get_scheme(uri), "+", 2);
    g_auto(GStrv) parameters = g_strsplit_set(query ? query : "", "&;", -1);
    parts->driver = g_strdup(scheme[0]);
    parts->transport = g_strdup(scheme[1] ? scheme[1] : "");
    parts->other = g_string_new(NULL);
    for (char **parameter = parameters; *parameter; parameter++) {
        if (**parameter && !parse_parameter(*parameter, parts, error))
            return false;
    }
    return true;
}

/** What the server is told: the URI without transport and parameters of ours. */
static char *
name_of(GUri *uri, const Parts *parts)
{
    if (parts->name)
        return g_strdup(parts->name);
    if (strcmp(parts->driver, "remote") == 0)
        return g_strdup("");
    return g_strdup_printf("%s://%s%s%s", parts->driver, g_uri_get_path(uri), parts->other->len ? "?" : "",
                           parts->other->str);
}

/** The sockets of aljibed, of libvirt's daemon for @driver, and of the one for everything, in this order. */
static GStrv
sockets_of(const char *driver, bool is_session, bool is_readonly)
{
    const char *dir = is_session ? g_get_user_runtime_dir() : SYSTEM_DIR;
    const char *end = is_readonly && !is_session ? "-ro" : ""; /* sessions have no socket for readers */
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *own = g_strdup_printf("%s/aljibe/aljibe-sock%s", dir, end);
    g_autofree char *modular = g_strdup_printf("%s/libvirt/virt%sd-sock%s", dir, driver, end);
    g_autofree char *monolithic = g_strdup_printf("%s/libvirt/libvirt-sock%s", dir, end);
    g_strv_builder_add_many(builder, own, modular, monolithic, NULL);
    return g_strv_builder_end(builder);
}

static bool
parse_embed(const char *text, AljUri *ret, GError **error)
{
    static const char start[] = "embed://";
    g_autofree char *dir = g_str_has_prefix(text, start) ? g_uri_unescape_string(text + strlen(start), NULL) : NULL;
    if (!dir || dir[0] != '/')
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' does not name a directory as embed:///DIR", text);
    ret->embed_dir = g_steal_pointer(&dir);
    ret->name = g_strdup("");
    return true;
}

static bool
parse_socket(const char *text, bool is_readonly, AljUri *ret, GError **error)
{
    g_auto(Parts) parts = { 0 };
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
    if (!uri)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' is not a URI", text);
    if (!parse_parts(uri, &parts, error))
        return false;
    if (parts.transport[0] && strcmp(parts.transport, "unix") != 0)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "transport '%s' in '%s' is not supported", parts.transport, text);
    const char *host = g_uri_get_host(uri);
    if (host && *host)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' names a host, and a socket is on this one", text);
    ret->name = name_of(uri, &parts);
    if (parts.socket) {
        ret->sockets = g_new0(char *, 2);
        ret->sockets[0] = g_steal_pointer(&parts.socket);
    } else {
        ret->sockets = sockets_of(parts.driver, strcmp(g_uri_get_path(uri), "/session") == 0, is_readonly);
    }
    return true;
}

bool
alj_uri_parse(const char *text, bool is_readonly, AljUri *ret, GError **error)
{
    g_auto(AljUri) uri = { 0 };
    if (!text)
        text = g_getenv("ALJIBE_URI");
    if (!text || !*text) {
        uri.sockets = sockets_of("storage", geteuid() != 0, is_readonly);
        uri.name = g_strdup("");
    } else if (g_str_has_prefix(text, "embed:")) {
        if (!parse_embed(text, &uri, error))
            return false;
    } else if (!parse_socket(text, is_readonly, &uri, error)) {
        return false;
    }
    if (text && *text)
        uri.given = g_strdup(text);
    *ret = uri;
    uri = (AljUri) { 0 };
    return true;
}
