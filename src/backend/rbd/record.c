/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of images that come and go, and how a change that was cut short comes to its end: the same code for a failure and for a crash.
 * The library makes, renames and removes in several steps of its own, so every half of them must be understood here. What a daemon had
 * open when it died counts as in use for half a minute; the next one has the cluster shut it out, which only says what is so: there is
 * one daemon for a directory of records. Runs on a pool's workers.
 */
#include "backend/rbd/record.h"

#include "backend/rbd/directory.h"
#include "backend/rbd/progress.h"
#include "backend/rbd/purge.h"
#include "backend/rbd/snapshot.h"
#include "base/files.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER     "rbd-images"
#define GROUP      "image"
#define RECORD_MAX (16u << 10)
#define SHUT_OUT_SECONDS 300

static const char *const change_names[] = { [ALJ_RBD_MAKES] = "makes", [ALJ_RBD_REMOVES] = "removes", [ALJ_RBD_RETURNS] = "returns" };

static void
free_record(AljRbdRecord *record)
{
    g_free(record->file);
    g_free(record->place);
    g_free(record->name);
    g_free(record->image);
    g_free(record->parent);
    g_free(record->snapshot);
    g_free(record->process);
    g_free(record->client);
    g_free(record);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljRbdRecord, free_record)

static void
own(const AljRbdRecord *record, bool add)
{
    record->call->own_name(record->call, record->file, add);
}

/* ---- the file ---- */

