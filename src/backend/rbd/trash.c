/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removal in two steps: the name goes at once, the objects behind it afterwards, and again after a crash. Runs on a pool's workers. */
#include "backend/rbd/trash.h"

#include "backend/rbd/snapshot.h"
#include "base/task.h"

#include <errno.h>

bool
alj_rbd_trash_move(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const char *name, GError **error)
{
    int r = alj_rbd_gate(call, "move to the trash") ?: rbd_trash_move(rbd->io, name, 0);
    if (r == -EBUSY)
        return alj_fail(error, ALJ_ERROR_BUSY, "image '%s/%s' is open elsewhere", pool->source_name, name);
    return r == 0 || alj_fail_errno(error, -r, "failed to remove volume '%s/%s'", pool->source_name, name);
}

bool
alj_rbd_trash_restore(AljCall *call, AljRbd *rbd, const char *id, const char *name, GError **error)
{
    int r = alj_rbd_gate(call, "restore from the trash") ?: rbd_trash_restore(rbd->io, id, name);
    return r == 0 || alj_fail_errno(error, -r, "failed to take image '%s' out of the trash", name);
}

bool
alj_rbd_trash_has(AljCall *call, AljRbd *rbd, const char *id, bool *ret, GError **error)
{
    rbd_trash_image_info_t info;
    int r = alj_rbd_gate(call, "look into the trash") ?: rbd_trash_get(rbd->io, id, &info);
    if (r == 0)
        rbd_trash_get_cleanup(&info);
    *ret = r == 0;
    return r == 0 || r == -ENOENT || alj_fail_errno(error, -r, "failed to look into the trash for image id %s", id);
}

bool
alj_rbd_trash_clear_snapshots(AljCall *call, AljRbd *rbd, const char *id, const char *name, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    GError *failure = NULL;
    if (!alj_rbd_image_open_trash(call, rbd, id, name, &image, &failure)) {
        bool is_gone = alj_error_is(failure, ALJ_ERROR_NO_VOL);
        if (is_gone)
            g_clear_error(&failure);
        else
            g_propagate_error(error, failure);
        return is_gone;
    }
    g_autoptr(GPtrArray) snapshots = alj_rbd_snapshots(&image, error);
    for (guint i = 0; snapshots && i < snapshots->len; i++) {
        const AljRbdSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        if (!alj_rbd_snapshot_remove(&image, snapshot->name, error))
            return false;
    }
    return snapshots != NULL;
}

bool
alj_rbd_trash_remove(AljCall *call, AljRbd *rbd, const char *id, const char *name, GError **error)
{
    int r = alj_rbd_gate(call, "remove from the trash") ?: rbd_trash_remove(rbd->io, id, true);
    return r == 0 || r == -ENOENT || alj_fail_errno(error, -r, "failed to remove volume '%s'", name);
}
