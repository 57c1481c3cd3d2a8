/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a volume stands on, and that on, down to the end, for its document. Every link of the chain is known from
 * the scan of some pool; putting them together takes only memory, and nothing that a header names is opened for it.
 * Any thread.
 */
#include "core/core_private.h"

/* The volume behind @backing, or NULL. (transfer full) */
static AljVolDef *
find_volume(AljCore *core, const AljBacking *backing)
{
    AljVolRef ref = { 0 };
    if (*backing->path != '/') /* a protocol */
        return NULL;
    g_autofree char *path = g_canonicalize_filename(backing->path, "/");
    if (!alj_locations_find(core->locations, ALJ_LOCATION_PATH, path, &ref))
        return NULL;
    alj_pool_unref(ref.pool);
    return ref.vol;
}

static bool
has_path(const GPtrArray *vols, const char *path)
{
    for (guint i = 0; i < vols->len; i++)
        if (g_strcmp0(((const AljVolDef *) g_ptr_array_index(vols, i))->path, path) == 0)
            return true;
    return false;
}

/* Hangs below @at, what @top stands on, all that follows. An image that is read as raw stands on nothing. */
static void
add_chain(AljCore *core, AljVolDef *top, AljBacking *at)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func((GDestroyNotify) alj_vol_def_unref);
    g_ptr_array_add(seen, alj_vol_def_ref(top));
    while (at && seen->len < ALJ_BACKING_DEPTH_MAX) {
        AljVolDef *vol = find_volume(core, at);
        if (!vol)
            return;
        bool is_end = vol->format != at->format || has_path(seen, vol->path);
        g_ptr_array_add(seen, vol);
        if (is_end)
            return;
        at->next = alj_backing_copy(vol->backing);
        at = at->next;
    }
}

char *
alj_core_vol_xml(AljCore *core, AljPoolType pool, const AljVolDef *vol)
{
    if (!vol->backing)
        return alj_vol_def_format(pool, vol);
    g_autoptr(AljVolDef) whole = alj_vol_def_copy(vol);
    add_chain(core, whole, whole->backing);
    return alj_vol_def_format(pool, whole);
}
