/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a pool's document means to a Ceph client: its settings and its names. Pure; any thread. */
#pragma once

#include "model/pool.h"

/** AljRbdPlace: where a pool's images are. */
typedef struct AljRbdPlace {
    char *pool;       /* of the cluster */
    char *name_space; /* "" : the default one */
} AljRbdPlace;

void alj_rbd_place_clear(AljRbdPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljRbdPlace, alj_rbd_place_clear)

/** alj_rbd_place: takes the source name "POOL" or "POOL/NAMESPACE" of @pool apart. @ret: zeroed. Errors: INVALID_ARG. */
bool alj_rbd_place(const AljPoolDef *pool, AljRbdPlace *ret, GError **error);

/** alj_rbd_monitors: the hosts of @pool as Ceph's setting mon_host takes them. (transfer full). Errors: INTERNAL. */
char *alj_rbd_monitors(const AljPoolDef *pool, GError **error);

/**
 * alj_rbd_settings:
 * All settings of a client of @pool but its key, in the order in which they are set: ours, then those of the document, which may set what
 * concerns a client's way of talking to the cluster. They name no files or code of this process, no other monitors or login than the
 * document's own elements, and change time limits without switching them off.
 * Returns: of AljPoolOption (transfer full). Errors: INTERNAL, CONFIG_UNSUPPORTED.
 */
GPtrArray *alj_rbd_settings(const AljPoolDef *pool, GError **error);

/** alj_rbd_path: path and key of the volume @name. (transfer full) */
char *alj_rbd_path(const AljPoolDef *pool, const char *name);

/** alj_rbd_is_vol_name: whether an image of this name can be a volume: "POOL/NAME@SNAPSHOT" must be clear, and a line of a listing. */
bool alj_rbd_is_vol_name(const char *name);
