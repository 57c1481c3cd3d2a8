/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All volumes of a directory. Reads names, then looks at entries in the order of their inodes with a few helper threads,
 * each filling records of its own, then puts backing stores and volumes together. An entry can fail, a scan cannot because
 * of one. What has not changed since the scan before is not opened: its stamp says so. Runs on a pool's worker.
 */
#include "backend/files/files.h"
#include "backend/files/probe.h"
#include "base/guard.h"
#include "base/task.h"
#include "base/text.h"
#include "host/files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#define MAX_ENTRIES 100000        /* more is not a directory of images; bounds memory and the length of lists */
#define MAX_HELPERS 4             /* cold disks answer several readers faster; more gain nothing when warm */
#define ENTRIES_PER_HELPER 256    /* below that a thread costs more than it saves */
#define CHECK_EVERY 64            /* entries between two looks at the task */
#define SMALL_FILE_BYTES 4096     /* a file this small may live in its inode and have data without blocks */
#define REMOTE_DOUBT_SEC 60       /* how far the clock of a file server may be behind ours */
#define NSEC_PER_SEC 1000000000L

/** Stamp: a volume and the state of the file it was read from. */
typedef struct Stamp {
    dev_t dev;
    ino_t inode;
    off_t size;
    blkcnt_t blocks;
    struct timespec mtime, ctime;
    AljVolDef *vol;
} Stamp;

/** Entry: one name and what became of it. */
typedef struct Entry {
    uint64_t inode;
    const char *name; /* in the scan's names */
    AljVolDef *vol;   /* NULL: left out */
    Stamp *stamp;     /* NULL: to be read again next time */
} Entry;

typedef struct Scan {
    AljCall *call;
    const AljPoolDef *pool;
    int dir_fd;
    GHashTable *old_stamps;     /* (nullable) */
    bool has_exact_blocks;
    struct timespec clean_before; /* a file changed later may change once more without a new time */
    GStringChunk *names;
    GArray *entries;            /* of Entry */
    bool is_cut_off;
    unsigned n_skipped;         /* while names are read */
} Scan;

/** Slice: the part of the entries one thread looks at. */
typedef struct Slice {
    Scan *scan;
    guint from, to;
    GError *error;
} Slice;

static void
free_stamp(Stamp *stamp)
{
    alj_vol_def_unref(stamp->vol);
    g_free(stamp);
}

static bool
is_later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* ---- names ---- */

static bool
take_name(const char *name, uint64_t inode, unsigned char type, void *data)
{
    Scan *scan = data;
    if (scan->entries->len == MAX_ENTRIES) {
        scan->is_cut_off = true;
        return false;
    }
    if (alj_host_is_tmp_name(name)) {
        if (!scan->call->is_owned_name(scan->call, name))
            alj_entry_reap(scan->call->host, scan->dir_fd, name);
        return true;
    }
    if (type == DT_FIFO || type == DT_SOCK || type == DT_CHR || !alj_text_is_entry_name(name)) {
        scan->n_skipped++;
        return true;
    }
    Entry entry = { .inode = inode, .name = g_string_chunk_insert(scan->names, name) };
    g_array_append_val(scan->entries, entry);
    return true;
}

static gint
compare_inodes(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* ---- one entry ---- */

static Stamp *
make_stamp(const Scan *scan, const struct stat *st, AljVolDef *vol)
{
    if ((!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)) || is_later(&st->st_ctim, &scan->clean_before))
        return NULL;
    Stamp *stamp = g_new(Stamp, 1);
    *stamp = (Stamp){ st->st_dev, st->st_ino, st->st_size, st->st_blocks, st->st_mtim, st->st_ctim, alj_vol_def_ref(vol) };
    return stamp;
}

static AljVolDef *
find_unchanged(const Scan *scan, const char *name, const struct stat *st)
{
    const Stamp *old = scan->old_stamps ? g_hash_table_lookup(scan->old_stamps, name) : NULL;
    if (!old || old->dev != st->st_dev || old->inode != st->st_ino || old->size != st->st_size
        || old->blocks != st->st_blocks || is_later(&old->mtime, &st->st_mtim) || is_later(&st->st_mtim, &old->mtime)
        || is_later(&old->ctime, &st->st_ctim) || is_later(&st->st_ctim, &old->ctime))
        return NULL;
    return alj_vol_def_ref(old->vol);
}

static AljVolDef *
read_entry(const Scan *scan, const char *name, const AljPlace *place, const struct stat *st, GError **error)
{
    AljHost *host = scan->call->host;
    bool is_hole = S_ISREG(st->st_mode) && st->st_blocks == 0 && (st->st_size > SMALL_FILE_BYTES || st->st_size == 0)
        && scan->has_exact_blocks;
    if (S_ISDIR(st->st_mode) || is_hole)
        return alj_files_describe(host, scan->pool, name, place, -1, st, error);
    alj_autofd fd = alj_entry_open_seen(host, place->dir_fd, place->entry, st, error);
    return fd < 0 ? NULL : alj_files_describe(host, scan->pool, name, place, fd, st, error);
}

