/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A clone stands on a snapshot, and the snapshot is protected as long as a clone of the first format may need it. Who loses a race
 * against another host gets the library's refusal, never a clone without a parent. Runs on a pool's workers.
 */
#include "backend/rbd/snapshot.h"

#include <errno.h>

static void
free_snapshot(gpointer data)
{
    AljRbdSnapshot *snapshot = data;
    g_free(snapshot->name);
    g_free(snapshot);
}

/* Deleted snapshots that a clone still needs, those of groups and of mirroring are the library's business. */
static bool
is_ordinary(AljRbdImage *image, uint64_t id)
{
    rbd_snap_namespace_type_t type;
    return rbd_snap_get_namespace_type(image->handle, id, &type) == 0 && type == RBD_SNAP_NAMESPACE_TYPE_USER;
}

GPtrArray *
alj_rbd_snapshots(AljRbdImage *image, GError **error)
{
    int n = 0;
    g_autofree rbd_snap_info_t *found = NULL;
    int r = alj_rbd_gate(image->call, "list snapshots") ?: rbd_snap_list(image->handle, NULL, &n);
    while (r == -ERANGE) {
        found = g_renew(rbd_snap_info_t, found, (gsize) n + 1); /* one more: the end of the list is marked */
        n++;
        r = rbd_snap_list(image->handle, found, &n);
    }
    if (r < 0) {
        alj_fail_errno(error, -r, "failed to list the snapshots of RBD image '%s'", image->name);
        return NULL;
    }
    GPtrArray *snapshots = g_ptr_array_new_with_free_func(free_snapshot);
    for (int i = 0; i < r; i++) {
        if (!is_ordinary(image, found[i].id))
            continue;
        AljRbdSnapshot *snapshot = g_new(AljRbdSnapshot, 1);
        *snapshot = (AljRbdSnapshot){ g_strdup(found[i].name), found[i].size };
        g_ptr_array_add(snapshots, snapshot);
    }
    if (found)
        rbd_snap_list_end(found);
    return snapshots;
}

static char *
clone_path(const rbd_linked_image_spec_t *clone)
{
    return g_strdup_printf("%s/%s%s%s%s", clone->pool_name, clone->pool_namespace, *clone->pool_namespace ? "/" : "",
                           clone->image_name, clone->trash ? " (in the trash)" : "");
}

static int
list_clones(AljRbdImage *image, GPtrArray *list)
{
    size_t n = 0;
    g_autofree rbd_linked_image_spec_t *found = NULL;
    int r = alj_rbd_gate(image->call, "list clones") ?: rbd_list_children3(image->handle, NULL, &n);
    while (r == -ERANGE) {
        found = g_renew(rbd_linked_image_spec_t, found, n);
        r = rbd_list_children3(image->handle, found, &n);
    }
    for (size_t i = 0; r >= 0 && found && i < n; i++)
        g_ptr_array_add(list, clone_path(&found[i]));
    if (r >= 0 && found)
        rbd_linked_image_spec_list_cleanup(found, n);
    return r;
}

GPtrArray *
alj_rbd_clones(AljRbdImage *image, const char *snapshot, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    int r = snapshot ? rbd_snap_set(image->handle, snapshot) : 0;
    if (r == 0) {
        r = list_clones(image, list);
        int back = snapshot ? rbd_snap_set(image->handle, NULL) : 0;
        r = r < 0 ? r : back;
    }
    if (r >= 0)
        return g_steal_pointer(&list);
    alj_fail_errno(error, -r, "failed to list the clones of RBD image '%s'", image->name);
    return NULL;
}

bool
alj_rbd_snapshot_make(AljRbdImage *image, const char *name, GError **error)
{
    int r = alj_rbd_gate(image->call, "make a snapshot") ?: rbd_snap_create(image->handle, name);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to create RBD snapshot %s@%s", image->name, name);
    r = alj_rbd_gate(image->call, "protect a snapshot") ?: rbd_snap_protect(image->handle, name);
    return r == 0 || alj_fail_errno(error, -r, "failed to protect RBD snapshot %s@%s", image->name, name);
}

bool
alj_rbd_snapshot_remove(AljRbdImage *image, const char *name, GError **error)
{
    int is_protected = 0;
    int r = alj_rbd_gate(image->call, "look at a snapshot") ?: rbd_snap_is_protected(image->handle, name, &is_protected);
    if (r == 0 && is_protected)
        r = alj_rbd_gate(image->call, "unprotect a snapshot") ?: rbd_snap_unprotect(image->handle, name);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to unprotect snapshot '%s@%s'", image->name, name);
    r = alj_rbd_gate(image->call, "remove a snapshot") ?: rbd_snap_remove(image->handle, name);
    return r == 0 || alj_fail_errno(error, -r, "failed to remove snapshot '%s@%s'", image->name, name);
}

bool
alj_rbd_snapshot_release(AljCall *call, AljRbd *rbd, const char *parent, const char *snapshot, GError **error)
{
    bool exists = false;
    g_auto(AljRbdImage) image = { 0 };
    GError *failure = NULL;
    if (!alj_rbd_image_open(call, rbd, parent, true, &image, &failure))
        return alj_rbd_image_is_gone(failure, error);
    int r = alj_rbd_gate(call, "find a snapshot") ?: rbd_snap_exists(image.handle, snapshot, &exists);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to look for snapshot '%s@%s'", parent, snapshot);
    g_autoptr(GPtrArray) clones = exists ? alj_rbd_clones(&image, snapshot, error) : NULL;
    if (!clones)
        return !exists;
    return clones->len > 0 || alj_rbd_snapshot_remove(&image, snapshot, error);
}
