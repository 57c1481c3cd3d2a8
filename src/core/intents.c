/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One small key file per change, written before the change begins and removed before it is acknowledged: so an acknowledged change
 * never has a record, and what was interrupted is told. Nothing is undone here: a record knows a name, which may be another
 * volume's by then; backends mark what is not complete on the storage itself. Blocks on the local disk (the state
 * directory); worker threads only, except for the reading at start.
 */
#include "core/intents.h"

#include "base/files.h"
#include "base/guard.h"
#include "base/log.h"
#include "core/core_private.h"
#include "core/op_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define RECORD_MAX (16 * 1024)
#define GROUP      "intent"

/* A record that was there at start. */
typedef struct Leftover {
    char *file, *kind, *vol_name;
    AljUuid pool_uuid;
} Leftover;

struct AljIntents {
    char *dir;
    int dir_fd;
    pthread_mutex_t mutex;
    GPtrArray *leftovers; /* of Leftover */
};

struct AljIntent {
    AljIntents *intents; /* (borrowed) */
    char *file;
};

static void
free_leftover(gpointer data)
{
    Leftover *left = data;
    g_free(left->file);
    g_free(left->kind);
    g_free(left->vol_name);
    g_free(left);
}

static Leftover *
read_record(AljIntents *intents, const char *file, GError **error)
{
    size_t length;
    g_autoptr(GKeyFile) record = g_key_file_new();
    g_autofree char *text = alj_files_load(intents->dir_fd, file, RECORD_MAX, &length, error);
    if (!text || !g_key_file_load_from_data(record, text, length, G_KEY_FILE_NONE, error))
        return NULL;
    g_autofree char *uuid = g_key_file_get_string(record, GROUP, "pool-uuid", error);
    Leftover *left = g_new0(Leftover, 1);
    if (uuid && alj_uuid_parse(uuid, &left->pool_uuid)) {
        left->file = g_strdup(file);
        left->kind = g_key_file_get_string(record, GROUP, "kind", error);
        left->vol_name = g_key_file_get_string(record, GROUP, "volume", error);
    } else if (uuid) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "'%s' is not a uuid", uuid);
    }
    if (!left->kind || !left->vol_name)
        g_clear_pointer(&left, free_leftover);
    return left;
}

static void
remove_record(AljIntents *intents, const char *file)
{
    g_autoptr(GError) error = NULL;
    if (!alj_files_remove(intents->dir_fd, intents->dir, file, &error))
        alj_warn("%s", error->message);
}

/* A record that was cut by the crash, or had not got its name, describes a change that had not begun. */
static void
read_leftovers(AljIntents *intents)
{
    g_autoptr(GDir) entries = g_dir_open(intents->dir, 0, NULL);
    const char *name;
    while (entries && (name = g_dir_read_name(entries)) != NULL) {
        g_autoptr(GError) error = NULL;
        if (g_str_has_suffix(name, ".new")) {
            (void) unlinkat(intents->dir_fd, name, 0); /* means nothing, also if it stays */
            continue;
        }
        Leftover *left = read_record(intents, name, &error);
        if (left) {
            g_ptr_array_add(intents->leftovers, left);
        } else {
            alj_warn("record '%s/%s' is dropped: %s", intents->dir, name, error->message);
            remove_record(intents, name);
        }
    }
}

AljIntents *
alj_intents_new(const char *state_dir, GError **error)
{
    g_autofree char *dir = g_build_filename(state_dir, "intents", NULL);
    if (!alj_files_make_dirs(dir, 0700, error))
        return NULL;
    alj_autofd fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        alj_fail_errno(error, errno, "cannot open directory '%s'", dir);
        return NULL;
    }
    AljIntents *intents = g_new0(AljIntents, 1);
    intents->dir = g_steal_pointer(&dir);
    intents->dir_fd = alj_steal_fd(&fd);
    pthread_mutex_init(&intents->mutex, NULL);
    intents->leftovers = g_ptr_array_new_with_free_func(free_leftover);
    read_leftovers(intents);
    return intents;
}

void
alj_intents_free(AljIntents *intents)
{
    if (!intents)
        return;
    g_ptr_array_unref(intents->leftovers);
    pthread_mutex_destroy(&intents->mutex);
    alj_autofd_clear(&intents->dir_fd);
    g_free(intents->dir);
    g_free(intents);
}

AljIntent *
alj_intent_new(const AljJob *job, AljPool *pool, const char *vol_name, GError **error)
{
    AljIntents *intents = job->core->intents;
    char uuid[ALJ_UUID_TEXT_SIZE];
    AljUuid number;
    gsize length;
    g_autoptr(GKeyFile) record = g_key_file_new();
    g_key_file_set_string(record, GROUP, "kind", alj_op_row(job->core, job->op->kind)->name);
    g_key_file_set_string(record, GROUP, "pool-uuid", alj_uuid_format(&pool->uuid, uuid));
    g_key_file_set_string(record, GROUP, "pool", pool->name);
    g_key_file_set_string(record, GROUP, "volume", vol_name);
    g_autofree char *text = g_key_file_to_data(record, &length, NULL);
    alj_uuid_generate(&number);
    g_autofree char *file = g_strdup(alj_uuid_format(&number, uuid));
    if (!alj_files_save(intents->dir_fd, intents->dir, file, 0600, text, length, error))
        return NULL;
    AljIntent *intent = g_new(AljIntent, 1);
    *intent = (AljIntent){ intents, g_steal_pointer(&file) };
    return intent;
}

void
alj_intent_free(AljIntent *intent)
{
    if (!intent)
        return;
    remove_record(intent->intents, intent->file);
    g_free(intent->file);
    g_free(intent);
}

static Leftover *
take_leftover(AljIntents *intents, const AljUuid *uuid)
{
    ALJ_LOCK(&intents->mutex);
    for (unsigned i = 0; i < intents->leftovers->len; i++) {
        const Leftover *left = g_ptr_array_index(intents->leftovers, i);
        if (alj_uuid_equal(&left->pool_uuid, uuid))
            return g_ptr_array_steal_index(intents->leftovers, i);
    }
    return NULL;
}

void
alj_intents_settle(AljJob *job, AljPool *pool)
{
    AljIntents *intents = job->core->intents;
    for (Leftover *left; (left = take_leftover(intents, &pool->uuid)) != NULL;) {
        AljLogFields about = { .pool = pool->name, .volume = left->vol_name, .op = left->kind, .client_uid = -1 };
        alj_log(G_LOG_LEVEL_MESSAGE, &about, "interrupted by a crash; the pool was read again");
        remove_record(intents, left->file);
        free_leftover(left);
    }
}
