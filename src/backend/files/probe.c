/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one entry is: sizes, owner and times from the file system, the rest from its header. Nothing a header says makes
 * this file open anything: backing files are looked at only where active pools know them. Runs on a pool's workers and on the
 * helper threads of a scan.
 */
#include "backend/files/probe.h"

#include "backend/files/files.h"
#include "base/guard.h"
#include "base/text.h"
#include "host/files.h"

#include <errno.h>
#include <string.h>

#define BLOCK_BYTES 512 /* unit of st_blocks */

char *
alj_files_path(const AljPoolDef *pool, const char *name)
{
    return g_build_filename(pool->target_path, name, NULL);
}

bool
alj_files_is_raw(const AljVolDef *vol)
{
    return !vol->encryption && (vol->format == ALJ_FORMAT_RAW || vol->format == ALJ_FORMAT_ISO
                                || vol->format == ALJ_FORMAT_NONE || vol->format == ALJ_FORMAT_UNKNOWN);
}

bool
alj_files_is_protocol(const char *name)
{
    return name[strcspn(name, ":/")] == ':';
}

char *
alj_files_backing_path(const char *dir, const char *name)
{
    if (*name == '/' || alj_files_is_protocol(name))
        return g_strdup(name);
    return g_build_filename(dir, name, NULL);
}

static AljPermissions
permissions_of(const struct stat *st)
{
    return (AljPermissions){ .has_mode = true, .has_owner = true, .has_group = true,
                             .mode = st->st_mode & 0777, .owner = st->st_uid, .group = st->st_gid };
}

static AljTimestamps
times_of(const struct stat *st)
{
    return (AljTimestamps){ true, st->st_atim, st->st_mtim, st->st_ctim };
}

static uint64_t
allocation_of(const struct stat *st)
{
    return S_ISREG(st->st_mode) ? (uint64_t) st->st_blocks * BLOCK_BYTES : 0;
}

static void
set_head(AljVolDef *vol, const AljHead *head)
{
    alj_head_describe(head, vol);
    if (!head->backing_name)
        return;
    g_autofree char *dir = g_path_get_dirname(vol->path);
    g_autofree char *path = alj_files_backing_path(dir, head->backing_name);
    vol->backing = alj_head_backing(head, path, !alj_files_is_protocol(path));
}

static bool
set_sizes(AljHost *host, AljVolDef *vol, int fd, const struct stat *st, GError **error)
{
    if (S_ISBLK(st->st_mode)) {
        if (!alj_file_size(host, fd, vol->name, &vol->physical_bytes, error))
            return false;
        vol->allocation_bytes = vol->physical_bytes;
    } else if (S_ISREG(st->st_mode)) {
        vol->physical_bytes = (uint64_t) st->st_size;
        vol->allocation_bytes = allocation_of(st);
    }
    vol->capacity_bytes = vol->physical_bytes;
    return true;
}

AljVolDef *
alj_files_describe(AljHost *host, const AljPoolDef *pool, const char *name, const AljPlace *place, int fd,
                   const struct stat *st, GError **error)
{
    g_autoptr(AljVolDef) vol = alj_vol_def_new(name);
    vol->path = alj_place_path(pool, name, place->subvol_fd >= 0);
    vol->key = g_strdup(vol->path);
    vol->type = S_ISDIR(st->st_mode) ? ALJ_VOL_DIR : ALJ_VOL_FILE;
    vol->format = S_ISDIR(st->st_mode) ? ALJ_FORMAT_DIR : ALJ_FORMAT_RAW;
    vol->permissions = permissions_of(st);
    vol->times = times_of(st);
    if (!set_sizes(host, vol, fd, st, error))
        return NULL;
    if (fd >= 0 && vol->type == ALJ_VOL_FILE) {
        g_auto(AljHead) head = { 0 };
        if (!alj_head_read(host, fd, name, vol->physical_bytes, false, &head, error))
            return NULL;
        set_head(vol, &head);
    }
    return g_steal_pointer(&vol);
}

/* The volume at @path, from the scan that is running if it is of the same pool. */
static AljVolDef *
find_known(AljCall *call, const AljPoolDef *pool, const char *path, GHashTable *by_path)
{
    g_autofree char *clean = g_canonicalize_filename(path, "/");
    g_autofree char *dir = g_path_get_dirname(clean);
    AljVolDef *vol = by_path ? g_hash_table_lookup(by_path, clean) : NULL;
    if (vol || (by_path && g_strcmp0(dir, pool->target_path) == 0))
        return vol ? alj_vol_def_ref(vol) : NULL;
    return call->find_vol_by_path(call, clean, NULL);
}

