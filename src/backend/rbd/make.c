/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New images: empty, cloned, or filled with the bytes of a volume of any pool. Each is made under a hidden name and gets its own when it is
 * complete, so a crash leaves no volume that is half of one; a record on this host says what is to be cleared away. A name that is taken
 * is never overwritten: renaming fails. Runs on a pool's workers.
 */
#include "backend/rbd/vol.h"

#include "backend/rbd/clone.h"
#include "backend/rbd/directory.h"
#include "backend/rbd/image.h"
#include "backend/rbd/medium.h"
#include "backend/rbd/options.h"
#include "backend/rbd/record.h"
#include "base/task.h"
#include "base/undo.h"

#include <errno.h>

/** Making: one new image. */
typedef struct Making {
    AljCall *call;
    AljRbd *rbd;
    const AljPoolDef *pool;
    const AljVolDef *request;
    AljMedium *source;   /* (nullable) the bytes it is to have */
    AljRbdImage *parent; /* (nullable) the same, as an image of this pool that can be cloned … */
    const char *base;    /* … (nullable) by this snapshot of it, else by a new one */
} Making;

/* ---- the request ---- */

static bool
check_backing(const AljVolDef *request, const AljVolDef *from, GError **error)
{
    const AljBacking *has = from ? from->backing : NULL, *wants = request->backing;
    if (!wants || (has && g_strcmp0(has->path, wants->path) == 0))
        return true;
    if (from)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "a different backing store cannot be specified.");
    return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "an image stands on another one by being cloned from it: use vol-clone "
                    "instead of a backing store");
}

bool
alj_rbd_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    if (vol->format != ALJ_FORMAT_RAW)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "only RAW volumes are supported by this storage pool");
    if (vol->capacity_bytes == 0)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "volume capacity required for this storage pool");
    if (vol->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "storage pool does not support encrypted volumes");
    if (!alj_rbd_is_vol_name(vol->name))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' cannot be the name of an image: it holds '@' or a control character",
                        vol->name);
    g_free(vol->path);
    g_free(vol->key);
    vol->type = ALJ_VOL_NETWORK;
    vol->path = alj_rbd_path(pool, vol->name);
    vol->key = g_strdup(vol->path);
    return true;
}

/* ---- its parts ---- */

static bool
fail_create(const Making *making, int r, GError **error)
{
    return alj_fail_errno(error, -r, "failed to create volume '%s/%s'", making->pool->source_name, making->request->name);
}

static bool
check_name_is_free(const Making *making, GError **error)
{
    g_autofree char *id = NULL;
    return alj_rbd_directory_find(making->call, making->rbd, making->request->name, &id, error)
        && (!id || fail_create(making, -EEXIST, error));
}

static bool
make_empty(const Making *making, const char *hidden, GError **error)
{
    rbd_image_options_t options;
    rbd_image_options_create(&options); /* all else is the client's default, which the pool's options can change */
    int r = alj_rbd_gate(making->call, "create an image") ?: rbd_image_options_set_uint64(options, RBD_IMAGE_OPTION_FORMAT, 2)
        ?: rbd_create4(making->rbd->io, hidden, making->request->capacity_bytes, options);
    rbd_image_options_destroy(options);
    return r == 0 || fail_create(making, r, error);
}

static bool
fill(const Making *making, const char *hidden, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    if (!alj_rbd_image_open(making->call, making->rbd, hidden, true, &image, error))
        return false;
    g_autoptr(AljMedium) medium = alj_rbd_medium_new(&image);
    return alj_medium_copy(making->source, medium, making->request->capacity_bytes, true, making->call->task, error)
        && medium->ops->flush(medium, error);
}

static bool
make_clone(const Making *making, const AljRbdRecord *record, GError **error)
{
    if (!making->base) {
        g_auto(AljRbdImage) parent = { 0 }; /* open for writing no longer than for this */
        if (!alj_rbd_image_open(making->call, making->rbd, making->parent->name, true, &parent, error)
            || !alj_rbd_snapshot_make(&parent, record->snapshot, error))
            return false;
    }
    return alj_rbd_clone(making->parent, making->base ? making->base : record->snapshot, record->image,
                         making->request->capacity_bytes, error);
}

static bool
build(const Making *making, const AljRbdRecord *record, GError **error)
{
    if (making->parent)
        return make_clone(making, record, error);
    return make_empty(making, record->image, error) && (!making->source || fill(making, record->image, error));
}

