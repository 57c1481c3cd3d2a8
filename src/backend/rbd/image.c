/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to one image. Allocation is told by the object map where there is one that is valid, which costs one small read; counting
 * objects one by one would take minutes, so an image without it counts as full. Runs on a pool's workers.
 */
#include "backend/rbd/image.h"

#include "backend/rbd/options.h"
#include "backend/rbd/progress.h"
#include "base/task.h"

#include <errno.h>

#define WATCHERS_TOLD 3

/* ---- open, close ---- */

static bool
fail_open(int r, const char *name, GError **error)
{
    if (r == -ENOENT)
        return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
    return alj_fail_errno(error, -r, "failed to open the RBD image '%s'", name);
}

bool
alj_rbd_image_open(AljCall *call, AljRbd *rbd, const char *name, bool writes, AljRbdImage *ret, GError **error)
{
    rbd_image_t handle = NULL;
    int r = alj_rbd_gate(call, "open an image")
        ?: (writes ? rbd_open(rbd->io, name, &handle, NULL) : rbd_open_read_only(rbd->io, name, &handle, NULL));
    if (r < 0)
        return fail_open(r, name, error);
    *ret = (AljRbdImage){ call, rbd, handle, g_strdup(name) };
    return true;
}

bool
alj_rbd_image_open_trash(AljCall *call, AljRbd *rbd, const char *id, const char *name, AljRbdImage *ret, GError **error)
{
    rbd_image_t handle = NULL;
    int r = alj_rbd_gate(call, "open an image") ?: rbd_open_by_id(rbd->io, id, &handle, NULL);
    if (r < 0)
        return fail_open(r, name, error);
    *ret = (AljRbdImage){ call, rbd, handle, g_strdup(name) };
    return true;
}

bool
alj_rbd_image_is_gone(GError *take_failure, GError **error)
{
    bool is_gone = alj_error_is(take_failure, ALJ_ERROR_NO_VOL);
    if (is_gone)
        g_error_free(take_failure);
    else
        g_propagate_error(error, take_failure);
    return is_gone;
}

void
alj_rbd_image_clear(AljRbdImage *image)
{
    if (image->handle)
        (void) rbd_close(image->handle); /* who has written has flushed */
    image->handle = NULL;
    g_clear_pointer(&image->name, g_free);
}

/* ---- facts ---- */

bool
alj_rbd_image_stat(AljRbdImage *image, rbd_image_info_t *ret, GError **error)
{
    int r = alj_rbd_gate(image->call, "stat an image") ?: rbd_stat(image->handle, ret, sizeof *ret);
    return r == 0 || alj_fail_errno(error, -r, "failed to stat the RBD image '%s'", image->name);
}

bool
alj_rbd_image_features(AljRbdImage *image, uint64_t *ret, GError **error)
{
    int r = alj_rbd_gate(image->call, "read features") ?: rbd_get_features(image->handle, ret);
    return r == 0 || alj_fail_errno(error, -r, "failed to get the features of RBD image %s", image->name);
}

bool
alj_rbd_image_has_fast_diff(AljRbdImage *image, bool *ret, GError **error)
{
    uint64_t features, flags;
    if (!alj_rbd_image_features(image, &features, error))
        return false;
    int r = alj_rbd_gate(image->call, "read flags") ?: rbd_get_flags(image->handle, &flags);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to get the flags of RBD image %s", image->name);
    *ret = (features & RBD_FEATURE_FAST_DIFF) && !(flags & RBD_FLAG_FAST_DIFF_INVALID);
    return true;
}

static int
add_length(uint64_t offset, size_t length, int exists, void *data)
{
    uint64_t *bytes = data;
    if (exists)
        *bytes += length;
    return 0;
}

static bool
read_allocation(AljRbdImage *image, const AljPoolDef *pool, const rbd_image_info_t *info, uint64_t *ret_bytes, GError **error)
{
    bool is_fast;
    if (!alj_rbd_image_has_fast_diff(image, &is_fast, error))
        return false;
    if (!is_fast || pool->refresh_allocation == 1) {
        *ret_bytes = info->obj_size * info->num_objs;
        return true;
    }
    *ret_bytes = 0;
    int r = alj_rbd_gate(image->call, "read the object map")
        ?: rbd_diff_iterate2(image->handle, NULL, 0, info->size, 0, 1, add_length, ret_bytes);
    return r == 0 || alj_fail_errno(error, -r, "failed to iterate RBD image '%s'", image->name);
}

/* What the image is a clone of, as "POOL/IMAGE@SNAPSHOT". NULL without error: of nothing. */
static char *
read_parent(AljRbdImage *image, GError **error)
{
    rbd_linked_image_spec_t parent;
    rbd_snap_spec_t snapshot;
    int r = alj_rbd_gate(image->call, "read the parent") ?: rbd_get_parent(image->handle, &parent, &snapshot);
    if (r < 0) {
        if (r != -ENOENT)
            alj_fail_errno(error, -r, "failed to get the parent of RBD image '%s'", image->name);
        return NULL;
    }
    char *path = g_strdup_printf("%s/%s%s%s@%s", parent.pool_name, parent.pool_namespace, *parent.pool_namespace ? "/" : "",
                                 parent.image_name, snapshot.name);
    rbd_linked_image_spec_cleanup(&parent);
    rbd_snap_spec_cleanup(&snapshot);
    return path;
}