/* A sick file is listed with its reason, so that somebody can see and remove it. */
static AljVolDef *
describe_sick(const Scan *scan, const char *name, const AljPlace *place, const struct stat *st, const GError *reason)
{
    struct stat plain = *st;
    plain.st_mode = S_IFREG | (st->st_mode & 0777);
    AljVolDef *vol = alj_files_describe(scan->call->host, scan->pool, name, place, -1, &plain, NULL);
    vol->format = ALJ_FORMAT_UNKNOWN;
    vol->problem = g_strdup(reason->message);
    return vol;
}

static void
look_at_entry(const Scan *scan, Entry *entry)
{
    g_autoptr(GError) reason = NULL;
    g_auto(AljPlace) place = ALJ_PLACE_INIT;
    struct stat st = { 0 };
    bool is_seen = alj_place_find(scan->call->host, scan->pool, scan->dir_fd, entry->name, &place, &reason)
        && alj_entry_stat(scan->call->host, place.dir_fd, place.entry, &st, &reason);
    if (is_seen)
        entry->vol = find_unchanged(scan, entry->name, &st);
    if (is_seen && !entry->vol)
        entry->vol = read_entry(scan, entry->name, &place, &st, &reason);
    if (entry->vol) {
        entry->stamp = make_stamp(scan, &st, entry->vol);
        return;
    }
    switch (alj_error_errno(reason)) {
    case ENOENT: /* vanished, or a link to nothing */
    case ELOOP:
    case ENXIO:
    case EACCES:
    case EPERM:
        return;
    default:
        entry->vol = describe_sick(scan, entry->name, &place, &st, reason);
    }
}

/* ---- all entries ---- */

static void *
look_at_slice(void *data)
{
    Slice *slice = data;
    Scan *scan = slice->scan;
    for (guint i = slice->from; i < slice->to; i++) {
        if (i % CHECK_EVERY == 0 && !alj_task_check(scan->call->task, "scan", &slice->error))
            break;
        look_at_entry(scan, &g_array_index(scan->entries, Entry, i));
    }
    return NULL;
}

static bool
look_at_all(Scan *scan, GError **error)
{
    Slice slices[MAX_HELPERS] = { 0 };
    GThread *threads[MAX_HELPERS] = { 0 };
    guint n = scan->entries->len;
    guint n_slices = CLAMP(n / ENTRIES_PER_HELPER, 1, MAX_HELPERS);
    for (guint i = 0; i < n_slices; i++)
        slices[i] = (Slice){ .scan = scan, .from = n / n_slices * i, .to = i + 1 == n_slices ? n : n / n_slices * (i + 1) };
    for (guint i = 1; i < n_slices; i++)
        threads[i] = g_thread_try_new("scan", look_at_slice, &slices[i], NULL);
    look_at_slice(&slices[0]);
    bool is_good = true;
    for (guint i = 0; i < n_slices; i++) {
        if (threads[i])
            g_thread_join(threads[i]);
        else if (i > 0)
            look_at_slice(&slices[i]); /* no thread to be had: then here */
        is_good = is_good && !slices[i].error;
        if (slices[i].error && error && !*error)
            g_propagate_error(error, slices[i].error);
        else
            g_clear_error(&slices[i].error);
    }
    return is_good;
}

static bool
is_same_backing(const AljBacking *a, const AljBacking *b)
{
    const AljPermissions *p = &a->permissions, *q = &b->permissions;
    return a->format == b->format && p->has_mode == q->has_mode && p->mode == q->mode && p->owner == q->owner
        && p->group == q->group && a->times.is_known == b->times.is_known
        && !is_later(&a->times.mtime, &b->times.mtime) && !is_later(&b->times.mtime, &a->times.mtime)
        && !is_later(&a->times.ctime, &b->times.ctime) && !is_later(&b->times.ctime, &a->times.ctime);
}

/* The volume of @entry may be shared with the inventory before: it is replaced, not changed, when its base did change. */
static void
resolve_entry(Scan *scan, Entry *entry, GHashTable *by_path)
{
    const AljBacking *known = entry->vol->backing;
    g_autoptr(AljBacking) fresh = alj_backing_new(known->path);
    fresh->has_format = known->has_format;
    fresh->format = known->has_format ? known->format : ALJ_FORMAT_RAW;
    alj_files_resolve(scan->call, scan->pool, fresh, by_path);
    if (is_same_backing(fresh, known))
        return;
    AljVolDef *changed = alj_vol_def_copy(entry->vol);
    alj_backing_free(changed->backing);
    changed->backing = g_steal_pointer(&fresh);
    alj_vol_def_unref(entry->vol);
    entry->vol = changed;
    if (entry->stamp) {
        alj_vol_def_unref(entry->stamp->vol);
        entry->stamp->vol = alj_vol_def_ref(changed);
    }
}

