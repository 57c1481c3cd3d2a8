/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of secrets, byte-compatible with libvirt's, so that either manager can take over from the other. A directory that
 * belongs to libvirt's secret driver is only read. Owns the directory's name and lock. Blocks on the local disk; callers take turns.
 * Values are wiped from every buffer they pass through.
 */
#include "core/secret_store.h"

#include "base/error.h"
#include "base/files.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DEFINITION_MAX (256 * 1024)
#define BASE64_MAX     (ALJ_SECRET_MAX_BYTES / 3 * 4 + 8)
#define DEFINITION_END ".xml"
#define VALUE_END      ".base64"
#define CREDENTIAL     "aljibe.secret."

struct AljSecretStore {
    char *dir;
    char *credential_dir; /* (nullable) of the service manager: values that are not in files of ours */
    bool is_foreign;
    int lock_fd;
    struct timespec loaded; /* the directory's mtime before it was read */
};

AljSecret *
alj_secret_new(AljSecretDef *def, GBytes *value)
{
    AljSecret *secret = g_new0(AljSecret, 1);
    secret->def = alj_secret_def_ref(def);
    secret->value = value ? g_bytes_ref(value) : NULL;
    return secret;
}

void
alj_secret_free(AljSecret *secret)
{
    if (!secret)
        return;
    alj_secret_def_unref(secret->def);
    g_clear_pointer(&secret->value, g_bytes_unref);
    g_free(secret);
}

/* From the first moment on when there is something to lock. */
static bool
lock(AljSecretStore *store, GError **error)
{
    if (store->lock_fd < 0 && alj_files_make_dirs(store->dir, 0700, error))
        store->lock_fd = alj_files_lock_dir(store->dir, error);
    return store->lock_fd >= 0;
}

AljSecretStore *
alj_secret_store_new(const char *dir, bool is_foreign, const char *credential_dir, GError **error)
{
    AljSecretStore *store = g_new0(AljSecretStore, 1);
    store->dir = g_canonicalize_filename(dir, NULL);
    store->is_foreign = is_foreign;
    store->credential_dir = g_strdup(credential_dir);
    store->lock_fd = -1;
    if (!is_foreign && g_file_test(store->dir, G_FILE_TEST_EXISTS) && !lock(store, error))
        g_clear_pointer(&store, alj_secret_store_free);
    return store;
}

void
alj_secret_store_free(AljSecretStore *store)
{
    if (!store)
        return;
    alj_autofd_clear(&store->lock_fd);
    g_free(store->credential_dir);
    g_free(store->dir);
    g_free(store);
}

bool
alj_secret_store_is_foreign(const AljSecretStore *store)
{
    return store->is_foreign;
}

bool
alj_secret_store_check_own(const AljSecretStore *store, GError **error)
{
    return !store->is_foreign
        || alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_DENIED,
                         "secrets in '%s' belong to libvirt: change them with virsh -c secret:///system", store->dir);
}

static char *
file_name(const AljUuid *uuid, const char *end)
{
    char text[ALJ_UUID_TEXT_SIZE];
    return g_strconcat(alj_uuid_format(uuid, text), end, NULL);
}

/* ---- changes ---- */

static int
open_dir(AljSecretStore *store, GError **error)
{
    if (!alj_secret_store_check_own(store, error) || !lock(store, error))
        return -1;
    int fd = open(store->dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        alj_fail_errno(error, errno, "cannot open directory '%s'", store->dir);
    return fd;
}

static bool
save(AljSecretStore *store, const AljUuid *uuid, const char *end, const char *text, GError **error)
{
    alj_autofd dir_fd = open_dir(store, error);
    g_autofree char *name = file_name(uuid, end);
    return dir_fd >= 0 && alj_files_save(dir_fd, store->dir, name, 0600, text, strlen(text), error);
}

bool
alj_secret_store_save_def(AljSecretStore *store, const AljSecretDef *def, GError **error)
{
    g_autofree char *text = alj_secret_def_format(def);
    return save(store, &def->uuid, DEFINITION_END, text, error);
}

bool
alj_secret_store_save_value(AljSecretStore *store, const AljUuid *uuid, GBytes *value, GError **error)
{
    gsize size;
    const void *data = g_bytes_get_data(value, &size);
    char *text = g_base64_encode(data, size);
    bool is_saved = save(store, uuid, VALUE_END, text, error);
    alj_wipe_text(text);
    return is_saved;
}

static bool
remove_if_there(AljSecretStore *store, int dir_fd, const char *name, GError **error)
{
    struct stat info;
    if (fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return true;
    return alj_files_remove(dir_fd, store->dir, name, error);
}

bool
alj_secret_store_remove(AljSecretStore *store, const AljUuid *uuid, GError **error)
{
    alj_autofd dir_fd = open_dir(store, error);
    g_autofree char *definition = file_name(uuid, DEFINITION_END), *value = file_name(uuid, VALUE_END);
    return dir_fd >= 0 && remove_if_there(store, dir_fd, definition, error) && remove_if_there(store, dir_fd, value, error);
}

/* ---- loading ---- */

/* What a crash left: half-written files, and values whose definition is gone. */
static void
remove_leftovers(AljSecretStore *store, int dir_fd, const GPtrArray *names)
{
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *definition = NULL;
        g_autoptr(GError) error = NULL;
        if (g_str_has_suffix(name, VALUE_END)) {
            g_autofree char *stem = g_strndup(name, strlen(name) - strlen(VALUE_END));
            definition = g_strconcat(stem, DEFINITION_END, NULL);
        }
        bool is_left = definition ? !g_ptr_array_find_with_equal_func((GPtrArray *) names, definition, g_str_equal, NULL)
                                  : g_str_has_suffix(name, ".new");
        if (is_left && !remove_if_there(store, dir_fd, name, &error))
            alj_warn("%s", error->message);
    }
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
list_names(const char *dir)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    const char *name;
    while (entries && (name = g_dir_read_name(entries)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_text);
    return names;
}

static AljSecretDef *
load_def(int dir_fd, const char *name, GError **error)
{
    size_t length;
    g_autofree char *text = alj_files_load(dir_fd, name, DEFINITION_MAX, &length, error);
    g_autoptr(AljSecretDef) def = text ? alj_secret_def_parse(text, (gssize) length, error) : NULL;
    if (!def)
        return NULL;
    g_autofree char *expected = file_name(&def->uuid, DEFINITION_END);
    if (strcmp(expected, name) != 0) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "its name does not match the secret's uuid");
        return NULL;
    }
    return g_steal_pointer(&def);
}

