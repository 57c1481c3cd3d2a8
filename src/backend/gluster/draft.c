/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How files of gluster pools come into being: written under a hidden name, synced, and then linked to the final one, because a link
 * refuses to replace where a rename of libgfapi would not. A crash leaves a hidden file, which the next scan removes, or both
 * names of a complete volume. Runs on a pool's workers.
 */
#include "backend/gluster/draft.h"

#include "backend/gluster/medium.h"
#include "backend/gluster/volume.h"
#include "host/files.h"
#include "host/host.h"

#include <errno.h>

#define DEFAULT_MODE 0600
#define ATTEMPTS 3

/* Returns: 0 or an errno. */
static int
open_hidden(AljGlusterDraft *draft)
{
    const AljGlusterPlace *place = draft->place;
    struct stat st;
    glfs_fd_t *fd = NULL;
    int failed = alj_host_gate(place->call->host, "gluster create");
    if (!failed && !(draft->object = glfs_h_creat(place->fs, place->dir, draft->tmp, O_CREAT | O_EXCL | O_RDWR, DEFAULT_MODE, &st)))
        failed = errno;
    if (!failed && !(fd = glfs_h_open(place->fs, draft->object, O_RDWR)))
        failed = errno;
    if (!failed)
        failed = alj_gluster_entry_lock(place, fd);
    if (fd)
        draft->medium = alj_gluster_medium_new(place->call->host, fd, draft->tmp);
    return failed;
}

/* Another daemon of this host can have taken the file for a leftover before it was locked. Returns: 0 or an errno. */
static int
open_anew(AljGlusterDraft *draft)
{
    AljCall *call = draft->place->call;
    int failed, left = ATTEMPTS;
    do {
        alj_gluster_draft_clear(draft);
        draft->tmp = alj_entry_tmp_name(call->host);
        call->own_name(call, draft->tmp, true); /* before it exists: a scan may look at any moment */
        failed = open_hidden(draft);
    } while ((failed == EAGAIN || failed == ESTALE) && --left > 0);
    return failed;
}

bool
alj_gluster_draft_begin(AljGlusterDraft *draft, const AljGlusterPlace *place, const AljVolDef *request, GError **error)
{
    const AljPermissions *wanted = &request->permissions;
    g_autoptr(GError) failure = NULL;
    draft->place = place;
    int failed = open_anew(draft);
    if (failed)
        return alj_fail_errno(error, failed, "Failed to create file '%s'", request->path);
    if (alj_gluster_medium_set_owner(draft->medium, wanted->has_owner ? wanted->owner : (uid_t) -1,
                                        wanted->has_group ? wanted->group : (gid_t) -1,
                                        wanted->has_mode ? wanted->mode : DEFAULT_MODE, &failure))
        return true;
    return alj_fail_errno(error, alj_error_errno(failure), "Failed to create file '%s'", request->path);
}

/* Returns: 0 or an errno. EEXIST if the name is there in any form. */
static int
name_it(const AljGlusterDraft *draft, const char *name)
{
    const AljGlusterPlace *place = draft->place;
    int failed = alj_host_gate(place->call->host, "gluster link");
    return failed || glfs_h_link(place->fs, draft->object, place->dir, name) == 0 ? failed : errno;
}

AljVolDef *
alj_gluster_draft_commit(AljGlusterDraft *draft, const AljVolDef *request, GError **error)
{
    const AljGlusterPlace *place = draft->place;
    if (!draft->medium->ops->flush(draft->medium, error))
        return NULL;
    int failed = name_it(draft, request->name);
    if (failed == EEXIST) {
        alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '%s' already exists", request->path);
        return NULL;
    }
    if (failed) {
        alj_fail_errno(error, failed, "cannot give volume '%s' its name", request->name);
        return NULL;
    }
    AljVolDef *vol = alj_gluster_place_sync(place, error) ? alj_gluster_reread(place, request->name, error) : NULL;
    if (!vol) /* not durable, or not to be read: then it must not be seen either */
        (void) glfs_h_unlink(place->fs, place->dir, request->name);
    return vol;
}

void
alj_gluster_draft_clear(AljGlusterDraft *draft)
{
    if (!draft->tmp)
        return;
    if (draft->object) {
        (void) glfs_h_unlink(draft->place->fs, draft->place->dir, draft->tmp); /* else the next scan does it */
        (void) glfs_h_close(draft->object);
    }
    g_clear_pointer(&draft->medium, alj_medium_free);
    draft->place->call->own_name(draft->place->call, draft->tmp, false);
    g_clear_pointer(&draft->tmp, g_free);
}
