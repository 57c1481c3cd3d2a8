/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deleting an image. What stands in the way is told by name before anything is touched; then the image goes to the trash in one step, and out
 * of it. A snapshot that was made for clones goes with the last of them. Runs on a pool's workers.
 */
#include "backend/rbd/vol.h"

#include "backend/rbd/options.h"
#include "backend/rbd/progress.h"
#include "backend/rbd/record.h"
#include "backend/rbd/snapshot.h"

#include <errno.h>
#include <string.h>

#define NAMES_TOLD 5
#define ID_SIZE    64

/** Doomed: the image that is to go, and what is known of it before. */
typedef struct Doomed {
    AljCall *call;
    AljRbd *rbd;
    const AljPoolDef *pool;
    const char *name;
    char id[ID_SIZE];
    bool is_old;             /* of the format before 2, which knows no trash */
    char *parent, *snapshot; /* (owned, nullable) in this pool, and made by us for clones */
} Doomed;

static void
clear_doomed(Doomed *doomed)
{
    g_free(doomed->parent);
    g_free(doomed->snapshot);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Doomed, clear_doomed)

static char *
join_names(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len && i < NAMES_TOLD; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *) g_ptr_array_index(names, i));
    if (names->len > NAMES_TOLD)
        g_string_append_printf(text, " and %u more", names->len - NAMES_TOLD);
    return g_string_free(text, FALSE);
}

static bool
check_clones(AljRbdImage *image, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GPtrArray) clones = alj_rbd_clones(image, NULL, error);
    if (!clones || clones->len == 0)
        return clones != NULL;
    g_autofree char *names = join_names(clones);
    return alj_fail(error, ALJ_ERROR_BUSY, "volume '%s/%s' cannot be removed while clones stand on it: %s (delete them first, or make "
                    "them independent with 'rbd flatten')", pool->source_name, image->name, names);
}

/* Ours do not count: they hold nothing that somebody wanted to keep. */
static bool
check_snapshots(AljRbdImage *image, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GPtrArray) snapshots = alj_rbd_snapshots(image, error), names = g_ptr_array_new();
    if (!snapshots)
        return false;
    for (guint i = 0; i < snapshots->len; i++) {
        const AljRbdSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        if (!g_str_has_prefix(snapshot->name, ALJ_RBD_SNAPSHOT))
            g_ptr_array_add(names, snapshot->name);
    }
    if (names->len == 0)
        return true;
    g_autofree char *list = join_names(names);
    return alj_fail_errno(error, ENOTEMPTY, "failed to remove volume '%s/%s' with its snapshots %s (vol-delete --delete-snapshots "
                          "removes them, too)", pool->source_name, image->name, list);
}

static bool
read_parent(AljRbdImage *image, Doomed *doomed, GError **error)
{
    rbd_linked_image_spec_t parent;
    rbd_snap_spec_t snapshot;
    g_auto(AljRbdPlace) place = { 0 };
    int r = alj_rbd_gate(image->call, "read the parent") ?: rbd_get_parent(image->handle, &parent, &snapshot);
    if (r < 0)
        return r == -ENOENT || alj_fail_errno(error, -r, "failed to get the parent of RBD image '%s'", image->name);
    if (alj_rbd_place(doomed->pool, &place, NULL) && strcmp(parent.pool_name, place.pool) == 0
        && strcmp(parent.pool_namespace, place.name_space) == 0 && g_str_has_prefix(snapshot.name, ALJ_RBD_SNAPSHOT)) {
        doomed->parent = g_strdup(parent.image_name);
        doomed->snapshot = g_strdup(snapshot.name);
    }
    rbd_linked_image_spec_cleanup(&parent);
    rbd_snap_spec_cleanup(&snapshot);
    return true;
}

static bool
look_at(Doomed *doomed, unsigned flags, GError **error)
{
    uint8_t is_old = 0;
    g_auto(AljRbdImage) image = { 0 };
    if (!alj_rbd_image_open(doomed->call, doomed->rbd, doomed->name, false, &image, error)
        || !alj_rbd_image_check_free(&image, doomed->pool, error) || !check_clones(&image, doomed->pool, error)
        || (!(flags & ALJ_VOL_DELETE_WITH_SNAPSHOTS) && !check_snapshots(&image, doomed->pool, error))
        || !read_parent(&image, doomed, error))
        return false;
    int r = alj_rbd_gate(doomed->call, "read the id") ?: rbd_get_old_format(image.handle, &is_old)
        ?: is_old ? 0 : rbd_get_id(image.handle, doomed->id, sizeof doomed->id);
    doomed->is_old = is_old;
    return r == 0 || alj_fail_errno(error, -r, "failed to get the id of RBD image '%s'", doomed->name);
}

/* A failure gives the image back, as long as it has its bytes. */
static bool
remove_image(const Doomed *doomed, GError **error)
{
    AljRbdRecord *record = alj_rbd_record_removing(doomed->call, doomed->rbd, doomed->pool, doomed->name, doomed->id, error);
    if (!record)
        return false;
    AljRbdTrashed trashed = alj_rbd_record_trashed(record);
    if (!alj_rbd_trash_move(&trashed, error) || !alj_rbd_trash_clear_snapshots(&trashed, error)) {
        alj_rbd_record_give_back(record, error);
        return false;
    }
    if (alj_rbd_trash_remove(&trashed, NULL))
        alj_rbd_record_drop(record);
    else /* there is no way back: once more now, and then with every scan */
        alj_rbd_record_undo(record);
    return true;
}

static bool
remove_old(const Doomed *doomed, GError **error)
{
    AljRbdProgress progress = { doomed->call->task, 0 };
    int r = alj_rbd_gate(doomed->call, "remove an image")
        ?: rbd_remove_with_progress(doomed->rbd->io, doomed->name, alj_rbd_progress_report, &progress);
    return r == 0 || alj_fail_errno(error, -r, "failed to remove volume '%s/%s'", doomed->pool->source_name, doomed->name);
}

bool
alj_rbd_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    g_auto(Doomed) doomed = { .call = call, .rbd = alj_rbd_get(call, pool, error), .pool = pool, .name = vol->name };
    if (!doomed.rbd || !look_at(&doomed, flags, error))
        return false;
    if (flags & ALJ_VOL_DELETE_ZEROED) {
        g_autoptr(AljVolDef) wiped = alj_rbd_vol_wipe(call, pool, vol, ALJ_WIPE_ZERO, error);
        if (!wiped)
            return false;
    }
    if (!(doomed.is_old ? remove_old(&doomed, error) : remove_image(&doomed, error)))
        return false;
    if (doomed.snapshot) /* one that stays is used by the next clone, or goes with its image */
        (void) alj_rbd_snapshot_release(call, doomed.rbd, doomed.parent, doomed.snapshot, NULL);
    return true;
}
