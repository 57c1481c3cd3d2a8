/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who logs in to a cifs server. libvirt's documents have <auth> for it, which its netfs pools keep and do not look at. The password goes
 * to mount.cifs as a credentials file in memory, which is gone when the mount is made. Runs on a pool's workers.
 */
#include "backend/netfs/netfs.h"

#include "backend/mounted/mounted.h"
#include "base/guard.h"
#include "base/sealed.h"
#include "host/files.h"

#include <string.h>

#define GUEST           "guest"
#define VALUE_BYTES_MAX 512  /* of mount.cifs, which cuts off longer names and says so of longer passwords only */
#define FILE_BYTES      2048 /* more than any name and password take */

/* Whether @word is one of @keys, or "KEY=…". Returns: what stands behind the '=', "" without one; NULL: it is another option. */
static const char *
value_of(const char *word, const char *const *keys)
{
    for (; *keys; keys++) {
        size_t length = strlen(*keys);
        if (strncmp(word, *keys, length) == 0 && (word[length] == '=' || word[length] == '\0'))
            return word[length] ? word + length + 1 : word + length;
    }
    return NULL;
}

/* Appends one line of a credentials file. What would begin another line there is refused. */
static bool
add_credential(GString *file, const char *key, const char *value, gsize length, GError **error)
{
    if (length == 0 || length > VALUE_BYTES_MAX || memchr(value, '\n', length) || memchr(value, '\r', length)
        || memchr(value, '\0', length))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "the %s for the cifs server is not one line of 1 to %d bytes", key,
                        VALUE_BYTES_MAX);
    g_string_append_printf(file, "%s=", key);
    g_string_append_len(file, value, (gssize) length);
    g_string_append_c(file, '\n');
    return true;
}

/* mount.cifs hands these to the kernel between commas. A comma of the password it doubles, but none of theirs. */
static bool
check_commas(const char *what, const char *text, GError **error)
{
    return !strchr(text, ',')
        || alj_fail(error, ALJ_ERROR_INVALID_ARG, "the %s for the cifs server has a comma, which would begin a mount option", what);
}

static bool
add_auth(AljCall *call, const AljPoolAuth *auth, GString *file, GError **error)
{
    if (g_strcmp0(auth->type, "chap") != 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "a cifs server knows names and passwords: auth type 'chap', not '%s'",
                        auth->type);
    g_autoptr(GBytes) password = call->get_auth_secret(call, auth, error);
    if (!password || !check_commas("username", auth->username, error))
        return false;
    gsize length;
    const char *value = g_bytes_get_data(password, &length);
    return add_credential(file, "username", auth->username, strlen(auth->username), error)
        && add_credential(file, "password", value, length, error);
}

/* Newer kernels know a second password, for the time in which it changes; mount.cifs takes that from a command line only. */
static bool
check_visible(const char *word, GError **error)
{
    return g_ascii_strncasecmp(word, "pass", strlen("pass")) != 0
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "mount option '%.*s' would show a password to every user: use <auth>, or "
                    "'password='", (int) strcspn(word, "="), word);
}

/* Whether a mount option says who logs in. Most values of sec= say how the password is proved, and some that there is none. */
static bool
says_who(const char *word)
{
    static const char *const logins[] = { GUEST, "username", "user", "credentials", "cred", NULL };
    static const char *const securities[] = { "sec", NULL };
    const char *security = value_of(word, securities);
    return value_of(word, logins) || (security && (g_str_has_prefix(security, "krb5") || strcmp(security, "none") == 0));
}

/* Divides the options of @pool: passwords go to @file, the rest to @words. *@ret_says_who: one of them says who logs in. */
static bool
divide_options(const AljPoolDef *pool, GString *file, GPtrArray *words, bool *ret_says_who, GError **error)
{
    static const char *const passwords[] = { "password", "pass", NULL };
    g_autofree char *options = alj_mounted_options(pool, NULL);
    g_auto(GStrv) all = g_strsplit(options, ",", -1);
    for (char **word = all; *word; word++) {
        const char *password = value_of(*word, passwords);
        *ret_says_who = *ret_says_who || password || says_who(*word);
        if (password ? !add_credential(file, "password", password, strlen(password), error) : !check_visible(*word, error))
            return false;
        if (!password)
            g_ptr_array_add(words, g_strdup(*word));
    }
    return true;
}

/* Makes the file that mount.cifs reads, and the option that names it. */
static bool
add_file(AljCall *call, const GString *file, GPtrArray *words, AljNetfsLogin *login, GError **error)
{
    g_autoptr(GBytes) bytes = alj_sealed_new(file->str, file->len);
    login->fds[0] = alj_file_secret(call->host, bytes, error);
    if (login->fds[0] < 0)
        return false;
    login->word = g_strdup_printf("/dev/fd/%d", login->fds[0]);
    login->names[0] = (AljRunName){ login->word, "SECRET" };
    g_ptr_array_add(words, g_strconcat("credentials=", login->word, NULL));
    return true;
}

static bool
begin(AljCall *call, const AljPoolDef *pool, GString *file, AljNetfsLogin *ret, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    bool is_told = false;
    if (!check_commas("directory", pool->source_dir, error) || !divide_options(pool, file, words, &is_told, error))
        return false;
    if (pool->auth && is_told)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "both <auth> and the mount options say who logs in");
    if (pool->auth && !add_auth(call, pool->auth, file, error))
        return false;
    if (file->len > 0 && !add_file(call, file, words, ret, error))
        return false;
    if (!pool->auth && !is_told) /* where libvirt has it */
        g_ptr_array_insert(words, ALJ_MOUNTED_N_SAFE_OPTIONS, g_strdup(GUEST));
    g_ptr_array_add(words, NULL);
    ret->options = g_strjoinv(",", (char **) words->pdata);
    return true;
}

bool
alj_netfs_login_begin(AljCall *call, const AljPoolDef *pool, AljNetfsLogin *ret, GError **error)
{
    GString *file = g_string_sized_new(FILE_BYTES); /* not moved, so that no copy of a password is left behind */
    bool is_done = begin(call, pool, file, ret, error);
    alj_wipe_text(g_string_free(file, FALSE));
    return is_done;
}

void
alj_netfs_login_clear(AljNetfsLogin *login)
{
    alj_autofd_clear(&login->fds[0]);
    g_clear_pointer(&login->word, g_free);
    g_clear_pointer(&login->options, g_free);
}
