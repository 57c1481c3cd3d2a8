/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of secrets. Questions come on any thread and are answered from memory, changes on the one worker that writes our own files:
 * it writes them with no lock held. Files of another daemon are read again when their directory has changed: before a secret is
 * used, by the worker that uses it; after any other question, by a thread of their own. That daemon is asked by workers only, for what its
 * files do not say.
 */
#include "core/secrets.h"

#include "base/guard.h"
#include "base/workers.h"
#include "core/secret_store.h"

#include <string.h>

#define END_WAIT_USEC (3 * G_USEC_PER_SEC)
#define ASK_USEC      (10 * G_USEC_PER_SEC) /* a driver that is started by the question needs a while */

struct AljSecrets {
    pthread_mutex_t mutex;
    AljSecretStore *store;
    GHashTable *table;       /* &def->uuid → AljSecret */
    pthread_mutex_t reading; /* one reader of another daemon's files at a time; held while they are read, so not for the loop */
    AljWorkers *reader;      /* (nullable) reads them for who cannot wait */
    AljSecretDriver driver;  /* the other daemon; all NULL where the files are our own */
};

static void
free_secret(gpointer secret)
{
    alj_secret_free(secret);
}

static void
put(AljSecrets *secrets, AljSecretDef *def, GBytes *value)
{
    AljSecret *secret = alj_secret_new(def, value);
    g_hash_table_replace(secrets->table, &secret->def->uuid, secret); /* the key is the new value's, too */
}

static gboolean
is_stored(gpointer uuid, gpointer secret, gpointer data)
{
    return !((AljSecret *) secret)->def->is_ephemeral;
}

/* @found takes the place of all that was stored. With the mutex held. */
static void
take_stored(AljSecrets *secrets, const GPtrArray *found)
{
    g_hash_table_foreach_remove(secrets->table, is_stored, NULL);
    for (unsigned i = 0; i < found->len; i++) {
        const AljSecret *secret = g_ptr_array_index(found, i);
        put(secrets, secret->def, secret->value);
    }
}

AljSecrets *
alj_secrets_new(const char *dir, const AljSecretDriver *driver, const char *credential_dir, GError **error)
{
    AljSecretStore *store = alj_secret_store_new(dir, driver != NULL, credential_dir, error);
    if (!store)
        return NULL;
    AljSecrets *secrets = g_new0(AljSecrets, 1);
    pthread_mutex_init(&secrets->mutex, NULL);
    pthread_mutex_init(&secrets->reading, NULL);
    secrets->store = store;
    if (driver) {
        secrets->driver = *driver;
        secrets->reader = alj_workers_new("secrets", 1, 1);
    }
    secrets->table = g_hash_table_new_full(alj_uuid_hash, alj_uuid_equal, NULL, free_secret);
    alj_secrets_reload(secrets);
    return secrets;
}

void
alj_secrets_free(AljSecrets *secrets)
{
    if (!secrets)
        return;
    if (secrets->reader && !alj_workers_stop(secrets->reader, END_WAIT_USEC))
        return; /* a disk that does not answer: the thread has pointers into it, and the process ends soon */
    alj_workers_free(secrets->reader);
    g_hash_table_unref(secrets->table);
    alj_secret_store_free(secrets->store);
    pthread_mutex_destroy(&secrets->reading);
    pthread_mutex_destroy(&secrets->mutex);
    g_free(secrets);
}

void
alj_secrets_reload(AljSecrets *secrets)
{
    g_autoptr(GPtrArray) found = alj_secret_store_load(secrets->store);
    ALJ_LOCK(&secrets->mutex);
    take_stored(secrets, found);
}

/* ---- what another daemon has changed ---- */

/* Waits for the disk. */
static void
renew(void *data)
{
    AljSecrets *secrets = data;
    if (!secrets->reader)
        return;
    ALJ_LOCK(&secrets->reading);
    if (alj_secret_store_has_changed(secrets->store))
        alj_secrets_reload(secrets);
}

/* For the next question; this one is answered from memory. */
static void
renew_later(AljSecrets *secrets)
{
    if (secrets->reader)
        (void) alj_workers_push(secrets->reader, renew, secrets); /* false: one waits already */
}

/* ---- looking; with the mutex held ---- */

