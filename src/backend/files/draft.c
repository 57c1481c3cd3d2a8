/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How every volume of a directory comes into being: built under a hidden name that scans ignore and sweeps of dead
 * processes remove, then named in one step. Owns the descriptors of one draft. Runs on a pool's workers.
 */
#include "backend/files/draft.h"

#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/subvol.h"

#define DEFAULT_MODE 0600
#define SUBVOL_MODE 0711 /* guests pass through, to a file with a mode of its own */

/* The hidden entry: a file, a directory, or a sub-volume with the file in it. */
static bool
make_entry(AljDraft *draft, const AljVolDef *request, mode_t mode, uid_t owner, gid_t group, GError **error)
{
    AljHost *host = draft->call->host;
    const char *name = draft->tmp;
    int dir_fd = draft->dir_fd;
    if (request->format == ALJ_FORMAT_DIR) {
        draft->fd = alj_entry_new_dir(host, dir_fd, name, mode, owner, group, error);
        return draft->fd >= 0;
    }
    if (alj_place_is_new_in_subvol(draft->pool, request)) {
        dir_fd = draft->subvol_fd = alj_entry_new_subvol(host, dir_fd, name, SUBVOL_MODE, error);
        name = ALJ_SUBVOL_FILE;
    }
    draft->fd = dir_fd < 0 ? -1 : alj_entry_new(host, dir_fd, name, mode, owner, group, error);
    return draft->fd >= 0;
}

bool
alj_draft_begin(AljDraft *draft, AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    const AljPermissions *wanted = &request->permissions;
    mode_t mode = wanted->has_mode ? wanted->mode : DEFAULT_MODE;
    uid_t owner = wanted->has_owner ? wanted->owner : (uid_t) -1;
    gid_t group = wanted->has_group ? wanted->group : (gid_t) -1;
    draft->call = call;
    draft->pool = pool;
    draft->dir_fd = alj_files_open_target(call, pool, error);
    if (draft->dir_fd < 0)
        return false;
    draft->tmp = alj_entry_tmp_name(call->host);
    call->own_name(call, draft->tmp, true); /* before it exists: a scan may look at any moment */
    bool is_dir = request->format == ALJ_FORMAT_DIR;
    g_autoptr(GError) failure = NULL;
    if (make_entry(draft, request, mode, owner, group, &failure))
        return true;
    g_autofree char *path = alj_files_path(pool, request->name); /* nobody knows the hidden name */
    return alj_fail_errno(error, alj_error_errno(failure), is_dir ? "failed to create directory '%s'" : "Failed to create file '%s'",
                          path);
}

static bool
name_it(AljDraft *draft, const char *name, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (alj_entry_commit(draft->call->host, draft->dir_fd, draft->fd, draft->tmp, name, &failure))
        return true;
    if (!alj_error_is(failure, ALJ_ERROR_BAD_STATE)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    g_autofree char *path = alj_files_path(draft->pool, name);
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '%s' already exists", path);
}

AljVolDef *
alj_draft_commit(AljDraft *draft, const AljVolDef *request, GError **error)
{
    const char *name = request->name;
    AljHost *host = draft->call->host;
    struct stat st;
    g_auto(AljPlace) place = ALJ_PLACE_INIT;
    if (!name_it(draft, name, error))
        return NULL;
    /* Read now, because the rename has changed a time; a volume nobody can read is no result and goes again. */
    AljVolDef *vol = NULL;
    if (alj_place_find(host, draft->pool, draft->dir_fd, name, &place, error)
        && alj_entry_stat(host, place.dir_fd, place.entry, &st, error))
        vol = alj_files_describe(host, draft->pool, name, &place, draft->fd, &st, error);
    if (!vol) {
        alj_entry_discard(draft->dir_fd, name);
        return NULL;
    }
    if (request->format == ALJ_FORMAT_ISO && vol->format == ALJ_FORMAT_RAW)
        vol->format = ALJ_FORMAT_ISO;
    alj_files_resolve(draft->call, draft->pool, vol->backing, NULL);
    draft->is_committed = true;
    return vol;
}

void
alj_draft_clear(AljDraft *draft)
{
    if (draft->tmp && !draft->is_committed)
        alj_entry_discard(draft->dir_fd, draft->tmp);
    if (draft->tmp)
        draft->call->own_name(draft->call, draft->tmp, false);
    g_clear_pointer(&draft->tmp, g_free);
    alj_autofd_clear(&draft->fd);
    alj_autofd_clear(&draft->subvol_fd);
    alj_autofd_clear(&draft->dir_fd);
}
