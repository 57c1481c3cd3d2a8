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

#define DEFAULT_LIMIT     "30" /* seconds, as libvirt */
#define MAX_LIMIT_SECONDS 300  /* as long as any operation may stand still */

static const char *const time_limits[] = { "client_mount_timeout", "rados_mon_op_timeout", "rados_osd_op_timeout", NULL };

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

/* Ceph takes blanks in names for an underscore, so "mon  host" is mon_host: what is judged is what is set. (transfer full) */
static char *
plain_name(const char *name)
{
    GString *plain = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit_set(name, " -", -1);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(plain, "%s%s", plain->len > 0 ? "_" : "", *word);
    return g_string_free(plain, FALSE);
}

static bool
has_prefix(const char *name, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (g_str_has_prefix(name, *prefixes))
            return true;
    return false;
}

static bool
check_name(const char *name, const char *plain, GError **error)
{
    static const char *const allowed[] = { "rbd_", "rados_", "client_", "objecter_", "mon_", "ms_", "cephx_", NULL };
    static const char *const of_hosts[] = { "mon_host", "mon_dns", "mon_initial", NULL }, *const of_login[] = { "auth_", "key", NULL };
    if (has_prefix(plain, of_hosts))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "option '%s' is not one that a pool may set: its monitors are the <host> "
                        "elements", name);
    if (has_prefix(plain, of_login))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "option '%s' is not one that a pool may set: its login is the <auth> "
                        "element", name);
    bool names_place = strstr(plain, "plugin") || strstr(plain, "path") || strstr(plain, "file");
    bool is_odd = strspn(plain, G_CSET_a_2_z G_CSET_DIGITS "_") != strlen(plain);
    return (!names_place && !is_odd && has_prefix(plain, allowed))
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "option '%s' is not one that a pool may set", name);
}

/* None, which is what 0 means to the library, or a long one would let a cluster that is gone hold the pool's threads. */
static bool
check_limit(const char *name, const char *plain, const char *value, GError **error)
{
    guint64 seconds;
    bool is_limit = g_strv_contains(time_limits, plain);
    return !is_limit || g_ascii_string_to_unsigned(value, 10, 1, MAX_LIMIT_SECONDS, &seconds, NULL)
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "option '%s' must be between 1 and %d seconds, and is '%s'", name,
                    MAX_LIMIT_SECONDS, value);
}

static bool
add_own(const AljPoolDef *pool, GPtrArray *list, GError **error)
{
    for (guint i = 0; i < pool->options->len; i++) {
        const AljPoolOption *option = g_ptr_array_index(pool->options, i);
        g_autofree char *plain = plain_name(option->name);
        if (!check_name(option->name, plain, error) || !check_limit(option->name, plain, option->value, error))
            return false;
        add(list, plain, option->value);
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
    for (const char *const *limit = time_limits; *limit; limit++) /* a cluster that is gone must not hold a thread for ever */
        add(list, *limit, DEFAULT_LIMIT);
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