static int
open_folder(const AljCall *call, char **ret_path, GError **error)
{
    *ret_path = g_build_filename(call->record_dir, FOLDER, NULL);
    if (!alj_files_make_dirs(*ret_path, 0700, error))
        return -1;
    int fd = open(*ret_path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        alj_fail_errno(error, errno, "cannot open directory '%s'", *ret_path);
    return fd;
}

static bool
save(const AljRbdRecord *record, GError **error)
{
    gsize length;
    g_autofree char *folder = NULL;
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_key_file_set_string(keys, GROUP, "change", change_names[record->change]);
    g_key_file_set_string(keys, GROUP, "place", record->place);
    g_key_file_set_string(keys, GROUP, "name", record->name);
    g_key_file_set_string(keys, GROUP, "image", record->image);
    g_key_file_set_uint64(keys, GROUP, "mark", record->mark_seconds);
    g_key_file_set_string(keys, GROUP, "process", record->process);
    if (record->client)
        g_key_file_set_string(keys, GROUP, "client", record->client);
    if (record->snapshot) {
        g_key_file_set_string(keys, GROUP, "parent", record->parent);
        g_key_file_set_string(keys, GROUP, "snapshot", record->snapshot);
    }
    g_autofree char *text = g_key_file_to_data(keys, &length, NULL);
    alj_autofd fd = open_folder(record->call, &folder, error);
    return fd >= 0 && alj_files_save(fd, folder, record->file, 0600, text, length, error);
}

static bool
remove_file(const AljRbdRecord *record)
{
    g_autofree char *folder = NULL;
    alj_autofd fd = open_folder(record->call, &folder, NULL);
    return fd >= 0 && alj_files_remove(fd, folder, record->file, NULL);
}

static AljRbdRecord *
load(AljCall *call, AljRbd *rbd, int folder_fd, const char *file, GError **error)
{
    size_t length;
    g_autofree char *text = alj_files_load(folder_fd, file, RECORD_MAX, &length, error);
    g_autoptr(GKeyFile) keys = g_key_file_new();
    if (!text || !g_key_file_load_from_data(keys, text, length, G_KEY_FILE_NONE, error))
        return NULL;
    g_autoptr(AljRbdRecord) record = g_new0(AljRbdRecord, 1);
    g_autofree char *change = g_key_file_get_string(keys, GROUP, "change", error);
    record->call = call;
    record->rbd = rbd;
    record->file = g_strdup(file);
    for (size_t i = 0; change && i < G_N_ELEMENTS(change_names); i++)
        if (strcmp(change, change_names[i]) == 0)
            record->change = i;
    record->place = change ? g_key_file_get_string(keys, GROUP, "place", error) : NULL;
    record->name = record->place ? g_key_file_get_string(keys, GROUP, "name", error) : NULL;
    record->image = record->name ? g_key_file_get_string(keys, GROUP, "image", error) : NULL;
    record->process = record->image ? g_key_file_get_string(keys, GROUP, "process", error) : NULL;
    record->mark_seconds = g_key_file_get_uint64(keys, GROUP, "mark", NULL);
    record->parent = g_key_file_get_string(keys, GROUP, "parent", NULL);
    record->snapshot = g_key_file_get_string(keys, GROUP, "snapshot", NULL);
    record->client = g_key_file_get_string(keys, GROUP, "client", NULL);
    return record->process ? g_steal_pointer(&record) : NULL;
}

/* ---- a change begins and ends ---- */

/* Tells this process from those that had the directory of records before. */
static const char *
this_process(void)
{
    static gsize is_made;
    static char text[ALJ_UUID_TEXT_SIZE];
    AljUuid number;
    if (g_once_init_enter(&is_made)) {
        alj_uuid_generate(&number);
        alj_uuid_format(&number, text);
        g_once_init_leave(&is_made, 1);
    }
    return text;
}

/* NULL: the cluster does not say. */
static char *
own_address(const AljRbd *rbd)
{
    char *found = NULL;
    if (rados_getaddrs(rbd->cluster, &found) < 0 || !found)
        return NULL;
    char *address = g_strdup(found);
    free(found);
    return address;
}

static char *
place_of(const AljRbd *rbd, const AljPoolDef *pool)
{
    char fsid[ALJ_UUID_TEXT_SIZE] = "";
    (void) rados_cluster_fsid(rbd->cluster, fsid, sizeof fsid); /* known since the login */
    return g_strdup_printf("%s/%s", fsid, pool->source_name);
}

static AljRbdRecord *
begin(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, AljRbdChange change, const char *name)
{
    char pool_uuid[ALJ_UUID_TEXT_SIZE], text[ALJ_UUID_TEXT_SIZE];
    AljUuid number;
    AljRbdRecord *record = g_new0(AljRbdRecord, 1);
    alj_uuid_generate(&number);
    *record = (AljRbdRecord){ .call = call, .rbd = rbd, .change = change, .place = place_of(rbd, pool), .name = g_strdup(name),
                              .process = g_strdup(this_process()), .client = own_address(rbd) };
    record->file = g_strdup_printf("%s.%s", alj_uuid_format(&pool->uuid, pool_uuid), alj_uuid_format(&number, text));
    return record;
}

static AljRbdRecord *
write_down(AljRbdRecord *take_record, GError **error)
{
    g_autoptr(AljRbdRecord) record = take_record;
    own(record, true);
    if (save(record, error))
        return g_steal_pointer(&record);
    own(record, false);
    return NULL;
}

AljRbdRecord *
alj_rbd_record_making(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const char *name, const char *parent, GError **error)
{
    AljRbdRecord *record = begin(call, rbd, pool, ALJ_RBD_MAKES, name);
    const char *number = strrchr(record->file, '.') + 1;
    record->image = g_strconcat(alj_host_tmp_prefix(call->host), number, NULL);
    if (parent) {
        record->parent = g_strdup(parent);
        record->snapshot = g_strconcat(ALJ_RBD_SNAPSHOT, number, NULL);
    }
    return write_down(record, error);
}

AljRbdRecord *
alj_rbd_record_removing(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const char *name, const char *id, GError **error)
{
    AljRbdRecord *record = begin(call, rbd, pool, ALJ_RBD_REMOVES, name);
    record->image = g_strdup(id);
    record->mark_seconds = alj_rbd_trash_mark();
    return write_down(record, error);
}

void
alj_rbd_record_drop(AljRbdRecord *take_record)
{
    g_autoptr(AljRbdRecord) record = take_record;
    (void) remove_file(record); /* one that stays tells of nothing that is left to do */
    own(record, false);
}

/* ---- bringing it to its end ---- */

/* The hidden image has its name still: it goes, with what a rename may have begun. */
static bool
remove_hidden(const AljRbdRecord *record, GError **error)
{
    g_autofree char *id = NULL;
    if (!alj_rbd_id_find(record->call, record->rbd, record->image, &id, error)
        || (id && !alj_rbd_id_remove(record->call, record->rbd, record->name, id, error)))
        return false;
    AljRbdProgress progress = { record->call->task, 0 };
    int r = alj_rbd_gate(record->call, "remove an image")
        ?: rbd_remove_with_progress(record->rbd->io, record->image, alj_rbd_progress_report, &progress);
    return r == 0 || r == -ENOENT || alj_fail_errno(error, -r, "failed to remove the unfinished image '%s'", record->image);
}

/* It never came so far as to be listed, or has been renamed: at most its first step or last trace is there. */
static bool
remove_trace(const AljRbdRecord *record, GError **error)
{
    g_autofree char *id = NULL;
    return alj_rbd_id_find(record->call, record->rbd, record->image, &id, error)
        && (!id || alj_rbd_id_remove(record->call, record->rbd, record->image, id, error));
}

static bool
end_making(const AljRbdRecord *record, GError **error)
{
    g_autofree char *id = NULL;
    return alj_rbd_directory_find(record->call, record->rbd, record->image, &id, error)
        && (id ? remove_hidden(record, error) : remove_trace(record, error))
        && (!record->snapshot
            || alj_rbd_snapshot_release(record->call, record->rbd, record->parent, record->snapshot, error));
}

AljRbdTrashed
alj_rbd_record_trashed(const AljRbdRecord *record)
{
    return (AljRbdTrashed){ .call = record->call, .rbd = record->rbd, .pool = strchr(record->place, '/') + 1, .name = record->name,
                            .id = record->image, .mark_seconds = record->mark_seconds };
}

/* What did not reach the trash is a volume as before, and what others restore is theirs. @ret_is_ours: only its bytes are left to be freed. */
static bool
go_on_removing(const AljRbdTrashed *trashed, bool *ret_is_ours, GError **error)
{
    AljRbdTrashState state;
    if (!alj_rbd_trash_state(trashed, &state, error))
        return false;
    *ret_is_ours = state != ALJ_RBD_TRASH_NONE && state != ALJ_RBD_TRASH_RESTORING;
    if (state == ALJ_RBD_TRASH_MOVING && !alj_rbd_trash_finish_move(trashed, error))
        return false;
    return !*ret_is_ours || alj_rbd_trash_clear_snapshots(trashed, error);
}

static bool
end_removing(const AljRbdRecord *record, GError **error)
{
    bool is_ours;
    AljRbdTrashed trashed = alj_rbd_record_trashed(record);
    return go_on_removing(&trashed, &is_ours, error) && (!is_ours || alj_rbd_trash_remove(&trashed, error));
}

static bool
end_returning(const AljRbdRecord *record, GError **error)
{
    AljRbdTrashState state;
    AljRbdTrashed trashed = alj_rbd_record_trashed(record);
    if (!alj_rbd_trash_state(&trashed, &state, error)
        || (state == ALJ_RBD_TRASH_MOVING && !alj_rbd_trash_finish_move(&trashed, error)))
        return false;
    return state == ALJ_RBD_TRASH_NONE || alj_rbd_trash_restore(&trashed, error);
}

static bool
bring_to_end(const AljRbdRecord *record, GError **error)
{
    static bool (*const ends[])(const AljRbdRecord *record, GError **error) = {
        [ALJ_RBD_MAKES] = end_making, [ALJ_RBD_REMOVES] = end_removing, [ALJ_RBD_RETURNS] = end_returning
    };
    return ends[record->change](record, error);
}

void
alj_rbd_record_give_back(AljRbdRecord *take_record, GError **error)
{
    g_autoptr(AljRbdRecord) record = take_record;
    record->change = ALJ_RBD_RETURNS;
    bool is_noted = save(record, NULL);
    if (bring_to_end(record, NULL))
        (void) remove_file(record);
    else
        g_prefix_error(error, is_noted ? "volume '%s' is in the trash until the cluster gives it back: "
                                       : "volume '%s' goes as soon as the cluster answers, although: ", record->name);
    own(record, false);
}

void
alj_rbd_record_undo(void *take_record)
{
    g_autoptr(AljRbdRecord) record = take_record;
    if (bring_to_end(record, NULL)) /* the failure that led here is the one that is told */
        (void) remove_file(record);
    own(record, false);
}

void
alj_rbd_record_made(AljRbdRecord *take_record)
{
    if (remove_trace(take_record, NULL))
        alj_rbd_record_drop(take_record);
    else
        alj_rbd_record_undo(take_record); /* once more */
}

/*
 * If another process wrote the record, that one is dead. What it had open would count as in use until the cluster has missed it for long
 * enough, and what it had locked would be asked for in vain. Where we may not do this, it takes that long.
 */
static void
shut_out_dead(const AljRbdRecord *record)
{
    if (record->client && strcmp(record->process, this_process()) != 0 && alj_rbd_gate(record->call, "shut a client out") == 0)
        (void) rados_blocklist_add(record->rbd->cluster, record->client, SHUT_OUT_SECONDS);
}

/* What recovery of a pool works with. */
typedef struct Recovery {
    AljCall *call;
    AljRbd *rbd;
    const char *folder, *place;
    int folder_fd;
    GPtrArray *problems;
} Recovery;

/* As far as it is quick. @ret_is_over: false while the purger has the rest, and the record. */
static bool
recover_removing(const Recovery *recovery, const AljRbdRecord *record, bool *ret_is_over, GError **error)
{
    bool is_ours;
    AljRbdTrashed trashed = alj_rbd_record_trashed(record);
    if (!go_on_removing(&trashed, &is_ours, error))
        return false;
    if (is_ours)
        alj_rbd_purge(record->rbd, record->image, recovery->folder, record->file);
    *ret_is_over = !is_ours;
    return true;
}

static bool
recover(const Recovery *recovery, const AljRbdRecord *record, bool *ret_is_over, GError **error)
{
    shut_out_dead(record);
    *ret_is_over = true;
    return record->change == ALJ_RBD_REMOVES ? recover_removing(recovery, record, ret_is_over, error) : bring_to_end(record, error);
}

static void
recover_one(const Recovery *recovery, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljRbdRecord) record = load(recovery->call, recovery->rbd, recovery->folder_fd, file, &error);
    int os_errno = record ? 0 : alj_error_errno(error);
    if (os_errno == ENOENT)
        return; /* dropped in this moment */
    if (!record) {
        g_ptr_array_add(recovery->problems, g_strdup_printf("record '%s/%s' %s: %s", recovery->folder, file,
                                                            os_errno ? "cannot be read" : "is dropped", error->message));
        if (os_errno)
            return;
    } else if (strcmp(record->place, recovery->place) != 0) {
        g_ptr_array_add(recovery->problems, g_strdup_printf("%s: an interrupted change waits until the pool is '%s' again",
                                                            record->name, record->place));
        return;
    } else {
        bool is_over;
        if (!recover(recovery, record, &is_over, &error)) {
            g_ptr_array_add(recovery->problems, g_strdup_printf("%s: what an interrupted change left cannot be removed yet: %s",
                                                                record->name, error->message));
            return;
        }
        if (!is_over)
            return;
    }
    (void) alj_files_remove(recovery->folder_fd, recovery->folder, file, NULL); /* one that stays is over for the next scan, too */
}