static AljSecret *
need(AljSecrets *secrets, const AljUuid *uuid, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    AljSecret *secret = g_hash_table_lookup(secrets->table, uuid);
    if (!secret)
        alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_NO_SECRET, "no secret with matching uuid '%s'",
                      alj_uuid_format(uuid, text));
    return secret;
}

/* NULL: no secret is for it. */
static AljSecret *
find_usage(AljSecrets *secrets, AljSecretUsage usage, const char *id)
{
    GHashTableIter items;
    gpointer item;
    g_hash_table_iter_init(&items, secrets->table);
    while (usage != ALJ_SECRET_NONE && g_hash_table_iter_next(&items, NULL, &item)) {
        AljSecret *secret = item;
        if (secret->def->usage == usage && strcmp(secret->def->usage_id, id) == 0)
            return secret;
    }
    return NULL;
}

static AljSecret *
need_usage(AljSecrets *secrets, AljSecretUsage usage, const char *id, GError **error)
{
    AljSecret *secret = find_usage(secrets, usage, id);
    if (!secret)
        alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_NO_SECRET, "no secret with matching usage '%s'", id);
    return secret;
}

static GBytes *
need_value(const AljSecret *secret, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    if (secret->value)
        return g_bytes_ref(secret->value);
    alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_NO_SECRET, "secret '%s' does not have a value",
                  alj_uuid_format(&secret->def->uuid, text));
    return NULL;
}

/* ---- questions ---- */

static bool
is_wanted(const AljSecretDef *def, unsigned flags)
{
    unsigned lifetime = flags & (ALJ_SECRETS_EPHEMERAL | ALJ_SECRETS_NO_EPHEMERAL);
    unsigned secrecy = flags & (ALJ_SECRETS_PRIVATE | ALJ_SECRETS_NO_PRIVATE);
    return (!lifetime || lifetime & (def->is_ephemeral ? ALJ_SECRETS_EPHEMERAL : ALJ_SECRETS_NO_EPHEMERAL))
        && (!secrecy || secrecy & (def->is_private ? ALJ_SECRETS_PRIVATE : ALJ_SECRETS_NO_PRIVATE));
}

static int
compare_uuids(gconstpointer a, gconstpointer b)
{
    const AljSecretDef *const *first = a, *const *second = b;
    return memcmp(&(*first)->uuid, &(*second)->uuid, sizeof(AljUuid));
}

static void
unref_def(gpointer def)
{
    alj_secret_def_unref(def);
}

GPtrArray *
alj_secrets_list(AljSecrets *secrets, unsigned flags)
{
    GHashTableIter items;
    gpointer item;
    GPtrArray *list = g_ptr_array_new_with_free_func(unref_def);
    renew_later(secrets);
    ALJ_LOCK(&secrets->mutex);
    g_hash_table_iter_init(&items, secrets->table);
    while (g_hash_table_iter_next(&items, NULL, &item)) {
        AljSecretDef *def = ((AljSecret *) item)->def;
        if (is_wanted(def, flags))
            g_ptr_array_add(list, alj_secret_def_ref(def));
    }
    g_ptr_array_sort(list, compare_uuids);
    return list;
}

AljSecretDef *
alj_secrets_find(AljSecrets *secrets, const AljUuid *uuid, GError **error)
{
    renew_later(secrets);
    ALJ_LOCK(&secrets->mutex);
    const AljSecret *secret = need(secrets, uuid, error);
    return secret ? alj_secret_def_ref(secret->def) : NULL;
}

AljSecretDef *
alj_secrets_find_usage(AljSecrets *secrets, AljSecretUsage usage, const char *id, GError **error)
{
    renew_later(secrets);
    ALJ_LOCK(&secrets->mutex);
    const AljSecret *secret = need_usage(secrets, usage, id, error);
    return secret ? alj_secret_def_ref(secret->def) : NULL;
}

GBytes *
alj_secrets_public_value(AljSecrets *secrets, const AljUuid *uuid, GError **error)
{
    renew_later(secrets);
    ALJ_LOCK(&secrets->mutex);
    const AljSecret *secret = need(secrets, uuid, error);
    if (!secret)
        return NULL;
    if (secret->def->is_private) {
        alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_INVALID_SECRET, "secret is private");
        return NULL;
    }
    return need_value(secret, error);
}

