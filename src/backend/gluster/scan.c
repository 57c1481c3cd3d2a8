/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is in a pool's directory on a gluster volume. An entry can fail, a scan only if the servers do. A file that has not changed
 * since the scan before is not opened again. Runs on a pool's workers.
 */
#include "backend/gluster/volume.h"

#include "backend/files/head.h"
#include "base/task.h"
#include "base/text.h"
#include "host/host.h"

#include <errno.h>
#include <time.h>

#define MAX_ENTRIES 100000  /* more is not a directory of images; bounds memory and the length of lists */
#define CLOCK_DOUBT_SEC 60  /* how far the clock of a server may be behind ours */
#define BLOCK_BYTES 512     /* unit of st_blocks */

/* ---- one volume ---- */

static void
take_stat(const struct stat *st, AljVolStat *ret)
{
    *ret = (AljVolStat){ .capacity_bytes = (uint64_t) st->st_size, .allocation_bytes = (uint64_t) st->st_blocks * BLOCK_BYTES,
                         .physical_bytes = (uint64_t) st->st_size,
                         .permissions = { .has_mode = true, .has_owner = true, .has_group = true, .mode = st->st_mode & 0777,
                                          .owner = st->st_uid, .group = st->st_gid },
                         .times = { true, st->st_atim, st->st_mtim, st->st_ctim } };
}

/* As libvirt: the size of clusters is not said, and a backing store is shown as the header names it. */
static bool
describe_head(const AljGlusterPlace *place, const char *name, const AljGlusterEntry *entry, AljVolDef *vol, GError **error)
{
    g_auto(AljHead) head = { 0 };
    g_autoptr(AljMedium) medium = alj_gluster_entry_open(place, entry, name, O_RDONLY, error);
    if (!medium || !alj_head_read_medium(medium, name, vol->physical_bytes, false, &head, error))
        return false;
    alj_head_describe(&head, vol);
    vol->cluster_size_bytes = 0;
    if (head.backing_name)
        vol->backing = alj_head_backing(&head, head.backing_name, true);
    return true;
}

/* All that needs no look into the file. */
static AljVolDef *
describe_outside(const AljGlusterPlace *place, const char *name, const struct stat *st)
{
    AljVolStat stat;
    AljVolDef *vol = alj_vol_def_new(name);
    take_stat(st, &stat);
    vol->type = S_ISDIR(st->st_mode) ? ALJ_VOL_NETDIR : ALJ_VOL_NETWORK;
    vol->format = S_ISDIR(st->st_mode) ? ALJ_FORMAT_DIR : ALJ_FORMAT_RAW;
    vol->path = alj_gluster_uri(place->pool, name);
    vol->key = g_strdup(vol->path);
    vol->capacity_bytes = stat.capacity_bytes;
    vol->allocation_bytes = stat.allocation_bytes;
    vol->physical_bytes = stat.physical_bytes;
    vol->permissions = stat.permissions;
    vol->times = stat.times;
    return vol;
}

AljVolDef *
alj_gluster_describe(const AljGlusterPlace *place, const char *name, const AljGlusterEntry *entry, GError **error)
{
    g_autoptr(AljVolDef) vol = describe_outside(place, name, &entry->st);
    bool has_head = vol->type == ALJ_VOL_NETWORK && vol->physical_bytes > 0;
    return has_head && !describe_head(place, name, entry, vol, error) ? NULL : g_steal_pointer(&vol);
}

static bool
fail_gone(const AljPoolDef *pool, const char *name, GError **error)
{
    g_autofree char *uri = alj_gluster_uri(pool, name);
    return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching path '%s'", uri);
}

static bool
look(const AljGlusterPlace *place, const char *name, AljGlusterEntry *ret, GError **error)
{
    GError *failure = NULL;
    if (alj_gluster_entry_look(place, name, ret, &failure))
        return true;
    if (!alj_gluster_entry_is_gone(failure)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_error_free(failure);
    return fail_gone(place->pool, name, error);
}

AljVolDef *
alj_gluster_reread(const AljGlusterPlace *place, const char *name, GError **error)
{
    g_auto(AljGlusterEntry) entry = { 0 };
    return look(place, name, &entry, error) ? alj_gluster_describe(place, name, &entry, error) : NULL;
}

AljVolDef *
alj_gluster_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    return alj_gluster_place_open(&place, call, pool, error) ? alj_gluster_reread(&place, name, error) : NULL;
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
is_plain(const AljVolDef *vol)
{
    return vol->type == ALJ_VOL_NETDIR || (vol->format == ALJ_FORMAT_RAW && !vol->encryption);
}

bool
alj_gluster_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    g_auto(AljGlusterEntry) entry = { 0 };
    if (!alj_gluster_place_open(&place, call, pool, error) || !look(&place, vol->name, &entry, error))
        return false;
    take_stat(&entry.st, ret);
    if (is_plain(vol))
        return true;
    if (is_same_time(&vol->times.mtime, &entry.st.st_mtim) && is_same_time(&vol->times.ctime, &entry.st.st_ctim)) {
        ret->capacity_bytes = vol->capacity_bytes;
        return true;
    }
    g_autoptr(AljVolDef) now = alj_gluster_describe(&place, vol->name, &entry, error); /* only its header tells */
    if (now)
        ret->capacity_bytes = now->capacity_bytes;
    return now != NULL;
}