void
alj_files_resolve(AljCall *call, const AljPoolDef *pool, AljBacking *backing, GHashTable *by_path)
{
    if (!backing || alj_files_is_protocol(backing->path))
        return;
    g_autoptr(AljVolDef) known = find_known(call, pool, backing->path, by_path);
    if (!known)
        return;
    if (!backing->has_format && known->type != ALJ_VOL_DIR && known->format != ALJ_FORMAT_NONE)
        backing->format = known->format;
    alj_permissions_copy(&known->permissions, &backing->permissions);
    backing->times = known->times;
}

static bool
fail_gone(const AljPoolDef *pool, const char *name, GError **error)
{
    g_autofree char *path = alj_files_path(pool, name);
    return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching path '%s'", path);
}

/* What is not there, or not there as a volume, has one answer for clients. */
static bool
is_gone(const GError *error)
{
    int os_errno = alj_error_errno(error);
    return os_errno == ENOENT || os_errno == ELOOP || os_errno == ENXIO;
}

static AljVolDef *
read_entry(AljHost *host, const AljPoolDef *pool, int dir_fd, const char *name, GError **error)
{
    g_auto(AljPlace) place = ALJ_PLACE_INIT;
    struct stat st;
    if (!alj_place_find(host, pool, dir_fd, name, &place, error) || !alj_entry_stat(host, place.dir_fd, place.entry, &st, error))
        return NULL;
    if (S_ISDIR(st.st_mode))
        return alj_files_describe(host, pool, name, &place, -1, &st, error);
    alj_autofd fd = alj_entry_open_seen(host, place.dir_fd, place.entry, &st, error);
    return fd < 0 ? NULL : alj_files_describe(host, pool, name, &place, fd, &st, error);
}

AljVolDef *
alj_files_reread(AljCall *call, const AljPoolDef *pool, int dir_fd, const char *name, GError **error)
{
    g_autoptr(GError) failure = NULL;
    AljVolDef *vol = read_entry(call->host, pool, dir_fd, name, &failure);
    if (vol)
        alj_files_resolve(call, pool, vol->backing, NULL);
    else if (is_gone(failure))
        fail_gone(pool, name, error);
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    return vol;
}

AljVolDef *
alj_files_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    alj_autofd dir_fd = alj_files_open_target(call, pool, error);
    if (dir_fd < 0)
        return NULL;
    if (!alj_text_is_entry_name(name) || alj_host_is_tmp_name(name)) {
        fail_gone(pool, name, error);
        return NULL;
    }
    return alj_files_reread(call, pool, dir_fd, name, error);
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Whether the header of @vol is as it was when @vol was read, as far as times can tell. */
static bool
is_unchanged(const AljVolDef *vol, const struct stat *st)
{
    return vol->times.is_known && is_same_time(&st->st_mtim, &vol->times.mtime)
        && is_same_time(&st->st_ctim, &vol->times.ctime);
}

/* For what only its header, or the device behind it, tells the size of. */
static bool
stat_by_probe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_autoptr(AljVolDef) now = alj_files_vol_probe(call, pool, vol->name, error);
    if (!now)
        return false;
    *ret = (AljVolStat){ .capacity_bytes = now->capacity_bytes, .allocation_bytes = now->allocation_bytes,
                         .physical_bytes = now->physical_bytes, .times = now->times };
    alj_permissions_copy(&now->permissions, &ret->permissions);
    return true;
}

bool
alj_files_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_autoptr(GError) failure = NULL;
    struct stat st;
    bool is_there = alj_path_stat(call->host, vol->path, &st, &failure);
    if (!is_there && !is_gone(failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    /* Not where it was, and so perhaps not the volume of that name but a file below the mount point. */
    if (!is_there || st.st_dev != call->get_root(call).device) {
        alj_autofd dir_fd = alj_files_open_target(call, pool, error);
        if (dir_fd < 0)
            return false;
    }
    if (!is_there)
        return fail_gone(pool, vol->name, error);
    bool is_dir = S_ISDIR(st.st_mode), is_raw = alj_files_is_raw(vol);
    if (!is_dir && (!S_ISREG(st.st_mode) || (!is_raw && !is_unchanged(vol, &st))))
        return stat_by_probe(call, pool, vol, ret, error);
    uint64_t physical_bytes = is_dir ? 0 : (uint64_t) st.st_size;
    *ret = (AljVolStat){ .capacity_bytes = is_dir || is_raw ? physical_bytes : vol->capacity_bytes,
                         .allocation_bytes = allocation_of(&st), .physical_bytes = physical_bytes,
                         .permissions = permissions_of(&st), .times = times_of(&st) };
    return true;
}