/* ---- values for our own use ---- */

/* The value that is in memory, after another look at the files that may have changed. */
static GBytes *
known_value(AljSecrets *secrets, const AljSecretWant *want, GError **error)
{
    renew(secrets);
    ALJ_LOCK(&secrets->mutex);
    const AljSecret *secret = want->uuid ? need(secrets, want->uuid, error)
                                         : need_usage(secrets, want->usage, want->usage_id, error);
    return secret ? need_value(secret, error) : NULL;
}

static gint64
answer_by(const AljTask *task)
{
    gint64 until_usec = g_get_monotonic_time() + ASK_USEC, deadline_usec = task ? atomic_load(&task->deadline_usec) : 0;
    return deadline_usec ? MIN(until_usec, deadline_usec) : until_usec;
}

/*
 * The files go first although they are the driver's: it writes each change there before it answers for it, and they neither hang nor keep
 * private values from us.
 */
GBytes *
alj_secrets_value(AljSecrets *secrets, const AljSecretWant *want, const AljTask *task, GError **error)
{
    g_autoptr(GError) unknown = NULL, refused = NULL;
    GBytes *value = known_value(secrets, want, &unknown);
    if (!value && secrets->driver.ask)
        value = secrets->driver.ask(secrets->driver.data, want, answer_by(task), &refused);
    if (!value)
        g_propagate_error(error, refused ? g_steal_pointer(&refused) : g_steal_pointer(&unknown));
    return value;
}

GBytes *
alj_secrets_of_volume(AljSecrets *secrets, const AljEncryption *encryption, const AljTask *task, GError **error)
{
    const AljSecretWant want = {
        .uuid = encryption->has_secret_uuid ? &encryption->secret_uuid : NULL,
        .usage = ALJ_SECRET_VOLUME,
        .usage_id = encryption->secret_usage ? encryption->secret_usage : "",
    };
    return alj_secrets_value(secrets, &want, task, error);
}

GBytes *
alj_secrets_of_login(AljSecrets *secrets, const AljPoolAuth *auth, const AljTask *task, GError **error)
{
    const AljSecretWant want = {
        .uuid = auth->has_secret_uuid ? &auth->secret_uuid : NULL,
        .usage = g_strcmp0(auth->type, "ceph") == 0 ? ALJ_SECRET_CEPH : ALJ_SECRET_ISCSI,
        .usage_id = auth->secret_usage ? auth->secret_usage : "",
    };
    return alj_secrets_value(secrets, &want, task, error);
}

/* ---- names of volumes' secrets ---- */

/* Whether a secret is for the volume at @path, and which. */
static bool
find_uuid(AljSecrets *secrets, const char *path, AljUuid *ret)
{
    renew_later(secrets);
    ALJ_LOCK(&secrets->mutex);
    const AljSecret *secret = find_usage(secrets, ALJ_SECRET_VOLUME, path);
    if (secret)
        *ret = secret->def->uuid;
    return secret != NULL;
}

AljVolDef *
alj_secrets_name(AljSecrets *secrets, AljVolDef *take_vol)
{
    g_autoptr(AljVolDef) vol = take_vol;
    AljUuid uuid;
    if (!vol->encryption || vol->encryption->has_secret || !vol->path || !find_uuid(secrets, vol->path, &uuid))
        return g_steal_pointer(&vol);
    AljVolDef *named = alj_vol_def_copy(vol);
    named->encryption->has_secret = named->encryption->has_secret_uuid = true;
    named->encryption->secret_uuid = uuid;
    return named;
}

/* ---- changes ---- */

static bool
fail_used(const AljSecretDef *other, bool is_same_uuid, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    return alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_INTERNAL, "a secret with UUID %s %salready defined for use with %s",
                         alj_uuid_format(&other->uuid, text), is_same_uuid ? "is " : "",
                         other->usage_id ? other->usage_id : "nothing");
}

/* Whether @def may take the place of @old (nullable). */
static bool
check_define(AljSecrets *secrets, const AljSecret *old, const AljSecretDef *def, GError **error)
{
    const AljSecret *other = find_usage(secrets, def->usage, def->usage_id);
    if (old && g_strcmp0(old->def->usage_id, def->usage_id) != 0)
        return fail_used(old->def, true, error);
    if (old && old->def->is_private && !def->is_private)
        return alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_INTERNAL, "cannot change private flag on existing secret");
    if (other && other != old)
        return fail_used(other->def, false, error);
    return true;
}

