/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One image that is open: what it is, who else uses it, where it holds data. One thread at a time. */
#pragma once

#include "backend/rbd/cluster.h"

/** AljRbdImage: declared as `g_auto(AljRbdImage) image = { 0 };`. Who reads only is not seen by others as a user of the image. */
typedef struct AljRbdImage {
    AljCall *call;
    AljRbd *rbd;
    rbd_image_t handle; /* NULL: not open */
    char *name;
} AljRbdImage;

/** alj_rbd_image_open: @ret: zeroed. Errors: NO_VOL, SYSTEM. */
bool alj_rbd_image_open(AljCall *call, AljRbd *rbd, const char *name, bool writes, AljRbdImage *ret, GError **error);

/** alj_rbd_image_open_trash: an image in the trash, for writing; @name: what it was called. Errors: SYSTEM. */
bool alj_rbd_image_open_trash(AljCall *call, AljRbd *rbd, const char *id, const char *name, AljRbdImage *ret, GError **error);

/** alj_rbd_image_is_gone: whether an open failed because there is no such image; any other @take_failure becomes @error. */
bool alj_rbd_image_is_gone(GError *take_failure, GError **error);

void alj_rbd_image_clear(AljRbdImage *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljRbdImage, alj_rbd_image_clear)

/** alj_rbd_image_stat: as rbd_stat(). Errors: SYSTEM. */
bool alj_rbd_image_stat(AljRbdImage *image, rbd_image_info_t *ret, GError **error);

/** alj_rbd_image_features: RBD_FEATURE_*; none of images of the old format. Errors: SYSTEM. */
bool alj_rbd_image_features(AljRbdImage *image, uint64_t *ret, GError **error);

/** alj_rbd_image_has_fast_diff: whether the library knows which objects there are without asking for each. Errors: SYSTEM. */
bool alj_rbd_image_has_fast_diff(AljRbdImage *image, bool *ret, GError **error);

/** alj_rbd_image_describe: the image as the volume @name of @pool. (transfer full). Errors: SYSTEM. */
AljVolDef *alj_rbd_image_describe(AljRbdImage *image, const AljPoolDef *pool, const char *name, GError **error);

/** alj_rbd_image_is_free: whether nobody has the image open for writing. @image: open for reading. Errors: SYSTEM. */
bool alj_rbd_image_is_free(AljRbdImage *image, bool *ret, GError **error);

/** alj_rbd_image_check_free: that nobody has the image open for writing. @image: open for reading. Errors: BUSY, SYSTEM. */
bool alj_rbd_image_check_free(AljRbdImage *image, const AljPoolDef *pool, GError **error);

/** alj_rbd_image_resize: @image: open for writing. Shrinks, too. Errors: SYSTEM. */
bool alj_rbd_image_resize(AljRbdImage *image, uint64_t bytes, GError **error);

/** AljRbdExtent: bytes that hold data, end exclusive. */
typedef struct AljRbdExtent {
    uint64_t start_bytes, end_bytes;
} AljRbdExtent;

/**
 * alj_rbd_image_extents:
 * The data between two offsets, that of the image's parent included, in order; extents that touch are one.
 * Returns: of AljRbdExtent (transfer full). Errors: SYSTEM; ABORTED, TIMEOUT of the task.
 */
GArray *alj_rbd_image_extents(AljRbdImage *image, uint64_t start_bytes, uint64_t end_bytes, GError **error);

/** alj_rbd_extents_add: appends [@start, @start + @bytes), which does not begin before the last one. */
void alj_rbd_extents_add(GArray *extents, uint64_t start_bytes, uint64_t bytes);