static void
resolve_all(Scan *scan)
{
    g_autoptr(GHashTable) by_path = g_hash_table_new(g_str_hash, g_str_equal);
    bool has_backing = false;
    for (guint i = 0; i < scan->entries->len; i++) {
        const Entry *entry = &g_array_index(scan->entries, Entry, i);
        if (entry->vol)
            g_hash_table_insert(by_path, entry->vol->path, entry->vol);
        has_backing = has_backing || (entry->vol && entry->vol->backing);
    }
    for (guint i = 0; has_backing && i < scan->entries->len; i++) {
        Entry *entry = &g_array_index(scan->entries, Entry, i);
        if (!entry->vol || !entry->vol->backing)
            continue;
        g_autoptr(AljVolDef) before = alj_vol_def_ref(entry->vol); /* owns the key until the exchange */
        resolve_entry(scan, entry, by_path);
        g_hash_table_replace(by_path, entry->vol->path, entry->vol);
    }
}

static AljInventory *
make_inventory(Scan *scan)
{
    AljInventory *inventory = alj_inventory_new();
    inventory->n_skipped = scan->n_skipped;
    inventory->stamps = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) free_stamp);
    for (guint i = 0; i < scan->entries->len; i++) {
        Entry *entry = &g_array_index(scan->entries, Entry, i);
        if (!entry->vol) {
            inventory->n_skipped++;
            continue;
        }
        if (entry->vol->problem)
            g_ptr_array_add(inventory->problems, g_strdup_printf("%s: %s", entry->name, entry->vol->problem));
        if (entry->stamp) {
            Stamp *stamp = g_steal_pointer(&entry->stamp);
            g_hash_table_insert(inventory->stamps, stamp->vol->name, stamp);
        }
        g_ptr_array_add(inventory->vols, g_steal_pointer(&entry->vol));
    }
    if (scan->is_cut_off)
        g_ptr_array_add(inventory->problems, g_strdup_printf("more than %d entries: the rest was not looked at", MAX_ENTRIES));
    return inventory;
}

static bool
fill_live(Scan *scan, AljInventory *inventory, GError **error)
{
    AljPoolLive *live = &inventory->live;
    struct stat st;
    if (!alj_dir_space(scan->call->host, scan->dir_fd, &live->capacity_bytes, &live->available_bytes, error)
        || !alj_entry_stat(scan->call->host, scan->dir_fd, ".", &st, error))
        return false;
    live->allocation_bytes = live->capacity_bytes - live->available_bytes;
    live->permissions = (AljPermissions){ .has_mode = true, .has_owner = true, .has_group = true,
                                          .mode = st.st_mode & 0777, .owner = st.st_uid, .group = st.st_gid };
    inventory->is_local = alj_dir_is_local(scan->dir_fd);
    inventory->root = (AljRoot){ st.st_dev, alj_dir_keeps_inode(scan->dir_fd) ? st.st_ino : 0 };
    return true;
}

/* A file changed within two ticks of now may be changed again without its time moving on; so may one on a server. */
static struct timespec
clean_before(bool is_local)
{
    struct timespec now, tick;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!is_local) {
        now.tv_sec -= REMOTE_DOUBT_SEC;
        return now;
    }
    clock_getres(CLOCK_REALTIME_COARSE, &tick);
    now.tv_nsec -= 2 * tick.tv_nsec;
    if (now.tv_nsec < 0) {
        now.tv_nsec += NSEC_PER_SEC;
        now.tv_sec--;
    }
    return now;
}

static void
clear_entry(Entry *entry)
{
    g_clear_pointer(&entry->vol, alj_vol_def_unref);
    g_clear_pointer(&entry->stamp, free_stamp);
}

AljInventory *
alj_files_scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    alj_autofd dir_fd = alj_dir_open(call->host, pool->target_path, error);
    if (dir_fd < 0)
        return NULL;
    g_autoptr(GStringChunk) names = g_string_chunk_new(16384);
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(entries, (GDestroyNotify) clear_entry);
    Scan scan = { .call = call, .pool = pool, .dir_fd = dir_fd, .old_stamps = old ? old->stamps : NULL,
                  .has_exact_blocks = alj_dir_counts_at_once(dir_fd),
                  .clean_before = clean_before(alj_dir_is_local(dir_fd)), .names = names, .entries = entries };
    if (!alj_dir_each(call->host, dir_fd, take_name, &scan, error))
        return NULL;
    g_array_sort(entries, compare_inodes);
    if (!look_at_all(&scan, error))
        return NULL;
    resolve_all(&scan);
    g_autoptr(AljInventory) inventory = make_inventory(&scan);
    if (!fill_live(&scan, inventory, error))
        return NULL;
    return g_steal_pointer(&inventory);
}