void
alj_rbd_recover(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, GPtrArray *problems)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    const char *file;
    g_autofree char *folder = g_build_filename(call->record_dir, FOLDER, NULL), *place = place_of(rbd, pool);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    alj_autofd fd = entries ? open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC) : -1;
    Recovery recovery = { call, rbd, folder, place, fd, problems };
    alj_uuid_format(&pool->uuid, uuid);
    while (fd >= 0 && (file = g_dir_read_name(entries)) != NULL)
        if (g_str_has_prefix(file, uuid) && !g_str_has_suffix(file, ".new") && !call->is_owned_name(call, file)
            && !alj_rbd_is_purging(rbd, file))
            recover_one(&recovery, file);
}

/* A record of any pool of this daemon: several can be of one pool of the cluster. Also if that cannot be seen. */
static bool
may_have_record(const AljCall *call, const char *number)
{
    const char *file;
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_build_filename(call->record_dir, FOLDER, NULL), *ending = g_strconcat(".", number, NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, &error);
    if (!entries)
        return !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    while ((file = g_dir_read_name(entries)) != NULL)
        if (g_str_has_suffix(file, ending))
            return true;
    return false;
}

void
alj_rbd_note_hidden(AljCall *call, const char *name, GPtrArray *problems)
{
    const char *prefix = alj_host_tmp_prefix(call->host);
    if (g_str_has_prefix(name, prefix) && !may_have_record(call, name + strlen(prefix)))
        g_ptr_array_add(problems, g_strdup_printf("image '%s' was never completed, and nothing is known of it any more: unless another aljibed "
                                                  "of this host is making it now, remove it with 'rbd rm'", name));
}
