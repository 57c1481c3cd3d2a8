/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two layouts of a pool's directory: volumes as files, and as sub-volumes with a file in each. Runs on a pool's workers. */
#include "backend/files/place.h"

#include "base/guard.h"
#include "host/files.h"
#include "host/subvol.h"

void
alj_place_clear(AljPlace *place)
{
    alj_autofd_clear(&place->subvol_fd);
    place->subvol_fd = -1;
}

bool
alj_place_find(AljHost *host, const AljPoolDef *pool, int target_fd, const char *name, AljPlace *ret, GError **error)
{
    int subvol_fd = -1;
    if (pool->has_subvolumes && !alj_subvol_open(host, target_fd, name, &subvol_fd, error))
        return false;
    *ret = subvol_fd >= 0 ? (AljPlace){ subvol_fd, ALJ_SUBVOL_FILE, subvol_fd } : (AljPlace){ target_fd, name, -1 };
    return true;
}

int
alj_place_open(AljHost *host, const AljPoolDef *pool, int target_fd, const char *name, int flags, struct stat *ret_stat,
               GError **error)
{
    g_auto(AljPlace) place = ALJ_PLACE_INIT;
    return alj_place_find(host, pool, target_fd, name, &place, error)
        ? alj_entry_open(host, place.dir_fd, place.entry, flags, ret_stat, error) : -1;
}

char *
alj_place_path(const AljPoolDef *pool, const char *name, bool is_in_subvol)
{
    return g_build_filename(pool->target_path, name, is_in_subvol ? ALJ_SUBVOL_FILE : NULL, NULL);
}

bool
alj_place_is_new_in_subvol(const AljPoolDef *pool, const AljVolDef *request)
{
    return pool->has_subvolumes && request->format != ALJ_FORMAT_DIR;
}
