/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a clone comes to its parent, in a second whatever its size. Runs on a pool's workers. */
#include "backend/rbd/clone.h"

#include <errno.h>

/* What the library decides for itself, and may not be handed on. */
#define FEATURES_OF_ONE (RBD_FEATURE_DATA_POOL | RBD_FEATURE_OPERATIONS | RBD_FEATURE_MIGRATING | RBD_FEATURE_NON_PRIMARY \
                         | RBD_FEATURE_DIRTY_CACHE)

bool
alj_rbd_can_clone(AljRbdImage *parent, bool *ret, GError **error)
{
    uint64_t features;
    if (!alj_rbd_image_features(parent, &features, error))
        return false;
    *ret = features & RBD_FEATURE_LAYERING;
    return true;
}

/* ---- the snapshot ---- */

static int
note_difference(uint64_t offset, size_t length, int exists, void *data)
{
    *(bool *) data = true;
    return -ECANCELED; /* one is enough */
}

static bool
is_current(AljRbdImage *parent, const AljRbdSnapshot *snapshot, bool *ret, GError **error)
{
    rbd_image_info_t info;
    bool differs = false;
    if (!alj_rbd_image_stat(parent, &info, error))
        return false;
    *ret = false;
    if (info.size != snapshot->size_bytes)
        return true;
    int r = alj_rbd_gate(parent->call, "compare with a snapshot")
        ?: rbd_diff_iterate2(parent->handle, snapshot->name, 0, info.size, 0, 1, note_difference, &differs);
    if (r < 0 && !differs)
        return alj_fail_errno(error, -r, "failed to iterate RBD snapshot %s@%s", parent->name, snapshot->name);
    *ret = !differs;
    return true;
}

bool
alj_rbd_find_base(AljRbdImage *parent, char **ret_snapshot, GError **error)
{
    bool is_fast, is_free, is_same = false;
    *ret_snapshot = NULL;
    if (!alj_rbd_image_has_fast_diff(parent, &is_fast, error) || !alj_rbd_image_is_free(parent, &is_free, error))
        return false;
    g_autoptr(GPtrArray) snapshots = alj_rbd_snapshots(parent, error);
    if (!snapshots)
        return false;
    const AljRbdSnapshot *last = snapshots->len > 0 ? g_ptr_array_index(snapshots, snapshots->len - 1) : NULL;
    if (!is_fast || !is_free || !last || !g_str_has_prefix(last->name, ALJ_RBD_SNAPSHOT))
        return true;
    if (!is_current(parent, last, &is_same, error))
        return false;
    if (is_same)
        *ret_snapshot = g_strdup(last->name);
    return true;
}

/* ---- the clone ---- */

/* As its parent: features, size of its objects, striping. */
static int
set_options(AljRbdImage *parent, rbd_image_options_t options)
{
    uint64_t features, unit, count;
    int r = rbd_get_features(parent->handle, &features) ?: rbd_get_stripe_unit(parent->handle, &unit)
        ?: rbd_get_stripe_count(parent->handle, &count);
    if (r < 0)
        return r;
    return rbd_image_options_set_uint64(options, RBD_IMAGE_OPTION_FORMAT, 2)
        ?: rbd_image_options_set_uint64(options, RBD_IMAGE_OPTION_FEATURES, features & ~FEATURES_OF_ONE)
        ?: rbd_image_options_set_uint64(options, RBD_IMAGE_OPTION_STRIPE_UNIT, unit)
        ?: rbd_image_options_set_uint64(options, RBD_IMAGE_OPTION_STRIPE_COUNT, count);
}

/* The snapshot may be smaller than the parent has become, and more may have been asked for. */
static bool
set_size(AljRbdImage *parent, const char *name, uint64_t bytes, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    rbd_image_info_t info;
    if (!alj_rbd_image_open(parent->call, parent->rbd, name, true, &image, error) || !alj_rbd_image_stat(&image, &info, error))
        return false;
    return info.size == bytes || alj_rbd_image_resize(&image, bytes, error);
}

bool
alj_rbd_clone(AljRbdImage *parent, const char *snapshot, const char *name, uint64_t bytes, GError **error)
{
    rados_ioctx_t io = parent->rbd->io;
    rbd_image_options_t options;
    rbd_image_options_create(&options);
    int r = alj_rbd_gate(parent->call, "clone an image") ?: set_options(parent, options)
        ?: rbd_clone3(io, parent->name, snapshot, io, name, options);
    rbd_image_options_destroy(options);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to clone RBD volume %s", parent->name);
    return set_size(parent, name, bytes, error);
}