static bool
add_backing(AljRbdImage *image, AljVolDef *vol, GError **error)
{
    GError *failure = NULL;
    g_autofree char *parent = read_parent(image, &failure);
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    if (!parent)
        return true;
    vol->backing = alj_backing_new(parent);
    vol->backing->has_format = true;
    vol->backing->format = ALJ_FORMAT_RAW;
    return true;
}

AljVolDef *
alj_rbd_image_describe(AljRbdImage *image, const AljPoolDef *pool, const char *name, GError **error)
{
    rbd_image_info_t info;
    g_autoptr(AljVolDef) vol = alj_vol_def_new(name);
    vol->type = ALJ_VOL_NETWORK;
    vol->format = ALJ_FORMAT_RAW;
    vol->path = alj_rbd_path(pool, name);
    vol->key = g_strdup(vol->path);
    if (!alj_rbd_image_stat(image, &info, error) || !read_allocation(image, pool, &info, &vol->allocation_bytes, error)
        || !add_backing(image, vol, error))
        return NULL;
    vol->capacity_bytes = info.size;
    vol->physical_bytes = vol->allocation_bytes;
    return g_steal_pointer(&vol);
}

/* Up to WATCHERS_TOLD addresses of those who have it open. "" : nobody. */
static char *
list_users(AljRbdImage *image, GError **error)
{
    size_t n = 0;
    g_autofree rbd_image_watcher_t *watchers = NULL;
    int r = alj_rbd_gate(image->call, "list watchers") ?: rbd_watchers_list(image->handle, NULL, &n);
    while (r == -ERANGE) {
        watchers = g_renew(rbd_image_watcher_t, watchers, n);
        r = rbd_watchers_list(image->handle, watchers, &n);
    }
    if (r < 0) {
        alj_fail_errno(error, -r, "failed to list the users of RBD image '%s'", image->name);
        return NULL;
    }
    GString *users = g_string_new(NULL);
    for (size_t i = 0; watchers && i < MIN(n, WATCHERS_TOLD); i++)
        g_string_append_printf(users, "%s%s", i > 0 ? ", " : "", watchers[i].addr);
    if (n > WATCHERS_TOLD)
        g_string_append(users, " and others");
    if (watchers)
        rbd_watchers_list_cleanup(watchers, n);
    return g_string_free(users, FALSE);
}

bool
alj_rbd_image_is_free(AljRbdImage *image, bool *ret, GError **error)
{
    g_autofree char *users = list_users(image, error);
    *ret = users && !*users;
    return users != NULL;
}

bool
alj_rbd_image_check_free(AljRbdImage *image, const AljPoolDef *pool, GError **error)
{
    g_autofree char *users = list_users(image, error);
    if (!users || !*users)
        return users != NULL;
    return alj_fail(error, ALJ_ERROR_BUSY, "image '%s/%s' is open at %s", pool->source_name, image->name, users);
}

bool
alj_rbd_image_resize(AljRbdImage *image, uint64_t bytes, GError **error)
{
    AljRbdProgress progress = { image->call->task, 0 };
    int r = alj_rbd_gate(image->call, "resize an image")
        ?: rbd_resize2(image->handle, bytes, true, alj_rbd_progress_report, &progress);
    return r == 0 || alj_fail_errno(error, -r, "failed to resize the RBD image '%s'", image->name);
}

/* ---- extents ---- */

void
alj_rbd_extents_add(GArray *extents, uint64_t start_bytes, uint64_t bytes)
{
    AljRbdExtent extent = { start_bytes, start_bytes + bytes };
    AljRbdExtent *last = extents->len > 0 ? &g_array_index(extents, AljRbdExtent, extents->len - 1) : NULL;
    if (last && start_bytes <= last->end_bytes)
        last->end_bytes = MAX(last->end_bytes, extent.end_bytes);
    else
        g_array_append_val(extents, extent);
}

typedef struct Collecting {
    GArray *extents;
    const AljTask *task;
} Collecting;

static int
collect(uint64_t offset, size_t length, int exists, void *data)
{
    Collecting *collecting = data;
    if (exists)
        alj_rbd_extents_add(collecting->extents, offset, length);
    return alj_task_check(collecting->task, "reading an image", NULL) ? 0 : -ECANCELED;
}

GArray *
alj_rbd_image_extents(AljRbdImage *image, uint64_t start_bytes, uint64_t end_bytes, GError **error)
{
    bool is_fast;
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(AljRbdExtent));
    Collecting collecting = { extents, image->call->task };
    if (!alj_rbd_image_has_fast_diff(image, &is_fast, error))
        return NULL;
    int r = alj_rbd_gate(image->call, "list extents")
        ?: rbd_diff_iterate2(image->handle, NULL, start_bytes, end_bytes - start_bytes, 1, is_fast, collect, &collecting);
    if (!alj_task_check(image->call->task, "reading an image", error))
        return NULL;
    if (r == 0)
        return g_steal_pointer(&extents);
    alj_fail_errno(error, -r, "failed to iterate RBD image '%s'", image->name);
    return NULL;
}
