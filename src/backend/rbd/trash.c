/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removal in two steps: the name goes at once, the objects behind it afterwards, and again after a crash. Runs on a pool's workers. */
#include "backend/rbd/trash.h"

#include "backend/rbd/directory.h"
#include "backend/rbd/progress.h"
#include "backend/rbd/snapshot.h"
#include "base/task.h"

#include <errno.h>
#include <string.h>

#define TRASH          "rbd_trash"
#define STATE_VERSION  2                     /* of an entry's form: from it on there is a state */
#define MARK_MIN_SECONDS (30 * 24 * 60 * 60) /* no clean-up of the trash comes before us … */
#define MARK_MAX_SECONDS (MARK_MIN_SECONDS + (1 << 24)) /* … and half a year later one takes what a host that never came back left */

/* ---- what the trash knows ---- */

/* What is left to decode. */
typedef struct Bytes {
    const guint8 *data;
    size_t length;
} Bytes;

static bool
take(Bytes *bytes, void *ret, size_t length)
{
    if (length > bytes->length)
        return false;
    if (ret)
        memcpy(ret, bytes->data, length);
    bytes->data += length;
    bytes->length -= length;
    return true;
}

static bool
take_number(Bytes *bytes, guint32 *ret)
{
    if (!take(bytes, ret, sizeof *ret))
        return false;
    *ret = GUINT32_FROM_LE(*ret);
    return true;
}

/* Version, oldest version that can read it, length; who moved it there, name, when, until when (each in seconds and nanoseconds), state. */
bool
alj_rbd_trash_entry_decode(const void *data, size_t length, AljRbdTrashEntry *ret)
{
    Bytes bytes = { data, length };
    guint8 version, state = ALJ_RBD_TRASH_WHOLE;
    guint32 size, name_length, moved, until;
    if (!take(&bytes, &version, 1) || !take(&bytes, NULL, 1) || !take_number(&bytes, &size) || size != bytes.length
        || !take(&bytes, NULL, 1) || !take_number(&bytes, &name_length) || !take(&bytes, NULL, name_length)
        || !take_number(&bytes, &moved) || !take(&bytes, NULL, sizeof moved) || !take_number(&bytes, &until)
        || !take(&bytes, NULL, sizeof until) || (version >= STATE_VERSION && !take(&bytes, &state, 1)))
        return false;
    *ret = (AljRbdTrashEntry){ .kept_seconds = until - moved, .state = state };
    return until >= moved && state < ALJ_RBD_TRASH_NONE;
}

uint64_t
alj_rbd_trash_mark(void)
{
    return (uint64_t) g_random_int_range(MARK_MIN_SECONDS, MARK_MAX_SECONDS);
}

bool
alj_rbd_trash_state(const AljRbdTrashed *trashed, AljRbdTrashState *ret, GError **error)
{
    AljRbdTrashEntry entry;
    g_autoptr(GBytes) value = NULL;
    g_autofree char *key = g_strconcat("id_", trashed->id, NULL);
    int r = alj_rbd_gate(trashed->call, "look into the trash") ?: alj_rbd_map_get(trashed->rbd, TRASH, key, &value);
    if (r < 0)
        return alj_fail_errno(error, -r, "failed to look into the trash for image id %s", trashed->id);
    *ret = ALJ_RBD_TRASH_NONE;
    if (!value)
        return true;
    if (!alj_rbd_trash_entry_decode(g_bytes_get_data(value, NULL), g_bytes_get_size(value), &entry))
        return alj_fail(error, ALJ_ERROR_INTERNAL, "cannot read what the trash knows of image id %s", trashed->id);
    if (entry.kept_seconds == trashed->mark_seconds)
        *ret = entry.state;
    return true;
}

/* ---- there and back ---- */

