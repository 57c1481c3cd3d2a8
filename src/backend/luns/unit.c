/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One unit of a SCSI host: described, opened, wiped. Names and links move to other devices when units come and go, and arrays put others
 * behind an address, so before bytes are moved the kernel is asked for the address of the open device, and the device for its identity:
 * both have to be the volume's. Runs on a pool's workers.
 */
#include "backend/luns/unit.h"

#include "backend/blocks/blocks.h"
#include "backend/medium.h"
#include "backend/wipe.h"
#include "base/guard.h"
#include "host/blocks.h"

#include <errno.h>
#include <string.h>

/* ---- what it is ---- */

char *
alj_unit_name(const AljScsiLun *lun)
{
    return g_strdup_printf("unit:%u:%u:%" G_GUINT64_FORMAT, lun->bus, lun->target, lun->lun);
}

char *
alj_unit_key(const AljLunHost *lun_host, const AljScsiLun *lun, const char *path)
{
    const AljScsiIdentity *identity = &lun->identity;
    if (!identity->serial || (lun_host->is_virtual && !identity->port_group))
        return g_strdup(path);
    return lun_host->is_virtual ? g_strdup_printf("%s_PORT%s", identity->serial, identity->port_group)
                                : g_strdup(identity->serial);
}

/* The kernel gives an empty CD drive a size of its own. */
static bool
check_medium(AljCall *call, const AljScsiLun *lun, const char *node, GError **error)
{
    alj_autofd fd = lun->is_disk ? -1 : alj_block_open(call->host, node, O_RDONLY, NULL, error);
    return lun->is_disk || fd >= 0;
}

AljVolDef *
alj_unit_vol(AljCall *call, const AljLunHost *lun_host, const AljScsiLun *lun, const char *path, GError **error)
{
    g_autofree char *name = alj_unit_name(lun), *node = alj_host_path(call->host, path);
    g_autoptr(AljVolDef) vol = alj_vol_def_new(name);
    vol->type = ALJ_VOL_BLOCK;
    vol->path = g_strdup(path);
    vol->key = alj_unit_key(lun_host, lun, path);
    vol->identity = alj_vol_identity(lun->identity.digest);
    vol->capacity_bytes = vol->allocation_bytes = vol->physical_bytes = lun->size_bytes;
    if (!check_medium(call, lun, node, error) || !alj_block_vol_stat(call, node, &vol->permissions, &vol->times, error))
        return NULL;
    return g_steal_pointer(&vol);
}

static AljScsiLun *
find_lun(AljCall *call, const AljLunHost *lun_host, const char *name, GError **error)
{
    g_autoptr(GPtrArray) luns = alj_scsi_luns(call->host, lun_host->number);
    for (guint i = 0; i < luns->len; i++) {
        g_autofree char *its_name = alj_unit_name(g_ptr_array_index(luns, i));
        if (strcmp(its_name, name) == 0)
            return g_ptr_array_steal_index(luns, i);
    }
    alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}

bool
alj_luns_vol_stat(AljCall *call, const AljLunHost *lun_host, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_autoptr(AljScsiLun) lun = find_lun(call, lun_host, vol->name, error);
    g_autofree char *node = alj_host_path(call->host, vol->path);
    if (!lun)
        return false;
    ret->capacity_bytes = ret->allocation_bytes = ret->physical_bytes = lun->size_bytes;
    return alj_block_vol_stat(call, node, &ret->permissions, &ret->times, error);
}

/* ---- its bytes ---- */

/* Opens what the path of @vol leads to, if that is the unit of that name, and the same as when the pool was read. */
static int
open_unit(AljCall *call, const AljLunHost *lun_host, const AljVolDef *vol, int flags, const char *complaint, GError **error)
{
    struct stat st;
    g_autoptr(GError) failure = NULL;
    alj_autofd fd = alj_block_vol_node(call, vol, flags, complaint, &st, error);
    if (fd < 0)
        return -1;
    g_autoptr(AljScsiLun) lun = S_ISBLK(st.st_mode) ? alj_scsi_lun_of_device(call->host, lun_host->number, st.st_rdev) : NULL;
    g_autofree char *name = lun ? alj_unit_name(lun) : NULL, *key = lun ? alj_unit_key(lun_host, lun, vol->path) : NULL;
    bool is_known = lun && strcmp(name, vol->name) == 0 && strcmp(key, vol->key) == 0
        && alj_vol_identity(lun->identity.digest) == vol->identity;
    bool to_write = (flags & O_ACCMODE) != O_RDONLY;
    if (is_known && alj_scsi_lun_check(call->host, lun_host->number, lun, fd, &failure)
        && alj_scsi_check_free(call->host, fd, vol->path, to_write, &failure))
        return alj_steal_fd(&fd);
    if (failure && !alj_error_is(failure, ALJ_ERROR_BAD_STATE))
        g_propagate_error(error, g_steal_pointer(&failure));
    else
        alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is another device than when the pool was read; refresh the pool", vol->path);
    return -1;
}

AljMedium *
alj_luns_vol_open(AljCall *call, const AljLunHost *lun_host, const AljVolDef *vol, int open_flags, GError **error)
{
    int fd = open_unit(call, lun_host, vol, open_flags, ALJ_BLOCK_NO_STREAM, error);
    return fd < 0 ? NULL : alj_medium_new_fd(call->host, fd, vol->path);
}

AljVolDef *
alj_luns_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, const AljVolDef *vol, AljWipe how,
                  GError **error)
{
    if (!alj_wipe_check(how, error))
        return NULL;
    alj_autofd fd = open_unit(call, lun_host, vol, O_RDWR, ALJ_BLOCK_NO_WIPE, error);
    if (fd < 0 || !alj_wipe_bytes(call, fd, vol->path, how, error))
        return NULL;
    return alj_luns_vol_probe(call, pool, lun_host, vol->name, error);
}

bool
alj_luns_check_free(AljCall *call, const AljLunHost *lun_host, GError **error)
{
    g_autoptr(GPtrArray) luns = alj_scsi_luns(call->host, lun_host->number);
    for (guint i = 0; i < luns->len; i++) {
        const AljScsiLun *lun = g_ptr_array_index(luns, i);
        g_autoptr(GError) failure = NULL;
        g_autofree char *node = lun->node ? g_strdup_printf("/dev/%s", lun->node) : NULL;
        if (!node || alj_block_check_free(call->host, node, &failure) || !alj_error_is(failure, ALJ_ERROR_BUSY))
            continue; /* one that cannot be opened is not used either */
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    return true;
}