/* What it is, is read before it has its name: afterwards nothing may fail any more. */
static AljVolDef *
name_it(const Making *making, const char *hidden, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    g_autofree char *id = NULL;
    const char *name = making->request->name;
    if (!alj_rbd_image_open(making->call, making->rbd, hidden, false, &image, error)
        || !alj_rbd_id_find(making->call, making->rbd, hidden, &id, error))
        return NULL;
    g_autoptr(AljVolDef) made = alj_rbd_image_describe(&image, making->pool, name, error);
    alj_rbd_image_clear(&image);
    if (!made || !alj_task_check(making->call->task, "create a volume", error))
        return NULL;
    int r = id ? alj_rbd_directory_rename(making->call, making->rbd, hidden, name, id) : -ENOENT;
    return r == 0 || fail_create(making, r, error) ? g_steal_pointer(&made) : NULL;
}

/* ---- all together ---- */

static AljVolDef *
make(const Making *making, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!check_name_is_free(making, error))
        return NULL;
    const char *parent = making->parent && !making->base ? making->parent->name : NULL;
    AljRbdRecord *record = alj_rbd_record_making(making->call, making->rbd, making->pool, making->request->name, parent, error);
    if (!record)
        return NULL;
    alj_undo_push(&undo, alj_rbd_record_undo, record, NULL);
    AljVolDef *made = build(making, record, error) ? name_it(making, record->image, error) : NULL;
    if (!made)
        return NULL;
    alj_undo_commit(&undo);
    alj_rbd_record_made(record);
    return made;
}

AljVolDef *
alj_rbd_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    Making making = { .call = call, .pool = pool, .request = request };
    if (flags) {
        alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendRBDBuildVol", flags);
        return NULL;
    }
    making.rbd = alj_rbd_get(call, pool, error);
    return making.rbd && check_backing(request, NULL, error) ? make(&making, error) : NULL;
}

/* A snapshot that is there already is used again, and may vanish meanwhile, with the last clone that stood on it. */
static AljVolDef *
make_clone_of(Making *making, GError **error)
{
    GError *failure = NULL;
    g_autofree char *base = NULL;
    if (!alj_rbd_find_base(making->parent, &base, error))
        return NULL;
    if (base) {
        making->base = base;
        AljVolDef *made = make(making, &failure);
        if (made)
            return made;
        if (alj_error_errno(failure) != ENOENT && alj_error_errno(failure) != EINVAL) {
            g_propagate_error(error, failure);
            return NULL;
        }
        g_error_free(failure);
        making->base = NULL;
    }
    return make(making, error);
}

/* An image holds the bytes a guest sees. Those of an image file are others, and nobody would convert them. */
static bool
check_source(const AljVolDef *from, GError **error)
{
    const char *format = alj_vol_format_name(from->format);
    if (from->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "encryption cannot be changed while copying volume '%s'", from->name);
    if (from->type == ALJ_VOL_DIR || from->type == ALJ_VOL_NETDIR)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "cannot copy from directory volume '%s'", from->name);
    if (from->format > ALJ_FORMAT_RAW && from->format < ALJ_FORMAT_LINUX && from->format != ALJ_FORMAT_ISO)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume '%s' is of format %s, and an image of this pool is raw: make a "
                        "raw copy of it in its own pool first (vol-create-from with format raw), and clone that", from->name, format);
    return true;
}

AljVolDef *
alj_rbd_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from, AljPoolType from_pool,
                 unsigned flags, GError **error)
{
    Making making = { .call = call, .pool = pool, .request = request };
    bool is_cloned = false;
    if (flags) {
        alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendRBDBuildVolFrom", flags);
        return NULL;
    }
    if (!check_source(from, error) || !check_backing(request, from, error))
        return NULL;
    making.rbd = alj_rbd_get(call, pool, error);
    g_autoptr(AljMedium) source = making.rbd ? call->open_source(call, error) : NULL;
    if (!source)
        return NULL;
    making.source = source;
    making.parent = alj_rbd_medium_image(source, making.rbd);
    if (making.parent && !alj_rbd_can_clone(making.parent, &is_cloned, error))
        return NULL;
    if (is_cloned)
        return make_clone_of(&making, error);
    making.parent = NULL;
    return make(&making, error);
}