bool
alj_rbd_trash_move(const AljRbdTrashed *trashed, GError **error)
{
    int r = alj_rbd_gate(trashed->call, "move to the trash")
        ?: rbd_trash_move(trashed->rbd->io, trashed->name, trashed->mark_seconds);
    if (r == -EBUSY)
        return alj_fail(error, ALJ_ERROR_BUSY, "image '%s/%s' is open elsewhere", trashed->pool, trashed->name);
    return r == 0 || alj_fail_errno(error, -r, "failed to remove volume '%s/%s'", trashed->pool, trashed->name);
}

/* The library marks an image that is on its way, and finds it by the mark if it has no name any more. */
bool
alj_rbd_trash_finish_move(const AljRbdTrashed *trashed, GError **error)
{
    g_autofree char *id = NULL;
    if (!alj_rbd_directory_find(trashed->call, trashed->rbd, trashed->name, &id, error))
        return false;
    if (id && strcmp(id, trashed->id) != 0)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "image id %s cannot be moved to the trash while another image is called '%s'",
                        trashed->id, trashed->name);
    int r = alj_rbd_gate(trashed->call, "move to the trash")
        ?: rbd_trash_move(trashed->rbd->io, trashed->name, trashed->mark_seconds);
    return r == 0 || r == -ENOENT || alj_fail_errno(error, -r, "failed to move image '%s' to the trash", trashed->name);
}

bool
alj_rbd_trash_restore(const AljRbdTrashed *trashed, GError **error)
{
    int r = alj_rbd_gate(trashed->call, "restore from the trash") ?: rbd_trash_restore(trashed->rbd->io, trashed->id, trashed->name);
    return r == 0 || alj_fail_errno(error, -r, "failed to take image '%s' out of the trash", trashed->name);
}

/* ---- removal ---- */

/* Before each step that cannot be taken back: people restore images when they like. */
static bool
check_ours(const AljRbdTrashed *trashed, GError **error)
{
    AljRbdTrashState state;
    if (!alj_rbd_trash_state(trashed, &state, error))
        return false;
    return state == ALJ_RBD_TRASH_WHOLE || state == ALJ_RBD_TRASH_REMOVING
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "somebody took image '%s' out of the trash", trashed->name);
}

static bool
remove_snapshot(AljRbdImage *image, const AljRbdTrashed *trashed, const AljRbdSnapshot *snapshot, GError **error)
{
    if (!alj_task_check(trashed->call->task, "removing snapshots", error) || !check_ours(trashed, error)
        || !alj_rbd_snapshot_remove(image, snapshot->name, error))
        return false;
    alj_task_add(trashed->call->task, snapshot->size_bytes);
    return true;
}

bool
alj_rbd_trash_clear_snapshots(const AljRbdTrashed *trashed, GError **error)
{
    GError *failure = NULL;
    g_auto(AljRbdImage) image = { 0 };
    g_autoptr(GString) removed = g_string_new(NULL);
    if (!alj_rbd_image_open_trash(trashed->call, trashed->rbd, trashed->id, trashed->name, &image, &failure))
        return alj_rbd_image_is_gone(failure, error);
    g_autoptr(GPtrArray) snapshots = alj_rbd_snapshots(&image, error);
    bool is_good = snapshots != NULL;
    for (guint i = 0; is_good && i < snapshots->len; i++) {
        const AljRbdSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        is_good = remove_snapshot(&image, trashed, snapshot, error);
        if (is_good)
            g_string_append_printf(removed, "%s%s", i > 0 ? ", " : "", snapshot->name);
    }
    if (is_good && check_ours(trashed, error))
        return true;
    if (removed->len > 0)
        g_prefix_error(error, "of the snapshots of volume '%s/%s' these are gone already: %s; ", trashed->pool, trashed->name,
                       removed->str);
    return false;
}

bool
alj_rbd_trash_remove(const AljRbdTrashed *trashed, GError **error)
{
    AljRbdProgress progress = { trashed->call->task, 0 };
    int r = alj_rbd_gate(trashed->call, "remove from the trash")
        ?: rbd_trash_remove_with_progress(trashed->rbd->io, trashed->id, true, alj_rbd_progress_report, &progress);
    return r == 0 || r == -ENOENT || alj_fail_errno(error, -r, "failed to remove volume '%s'", trashed->name);
}
