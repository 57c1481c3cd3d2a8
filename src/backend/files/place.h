/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the bytes of a volume are: an entry of the pool's directory, or, in pools that ask for it, the one file of a btrfs sub-volume
 * there. In such pools, too, plain files stay volumes; what an entry is decides. For the other files of this folder.
 */
#pragma once

#include "backend/backend.h"

#include <sys/stat.h>

/** AljPlace: declared as `g_auto(AljPlace) place = ALJ_PLACE_INIT;`. */
typedef struct AljPlace {
    int dir_fd;        /* (borrowed) of the directory that the file is in */
    const char *entry; /* (borrowed) its name there */
    int subvol_fd;     /* (owned) of the sub-volume, then the same as @dir_fd; -1: the pool's directory */
} AljPlace;

#define ALJ_PLACE_INIT { .dir_fd = -1, .subvol_fd = -1 }

void alj_place_clear(AljPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljPlace, alj_place_clear)

/** alj_place_find: the place of the volume @name below @target_fd, as it is there now; it need not be there. Errors: SYSTEM. */
bool alj_place_find(AljHost *host, const AljPoolDef *pool, int target_fd, const char *name, AljPlace *ret, GError **error);

/** alj_place_open: alj_entry_open() there. */
int alj_place_open(AljHost *host, const AljPoolDef *pool, int target_fd, const char *name, int flags, struct stat *ret_stat,
                   GError **error);

/** alj_place_path: the path of the volume @name of @pool. (transfer full) */
char *alj_place_path(const AljPoolDef *pool, const char *name, bool is_in_subvol);

/** alj_place_is_new_in_subvol: whether @request, a new volume, gets a sub-volume. Pure. */
bool alj_place_is_new_in_subvol(const AljPoolDef *pool, const AljVolDef *request);
