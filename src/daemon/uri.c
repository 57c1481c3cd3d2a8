/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names a client may open us by. Pure; any thread. */
#include "daemon/uri.h"

#include <string.h>

static const char *const schemes[] = { "storage", "secret", "qemu", "aljibe" };

/* Length of the scheme at the start of @name, or 0 if it is none of ours. */
static size_t
scheme_length(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (g_ascii_strncasecmp(name, schemes[i], length) == 0 && g_str_has_prefix(name + length, "://"))
            return length;
    }
    return 0;
}

bool
alj_uri_check(const char *name, bool is_privileged, GError **error)
{
    if (!name || *name == '\0')
        return true;
    size_t length = scheme_length(name);
    if (length == 0)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_NO_CONNECT, "%s", name);
    const char *authority = name + length + strlen("://");
    const char *start = authority + strcspn(authority, "/?#");
    g_autofree char *path = g_strndup(start, strcspn(start, "?#"));
    if (strcmp(path, "/system") == 0 || (!is_privileged && strcmp(path, "/session") == 0))
        return true;
    g_autofree char *scheme = g_strndup(name, length);
    return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_INTERNAL, "unexpected %s URI path '%s', try %s://%s", scheme, path,
                         scheme, is_privileged ? "/system" : "/session");
}