/* ---- all of them ---- */

typedef struct Scan {
    const AljGlusterPlace *place;
    GPtrArray *names;
    GPtrArray *leftovers;  /* of names: drafts of a process of this host that has died */
    AljInventory *inventory;
    GHashTable *unchanged; /* (nullable) of AljVolDef by name */
    time_t clean_before;   /* a file changed later may change once more without a new time */
} Scan;

static bool
take_name(const char *name, void *data)
{
    Scan *scan = data;
    AljCall *call = scan->place->call;
    if (scan->names->len == MAX_ENTRIES) {
        g_ptr_array_add(scan->inventory->problems, g_strdup_printf("more than %d entries: the rest was not looked at", MAX_ENTRIES));
        return false;
    }
    if (alj_host_is_tmp_name(name)) {
        if (g_str_has_prefix(name, alj_host_tmp_prefix(call->host)) && !call->is_owned_name(call, name))
            g_ptr_array_add(scan->leftovers, g_strdup(name));
    } else if (alj_text_is_entry_name(name)) {
        g_ptr_array_add(scan->names, g_strdup(name));
    } else {
        scan->inventory->n_skipped++;
    }
    return true;
}

static AljVolDef *
find_unchanged(const Scan *scan, const char *name, const struct stat *st)
{
    AljVolDef *old = scan->unchanged ? g_hash_table_lookup(scan->unchanged, name) : NULL;
    bool is_same = old && old->physical_bytes == (uint64_t) st->st_size
        && old->allocation_bytes == (uint64_t) st->st_blocks * BLOCK_BYTES && is_same_time(&old->times.mtime, &st->st_mtim)
        && is_same_time(&old->times.ctime, &st->st_ctim);
    return is_same ? alj_vol_def_ref(old) : NULL;
}

/* A sick file is listed with its reason, so that somebody can see and remove it. */
static AljVolDef *
describe_sick(const Scan *scan, const char *name, const struct stat *st, const GError *reason)
{
    AljVolDef *vol = describe_outside(scan->place, name, st);
    vol->format = ALJ_FORMAT_UNKNOWN;
    vol->problem = g_strdup(reason->message);
    g_ptr_array_add(scan->inventory->problems, g_strdup_printf("%s: %s", name, reason->message));
    return vol;
}

static bool
is_of_server(const GError *failure)
{
    int os_errno = alj_error_errno(failure);
    return os_errno == ENOTCONN || os_errno == ETIMEDOUT || os_errno == ECONNREFUSED || os_errno == EHOSTUNREACH;
}

/* Returns: false only if the servers are at fault. */
static bool
look_at_entry(Scan *scan, const char *name, GError **error)
{
    g_auto(AljGlusterEntry) entry = { 0 };
    GError *failure = NULL;
    AljVolDef *vol = NULL;
    if (alj_gluster_entry_look(scan->place, name, &entry, &failure)) {
        vol = find_unchanged(scan, name, &entry.st);
        if (!vol)
            vol = alj_gluster_describe(scan->place, name, &entry, &failure);
        if (!vol && !is_of_server(failure) && alj_error_errno(failure) != ENOENT)
            vol = describe_sick(scan, name, &entry.st, failure);
    }
    if (!vol && is_of_server(failure)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_clear_error(&failure);
    if (!vol) {
        scan->inventory->n_skipped++; /* a link, gone by now, or not to be looked at */
        return true;
    }
    if (vol->times.ctime.tv_sec < scan->clean_before && vol->format != ALJ_FORMAT_UNKNOWN)
        g_hash_table_insert(scan->inventory->stamps, vol->name, alj_vol_def_ref(vol));
    g_ptr_array_add(scan->inventory->vols, vol);
    return true;
}

static bool
look_at_all(Scan *scan, GError **error)
{
    for (guint i = 0; i < scan->names->len; i++)
        if (!alj_task_check(scan->place->call->task, "scan", error) || !look_at_entry(scan, scan->names->pdata[i], error))
            return false;
    AljPoolLive *live = &scan->inventory->live;
    if (!alj_gluster_place_space(scan->place, &live->capacity_bytes, &live->available_bytes, error))
        return false;
    live->allocation_bytes = live->capacity_bytes - live->available_bytes;
    return true;
}

/* What a dead process of this host left behind goes; a live one has it locked. A failure is tried again at the next scan. */
static void
sweep(const Scan *scan)
{
    for (guint i = 0; i < scan->leftovers->len; i++) {
        g_autoptr(GError) ignored = NULL;
        if (!alj_gluster_entry_reap(scan->place, scan->leftovers->pdata[i], &ignored))
            g_debug("a leftover stays: %s", ignored->message);
    }
}

AljInventory *
alj_gluster_scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_auto(AljGlusterPlace) place = { 0 };
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) leftovers = g_ptr_array_new_with_free_func(g_free);
    inventory->stamps = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) alj_vol_def_unref);
    Scan scan = { .place = &place, .names = names, .leftovers = leftovers, .inventory = inventory,
                  .unchanged = old ? old->stamps : NULL, .clean_before = time(NULL) - CLOCK_DOUBT_SEC };
    if (!alj_gluster_place_open(&place, call, pool, error) || !alj_gluster_place_each(&place, take_name, &scan, error)
        || !look_at_all(&scan, error))
        return NULL;
    sweep(&scan);
    return g_steal_pointer(&inventory);
}