/* NULL without an error: there is none. */
static GBytes *
load_value(int dir_fd, const AljUuid *uuid, GError **error)
{
    gsize length = 0;
    g_autofree char *name = file_name(uuid, VALUE_END);
    if (faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return NULL;
    size_t text_length;
    g_autofree char *text = alj_files_load(dir_fd, name, BASE64_MAX, &text_length, error);
    if (!text)
        return NULL;
    if (*text)
        (void) g_base64_decode_inplace(text, &length); /* gives @text back */
    GBytes *value = length > 0 && length <= ALJ_SECRET_MAX_BYTES ? alj_sealed_new(text, length) : NULL;
    explicit_bzero(text, text_length);
    return value;
}

/* The value of a secret as a credential of the service; NULL without an error: there is none. */
static GBytes *
load_credential(const AljSecretStore *store, const AljUuid *uuid, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    alj_autofd dir_fd = store->credential_dir ? open(store->credential_dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC) : -1;
    g_autofree char *name = g_strconcat(CREDENTIAL, alj_uuid_format(uuid, text), NULL);
    if (dir_fd < 0 || (faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT))
        return NULL;
    size_t length;
    g_autofree char *bytes = alj_files_load(dir_fd, name, ALJ_SECRET_MAX_BYTES, &length, error);
    GBytes *value = bytes && length > 0 ? alj_sealed_new(bytes, length) : NULL;
    if (bytes)
        explicit_bzero(bytes, length);
    return value;
}

static void
tell_left_out(const AljSecretStore *store, const char *name, const GError *error)
{
    g_autofree char *reason = alj_error_text(error);
    AljLogFields about = { .error = reason, .client_uid = -1 };
    alj_log(G_LOG_LEVEL_WARNING, &about, "file '%s/%s' is left out", store->dir, name);
}

GBytes *
alj_secret_store_credential(const AljSecretStore *store, const AljUuid *uuid)
{
    g_autoptr(GError) error = NULL;
    GBytes *value = load_credential(store, uuid, &error);
    if (error)
        alj_warn("%s", error->message);
    return value;
}

static void
free_secret(gpointer secret)
{
    alj_secret_free(secret);
}

/* A time that no later change can have as well; of a directory that was changed a moment ago none. */
static struct timespec
settled(struct timespec mtime)
{
    bool is_old = mtime.tv_sec + 1 < g_get_real_time() / G_USEC_PER_SEC;
    return is_old ? mtime : (struct timespec){ 0, -1 };
}

GPtrArray *
alj_secret_store_load(AljSecretStore *store)
{
    struct stat info;
    store->loaded = (struct timespec){ 0 };
    GPtrArray *found = g_ptr_array_new_with_free_func(free_secret);
    alj_autofd dir_fd = open(store->dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (dir_fd < 0 || fstat(dir_fd, &info) < 0)
        return found;
    store->loaded = settled(info.st_mtim);
    g_autoptr(GPtrArray) names = list_names(store->dir);
    if (!store->is_foreign)
        remove_leftovers(store, dir_fd, names);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autoptr(GError) error = NULL;
        if (!g_str_has_suffix(name, DEFINITION_END))
            continue;
        g_autoptr(AljSecretDef) def = load_def(dir_fd, name, &error);
        g_autoptr(GBytes) value = def ? load_value(dir_fd, &def->uuid, &error) : NULL;
        if (def && def->is_private && !value && !error)
            value = load_credential(store, &def->uuid, &error);
        if (error)
            tell_left_out(store, name, error);
        if (def)
            g_ptr_array_add(found, alj_secret_new(def, value));
    }
    return found;
}

bool
alj_secret_store_has_changed(AljSecretStore *store)
{
    struct stat info = { 0 };
    if (stat(store->dir, &info) < 0) /* not there: as if it were as old as can be */
        info.st_mtim = (struct timespec){ 0 };
    return info.st_mtim.tv_sec != store->loaded.tv_sec || info.st_mtim.tv_nsec != store->loaded.tv_nsec;
}