/* Brings the files in line with @def: the value of what was in memory only is stored first. */
static bool
store_def(AljSecrets *secrets, const AljSecret *old, const AljSecretDef *def, GError **error)
{
    bool was_stored = old && !old->def->is_ephemeral, has_value = old && old->value;
    if (def->is_ephemeral)
        return !was_stored || alj_secret_store_remove(secrets->store, &def->uuid, error);
    return (was_stored || !has_value || alj_secret_store_save_value(secrets->store, &def->uuid, old->value, error))
        && alj_secret_store_save_def(secrets->store, def, error);
}

/* What is in the table now, as it is. (transfer full, nullable) */
static AljSecret *
copy_of(const AljSecret *secret)
{
    return secret ? alj_secret_new(secret->def, secret->value) : NULL;
}

static bool
may_define(AljSecrets *secrets, const AljSecretDef *def, AljSecret **ret_old, GError **error)
{
    ALJ_LOCK(&secrets->mutex);
    const AljSecret *old = g_hash_table_lookup(secrets->table, &def->uuid);
    *ret_old = copy_of(old);
    return check_define(secrets, old, def, error);
}

/* What @def has for a value now that it is stored. (transfer full, nullable) */
static GBytes *
value_of(AljSecrets *secrets, const AljSecret *old, const AljSecretDef *def)
{
    if (old && old->value)
        return g_bytes_ref(old->value);
    /* what the service manager hands over is for the daemon alone, whoever defines it */
    return def->is_ephemeral || !def->is_private ? NULL : alj_secret_store_credential(secrets->store, &def->uuid);
}

bool
alj_secrets_define(AljSecrets *secrets, AljSecretDef *def, GError **error)
{
    g_autoptr(AljSecret) old = NULL;
    if (!alj_secret_store_check_own(secrets->store, error) || !may_define(secrets, def, &old, error)
        || !store_def(secrets, old, def, error))
        return false;
    g_autoptr(GBytes) value = value_of(secrets, old, def);
    ALJ_LOCK(&secrets->mutex);
    put(secrets, def, value);
    return true;
}

/* The secret that is to be changed. (transfer full) */
static AljSecret *
begin_change(AljSecrets *secrets, const AljUuid *uuid, GError **error)
{
    ALJ_LOCK(&secrets->mutex);
    g_autoptr(AljSecret) secret = copy_of(need(secrets, uuid, error));
    return secret && alj_secret_store_check_own(secrets->store, error) ? g_steal_pointer(&secret) : NULL;
}

static bool
check_value(GBytes *value, GError **error)
{
    gsize size = g_bytes_get_size(value);
    if (size == 0)
        return alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_FLAGS, "value in virSecretSetValue must not be NULL");
    return size <= ALJ_SECRET_MAX_BYTES
        || alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_INVALID_ARG, "a secret has at most %d bytes", ALJ_SECRET_MAX_BYTES);
}

bool
alj_secrets_set_value(AljSecrets *secrets, const AljUuid *uuid, GBytes *value, AljSecretDef **ret_def, GError **error)
{
    g_autoptr(AljSecret) secret = begin_change(secrets, uuid, error);
    if (!secret || !check_value(value, error))
        return false;
    if (!secret->def->is_ephemeral && !alj_secret_store_save_value(secrets->store, uuid, value, error))
        return false;
    ALJ_LOCK(&secrets->mutex);
    put(secrets, secret->def, value);
    *ret_def = alj_secret_def_ref(secret->def);
    return true;
}

bool
alj_secrets_undefine(AljSecrets *secrets, const AljUuid *uuid, AljSecretDef **ret_def, GError **error)
{
    g_autoptr(AljSecret) secret = begin_change(secrets, uuid, error);
    if (!secret || (!secret->def->is_ephemeral && !alj_secret_store_remove(secrets->store, uuid, error)))
        return false;
    ALJ_LOCK(&secrets->mutex);
    (void) g_hash_table_remove(secrets->table, uuid); /* it is there */
    *ret_def = alj_secret_def_ref(secret->def);
    return true;
}
