/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images that exist: looked at, opened, resized, wiped. An image that somebody has open is grown, but nothing in it is destroyed under the
 * other's feet. Runs on a pool's workers.
 */
#include "backend/rbd/vol.h"

#include "backend/rbd/image.h"
#include "backend/rbd/medium.h"

#include <fcntl.h>

AljVolDef *
alj_rbd_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    AljRbd *rbd = alj_rbd_get(call, pool, error);
    return rbd && alj_rbd_image_open(call, rbd, name, false, &image, error)
        ? alj_rbd_image_describe(&image, pool, name, error) : NULL;
}

bool
alj_rbd_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_autoptr(AljVolDef) now = alj_rbd_vol_probe(call, pool, vol->name, error);
    if (!now)
        return false;
    *ret = (AljVolStat){ .capacity_bytes = now->capacity_bytes, .allocation_bytes = now->allocation_bytes,
                         .physical_bytes = now->physical_bytes };
    return true;
}

/* @destroys: what is done would pull data away from whoever else has the image open. */
static bool
open_image(AljCall *call, const AljPoolDef *pool, const char *name, bool writes, bool destroys, AljRbdImage *ret, GError **error)
{
    AljRbd *rbd = alj_rbd_get(call, pool, error);
    if (!rbd)
        return false;
    if (destroys) {
        g_auto(AljRbdImage) image = { 0 };
        if (!alj_rbd_image_open(call, rbd, name, false, &image, error) || !alj_rbd_image_check_free(&image, pool, error))
            return false;
    }
    return alj_rbd_image_open(call, rbd, name, writes, ret, error);
}

AljMedium *
alj_rbd_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    bool writes = (open_flags & O_ACCMODE) != O_RDONLY;
    return open_image(call, pool, vol->name, writes, writes, &image, error) ? alj_rbd_medium_new(&image) : NULL;
}

AljVolDef *
alj_rbd_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    if (flags & ALJ_VOL_RESIZE_ALLOCATE) {
        alj_fail(error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function virStorageBackendRBDResizeVol", flags);
        return NULL;
    }
    return open_image(call, pool, vol->name, true, bytes < vol->capacity_bytes, &image, error)
        && alj_rbd_image_resize(&image, bytes, error)
        ? alj_rbd_image_describe(&image, pool, vol->name, error) : NULL;
}

AljVolDef *
alj_rbd_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    if (how != ALJ_WIPE_ZERO && how != ALJ_WIPE_TRIM) {
        alj_fail(error, ALJ_ERROR_INVALID_ARG, "unsupported algorithm %d", (int) how);
        return NULL;
    }
    if (!open_image(call, pool, vol->name, true, true, &image, error))
        return NULL;
    g_autoptr(AljMedium) medium = alj_rbd_medium_new(&image);
    return alj_rbd_medium_wipe(medium, how == ALJ_WIPE_TRIM, error) ? alj_rbd_vol_probe(call, pool, vol->name, error) : NULL;
}
