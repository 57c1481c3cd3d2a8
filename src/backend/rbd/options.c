/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the words of a document to those of Ceph. The host's own ceph.conf is not read, so a definition means the same on every host; a
 * definition that is to say more does so in its options.
 */
#include "backend/rbd/options.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

void
alj_rbd_place_clear(AljRbdPlace *place)
{
    g_clear_pointer(&place->pool, g_free);
    g_clear_pointer(&place->name_space, g_free);
}

bool
alj_rbd_place(const AljPoolDef *pool, AljRbdPlace *ret, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(pool->source_name, "/", 3);
    unsigned n = g_strv_length(parts);
    if (n == 0 || n > 2 || !*parts[0] || (n == 2 && !*parts[1]))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "source name '%s' is neither POOL nor POOL/NAMESPACE", pool->source_name);
    ret->pool = g_strdup(parts[0]);
    ret->name_space = g_strdup(n == 2 ? parts[1] : "");
    return true;
}

/* ---- monitors ---- */

static bool
is_ipv6(const char *name)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, name, &address) == 1;
}

/* What separates hosts in the list cannot be part of one. */
static bool
is_host(const char *name)
{
    return name && *name && !strpbrk(name, ",; \t\n");
}

char *
alj_rbd_monitors(const AljPoolDef *pool, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < pool->hosts->len; i++) {
        const AljPoolHost *host = g_ptr_array_index(pool->hosts, i);
        if (!is_host(host->name)) {
            alj_fail(error, ALJ_ERROR_INTERNAL, "received malformed monitor, check the XML definition");
            return NULL;
        }
        g_string_append_printf(list, is_ipv6(host->name) ? "%s[%s]" : "%s%s", i > 0 ? "," : "", host->name);
        if (host->port != 0)
            g_string_append_printf(list, ":%u", host->port);
    }
    return g_string_free(g_steal_pointer(&list), FALSE);
}

/* ---- settings ---- */

static void
free_option(gpointer data)
{
    AljPoolOption *option = data;
    g_free(option->name);
    g_free(option->value);
    g_free(option);
}

static void
add(GPtrArray *list, const char *name, const char *value)
{
    AljPoolOption *option = g_new(AljPoolOption, 1);
    *option = (AljPoolOption){ g_strdup(name), g_strdup(value) };
    g_ptr_array_add(list, option);
}

/* Ceph takes blanks and dashes in names for underscores. */
static bool
may_set(const char *name)
{
    static const char *const prefixes[] = { "rbd_", "rados_", "client_", "objecter_", "mon_", "ms_", "auth_", "cephx_" };
    g_autofree char *plain = g_strdelimit(g_strdup(name), " -", '_');
    if (strstr(plain, "plugin") || strstr(plain, "path") || strstr(plain, "file"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(plain, prefixes[i]))
            return true;
    return false;
}

static bool
add_own(const AljPoolDef *pool, GPtrArray *list, GError **error)
{
    for (guint i = 0; i < pool->options->len; i++) {
        const AljPoolOption *option = g_ptr_array_index(pool->options, i);
        if (!may_set(option->name))
            return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "option '%s' is not one that a pool may set", option->name);
        add(list, option->name, option->value);
    }
    return true;
}

GPtrArray *
alj_rbd_settings(const AljPoolDef *pool, GError **error)
{
    g_autofree char *monitors = alj_rbd_monitors(pool, error);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_option);
    if (!monitors)
        return NULL;
    add(list, "auth_supported", pool->auth ? "cephx" : "none");
    add(list, "mon_host", monitors);
    add(list, "client_mount_timeout", "30"); /* a cluster that is gone must not hold a thread for ever */
    add(list, "rados_mon_op_timeout", "30");
    add(list, "rados_osd_op_timeout", "30");
    return add_own(pool, list, error) ? g_steal_pointer(&list) : NULL;
}

/* ---- volumes ---- */

char *
alj_rbd_path(const AljPoolDef *pool, const char *name)
{
    return g_strdup_printf("%s/%s", pool->source_name, name);
}

bool
alj_rbd_is_vol_name(const char *name)
{
    return alj_text_is_entry_name(name) && !strchr(name, '@');
}
