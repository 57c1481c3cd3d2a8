/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a volume stands on, and that on, down to the end, for its document. Every link of the chain is known from the scan of
 * some pool; putting them together takes only memory, and nothing that a header names is opened for it. Any thread.
 */
#include "core/core_private.h"

#include <string.h>

/* The volumes walked through so far, by path. The top one has no need to be known to any pool. */
typedef struct Walk {
    AljCore *core;
    const char *seen[ALJ_BACKING_DEPTH_MAX + 1];
    AljVolRef refs[ALJ_BACKING_DEPTH_MAX];
    unsigned n_seen;
} Walk;

static bool
is_seen(const Walk *walk, const char *path)
{
    for (unsigned i = 0; i < walk->n_seen; i++)
        if (g_strcmp0(walk->seen[i], path) == 0)
            return true;
    return false;
}

/* The volume behind @backing, if it is one, is read as the image it is, and was not met before; else NULL. Borrowed. */
static const AljVolDef *
step(Walk *walk, const AljBacking *backing)
{
    AljVolRef *ref = &walk->refs[walk->n_seen - 1];
    if (*backing->path != '/') /* a protocol */
        return NULL;
    g_autofree char *path = g_canonicalize_filename(backing->path, "/");
    if (!alj_locations_find(walk->core->locations, ALJ_LOCATION_PATH, path, ref))
        return NULL;
    bool is_end = ref->vol->format != backing->format || is_seen(walk, ref->vol->path);
    walk->seen[walk->n_seen] = ref->vol->path;
    walk->n_seen++;
    return is_end ? NULL : ref->vol;
}

static void
add_chain(AljCore *core, const AljVolDef *top, AljBacking *at)
{
    Walk walk = { .core = core, .seen = { top->path }, .n_seen = 1 };
    while (at && walk.n_seen < ALJ_BACKING_DEPTH_MAX) {
        const AljVolDef *vol = step(&walk, at);
        at->next = vol ? alj_backing_copy(vol->backing) : NULL;
        at = at->next;
    }
    for (unsigned i = 0; i + 1 < walk.n_seen; i++)
        alj_vol_ref_clear(&walk.refs[i]);
}

char *
alj_core_vol_xml(AljCore *core, AljPoolType pool, const AljVolDef *vol)
{
    if (!vol->backing)
        return alj_vol_def_format(pool, vol);
    g_autoptr(AljVolDef) whole = alj_vol_def_copy(vol);
    add_chain(core, vol, whole->backing);
    return alj_vol_def_format(pool, whole);
}
