/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a pool has activated, and so deactivates when it stops: an empty file for each volume, named by its UUID, in a directory of
 * the pool. One file is one fact, so workers need no lock. It is below /run like the state of the devices it tells of: neither
 * outlives a boot. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "base/files.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>

#define FOLDER "activated"

static char *
folder_of(const AljCall *call, const AljPoolDef *pool)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    return g_build_filename(call->state_dir, FOLDER, alj_uuid_format(&pool->uuid, uuid), NULL);
}

bool
alj_lvm_record_begin(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autofree char *folder = folder_of(call, pool);
    alj_lvm_record_end(call, pool);
    return alj_files_make_dirs(folder, 0700, error);
}

bool
alj_lvm_record_add(AljCall *call, const AljPoolDef *pool, const char *uuid, GError **error)
{
    g_autofree char *folder = folder_of(call, pool);
    g_autofree char *path = g_build_filename(folder, uuid, NULL);
    if (!alj_files_make_dirs(folder, 0700, error))
        return false;
    alj_autofd fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd >= 0 || alj_fail_errno(error, errno, "cannot create file '%s'", path);
}

GHashTable *
alj_lvm_record_load(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autofree char *folder = folder_of(call, pool);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GDir) entries = g_dir_open(folder, 0, &failure);
    if (!entries && !g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        alj_fail(error, ALJ_ERROR_SYSTEM, "%s", failure->message);
        return NULL;
    }
    GHashTable *uuids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries)) != NULL;)
        g_hash_table_add(uuids, g_strdup(name));
    return uuids;
}

void
alj_lvm_record_forget(AljCall *call, const AljPoolDef *pool, const char *uuid)
{
    g_autofree char *folder = folder_of(call, pool);
    g_autofree char *path = g_build_filename(folder, uuid, NULL);
    (void) unlink(path); /* one that stays is of a volume that is gone, or not active, and means nothing */
}

void
alj_lvm_record_end(AljCall *call, const AljPoolDef *pool)
{
    g_autofree char *folder = folder_of(call, pool);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries)) != NULL;)
        alj_lvm_record_forget(call, pool, name);
    (void) rmdir(folder); /* the next start empties it again */
}
