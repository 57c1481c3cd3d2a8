/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Storage in memory behind one mutex, and scripts per (operation, pool). */
#include "fake_backend.h"

#include "base/guard.h"
#include "base/task.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define CAPACITY (UINT64_C(1) << 40)

typedef struct Script {
    bool hangs, heeds_cancel, is_waiting;
    uint64_t progress;
    AljError fail_code;
    char *fail_text;
    unsigned calls, flags;
} Script;

typedef struct Storage {
    bool is_there, is_up;
    GHashTable *volumes; /* name → AljVolDef */
} Storage;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static GHashTable *scripts;  /* "op pool" → Script */
static GHashTable *storages; /* pool → Storage */

static void
free_script(gpointer data)
{
    g_free(((Script *) data)->fail_text);
    g_free(data);
}

static void
free_storage(gpointer data)
{
    g_hash_table_unref(((Storage *) data)->volumes);
    g_free(data);
}

void
fake_reset(void)
{
    ALJ_LOCK(&mutex);
    g_clear_pointer(&scripts, g_hash_table_unref);
    g_clear_pointer(&storages, g_hash_table_unref);
    scripts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_script);
    storages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_storage);
}

static Script *
script(const char *op, const char *pool)
{
    char *key = g_strdup_printf("%s %s", op, pool);
    Script *found = g_hash_table_lookup(scripts, key);
    if (!found) {
        found = g_new0(Script, 1);
        g_hash_table_insert(scripts, key, found);
    } else {
        g_free(key);
    }
    return found;
}

static Storage *
storage(const char *pool)
{
    Storage *found = g_hash_table_lookup(storages, pool);
    if (!found) {
        found = g_new0(Storage, 1);
        found->volumes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) alj_vol_def_unref);
        g_hash_table_insert(storages, g_strdup(pool), found);
    }
    return found;
}

void
fake_make(const char *pool)
{
    ALJ_LOCK(&mutex);
    storage(pool)->is_there = true;
}

void
fake_set_up(const char *pool, bool is_up)
{
    ALJ_LOCK(&mutex);
    storage(pool)->is_up = is_up;
}

bool
fake_is_up(const char *pool)
{
    ALJ_LOCK(&mutex);
    return storage(pool)->is_up;
}

static AljVolDef *
new_volume(const char *pool, const char *name, uint64_t capacity, uint64_t allocation)
{
    AljVolDef *vol = alj_vol_def_new(name);
    vol->type = ALJ_VOL_FILE;
    vol->format = ALJ_FORMAT_RAW;
    vol->path = g_strdup_printf("/fake/%s/%s", pool, name);
    vol->key = g_strdup(vol->path);
    vol->capacity_bytes = capacity;
    vol->allocation_bytes = vol->physical_bytes = allocation;
    return vol;
}

void
fake_put(const char *pool, const char *volume, uint64_t capacity, uint64_t allocation)
{
    AljVolDef *vol = new_volume(pool, volume, capacity, allocation);
    ALJ_LOCK(&mutex);
    g_hash_table_replace(storage(pool)->volumes, vol->name, vol);
}

void
fake_put_other(const char *pool, const char *volume, uint64_t identity)
{
    AljVolDef *vol = new_volume(pool, volume, 3000, 3000);
    vol->identity = identity;
    ALJ_LOCK(&mutex);
    g_hash_table_replace(storage(pool)->volumes, vol->name, vol);
}

void
fake_put_overlay(const char *pool, const char *volume, const char *backing_path)
{
    AljVolDef *vol = new_volume(pool, volume, 100, 0);
    vol->format = ALJ_FORMAT_QCOW2;
    vol->backing = alj_backing_new(backing_path);
    vol->backing->format = ALJ_FORMAT_QCOW2;
    ALJ_LOCK(&mutex);
    g_hash_table_replace(storage(pool)->volumes, vol->name, vol);
}

void
fake_take(const char *pool, const char *volume)
{
    ALJ_LOCK(&mutex);
    g_hash_table_remove(storage(pool)->volumes, volume);
}

bool
fake_has(const char *pool, const char *volume)
{
    ALJ_LOCK(&mutex);
    return g_hash_table_contains(storage(pool)->volumes, volume);
}

void
fake_hang(const char *op, const char *pool, bool heeds_cancel)
{
    ALJ_LOCK(&mutex);
    Script *found = script(op, pool);
    found->hangs = true;
    found->heeds_cancel = heeds_cancel;
}

void
fake_release(const char *op, const char *pool)
{
    ALJ_LOCK(&mutex);
    script(op, pool)->hangs = false;
    pthread_cond_broadcast(&changed);
}

static void
wait_a_little(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 10 * 1000 * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&changed, &mutex, &until);
}

void
fake_await(const char *op, const char *pool)
{
    gint64 until = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    ALJ_LOCK(&mutex);
    while (!script(op, pool)->is_waiting) {
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        wait_a_little();
    }
}

void
fake_progress(const char *op, const char *pool, uint64_t bytes)
{
    ALJ_LOCK(&mutex);
    script(op, pool)->progress = bytes;
}

void
fake_fail(const char *op, const char *pool, AljError code, const char *text)
{
    ALJ_LOCK(&mutex);
    Script *found = script(op, pool);
    g_free(found->fail_text);
    found->fail_code = code;
    found->fail_text = g_strdup(text);
}

unsigned
fake_calls(const char *op, const char *pool)
{
    ALJ_LOCK(&mutex);
    return script(op, pool)->calls;
}

unsigned
fake_flags(const char *op, const char *pool)
{
    ALJ_LOCK(&mutex);
    return script(op, pool)->flags;
}

/* Does what the script says. Called with the mutex held, which is given up while the call hangs. */
static bool
play(AljCall *call, const char *op, const char *pool, unsigned flags, GError **error)
{
    Script *found = script(op, pool);
    found->calls++;
    found->flags = flags;
    while (found->hangs) {
        found->is_waiting = true;
        alj_task_add(call->task, found->progress);
        pthread_cond_broadcast(&changed);
        if (found->heeds_cancel && !alj_task_check(call->task, op, error)) {
            found->is_waiting = false;
            return false;
        }
        wait_a_little();
    }
    found->is_waiting = false;
    if (found->fail_text) {
        g_autofree char *text = g_steal_pointer(&found->fail_text);
        return alj_fail(error, found->fail_code, "%s", text);
    }
    return true;
}

static bool
fake_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "pool-probe", pool->name, 0, error))
        return false;
    *ret_active = storage(pool->name)->is_there && storage(pool->name)->is_up;
    return true;
}

static bool
fake_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "pool-build", pool->name, flags, error))
        return false;
    storage(pool->name)->is_there = true;
    return true;
}

static bool
fake_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "pool-start", pool->name, 0, error))
        return false;
    if (!storage(pool->name)->is_there)
        return alj_fail_errno(error, ENOENT, "cannot open directory '%s'", pool->target_path);
    storage(pool->name)->is_up = true;
    return true;
}

static bool
fake_stop(AljCall *call, const AljPoolDef *pool, GError **error)
{
    ALJ_LOCK(&mutex);
    /* as a backend whose stop runs a program, which it does not for work that is over; once run, it does what it does */
    if (!alj_task_check(call->task, "pool-stop", error) || !play(call, "pool-stop", pool->name, 0, error))
        return false;
    storage(pool->name)->is_up = false;
    return true;
}

static bool
fake_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "pool-delete", pool->name, flags, error))
        return false;
    storage(pool->name)->is_there = false;
    return true;
}

static void
add_copy(gpointer name, gpointer vol, gpointer list)
{
    g_ptr_array_add(list, alj_vol_def_copy(vol));
}

static AljInventory *
fake_scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_autoptr(AljInventory) found = alj_inventory_new();
    GHashTableIter iter;
    gpointer vol;
    ALJ_LOCK(&mutex);
    Storage *from = storage(pool->name);
    found->live.capacity_bytes = CAPACITY;
    g_hash_table_foreach(from->volumes, add_copy, found->vols); /* what it sees first */
    g_hash_table_iter_init(&iter, from->volumes);
    while (g_hash_table_iter_next(&iter, NULL, &vol))
        found->live.allocation_bytes += ((AljVolDef *) vol)->allocation_bytes;
    found->live.available_bytes = CAPACITY - found->live.allocation_bytes;
    found->is_local = true;
    if (!play(call, "scan", pool->name, 0, error))
        return NULL;
    return g_steal_pointer(&found);
}

static void *
fake_connect(AljCall *call, const AljPoolDef *pool, GError **error)
{
    ALJ_LOCK(&mutex);
    return play(call, "connect", pool->name, 0, error) ? g_strdup(pool->name) : NULL;
}

static void
fake_disconnect(void *connection)
{
    AljTask task = { 0 };
    AljCall call = { .task = &task };
    g_autofree char *pool = connection;
    ALJ_LOCK(&mutex);
    (void) play(&call, "disconnect", pool, 0, NULL); /* nobody could be told */
    script("disconnected", pool)->calls++;
}

static AljInventory *
fake_remote_scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    const char *connection = call->get_connection(call, pool, error);
    if (!connection)
        return NULL;
    g_assert_cmpstr(connection, ==, pool->name);
    g_assert_true(call->get_connection(call, pool, error) == connection);
    return fake_scan(call, pool, old, error);
}

static AljVolDef *
find(const AljPoolDef *pool, const char *name, GError **error)
{
    AljVolDef *vol = g_hash_table_lookup(storage(pool->name)->volumes, name);
    if (!vol)
        alj_fail(error, ALJ_ERROR_NO_VOL, "fake: no '%s'", name);
    return vol;
}

static AljVolDef *
fake_vol_probe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-probe", pool->name, 0, error))
        return NULL;
    AljVolDef *vol = find(pool, name, error);
    return vol ? alj_vol_def_copy(vol) : NULL;
}

static bool
fake_vol_stat(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-stat", pool->name, 0, error))
        return false;
    AljVolDef *found = find(pool, vol->name, error);
    if (!found)
        return false;
    *ret = (AljVolStat){ found->capacity_bytes, found->allocation_bytes, found->physical_bytes };
    return true;
}

static bool
fake_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-plan", pool->name, flags, error))
        return false;
    if (g_hash_table_contains(storage(pool->name)->volumes, vol->name))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume target path '/fake/%s/%s' already exists", pool->name,
                        vol->name);
    vol->path = g_strdup_printf("/fake/%s/%s", pool->name, vol->name);
    vol->key = g_strdup(vol->path);
    return true;
}

/* Puts a volume as @request wants it into the storage. (transfer full) the answer */
static AljVolDef *
put_made(const AljPoolDef *pool, const AljVolDef *request)
{
    AljVolDef *made = new_volume(pool->name, request->name, request->capacity_bytes, request->allocation_bytes);
    g_hash_table_replace(storage(pool->name)->volumes, made->name, made);
    return alj_vol_def_copy(made);
}

static AljVolDef *
fake_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    ALJ_LOCK(&mutex);
    return play(call, "vol-create", pool->name, flags, error) ? put_made(pool, request) : NULL;
}

static AljVolDef *
fake_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
              AljPoolType from_pool, unsigned flags, GError **error)
{
    ALJ_LOCK(&mutex);
    return play(call, "vol-copy", pool->name, flags, error) ? put_made(pool, request) : NULL;
}

static AljVolDef *
fake_vol_resize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-resize", pool->name, flags, error))
        return NULL;
    AljVolDef *found = find(pool, vol->name, error);
    if (!found)
        return NULL;
    found->capacity_bytes = bytes;
    if (flags & ALJ_VOL_RESIZE_ALLOCATE)
        found->allocation_bytes = bytes;
    return alj_vol_def_copy(found);
}

static bool
fake_vol_delete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-delete", pool->name, flags, error))
        return false;
    g_hash_table_remove(storage(pool->name)->volumes, vol->name);
    return true;
}

static AljVolDef *
fake_vol_wipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-wipe", pool->name, how, error))
        return NULL;
    AljVolDef *found = find(pool, vol->name, error);
    return found ? alj_vol_def_copy(found) : NULL;
}

static AljMedium *
fake_vol_open(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error)
{
    ALJ_LOCK(&mutex);
    if (!play(call, "vol-open", pool->name, (unsigned) open_flags, error))
        return NULL;
    return alj_medium_new_fd(call->host, memfd_create(vol->name, MFD_CLOEXEC), vol->name);
}

static GPtrArray *
fake_sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    GPtrArray *sources = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    AljPoolDef *def = alj_pool_def_new(ALJ_POOL_NETFS);
    def->source_dir = g_strdup("/export");
    g_ptr_array_add(sources, def);
    ALJ_LOCK(&mutex);
    if (play(call, "sources", "", 0, error))
        return sources;
    g_ptr_array_unref(sources);
    return NULL;
}

#define FAKE_ALL                                                                                             \
    .abi = ALJ_BACKEND_ABI, .struct_size = sizeof(AljBackend), .summary = "in memory",                      \
    .pool_probe = fake_probe, .pool_build = fake_build, .pool_start = fake_start, .pool_stop = fake_stop,    \
    .pool_delete = fake_delete, .vol_probe = fake_vol_probe, .vol_stat = fake_vol_stat,                      \
    .vol_plan = fake_vol_plan, .vol_create = fake_vol_create, .vol_copy = fake_vol_copy,                     \
    .vol_resize = fake_vol_resize, .vol_delete = fake_vol_delete, .vol_wipe = fake_vol_wipe,                 \
    .vol_open = fake_vol_open

const AljBackend fake_dir = { FAKE_ALL, .scan = fake_scan, .type = ALJ_POOL_DIR, .traits = ALJ_TRAIT_KEEPS_TOTALS };
const AljBackend fake_netfs = { FAKE_ALL, .scan = fake_remote_scan, .type = ALJ_POOL_NETFS, .sources = fake_sources,
                                .connect = fake_connect, .disconnect = fake_disconnect,
                                .traits = ALJ_TRAIT_REMOTE | ALJ_TRAIT_SERIAL_VOLS };
const AljBackend fake_mpath = { .abi = ALJ_BACKEND_ABI, .struct_size = sizeof(AljBackend), .type = ALJ_POOL_MPATH,
                                .scan = fake_scan };
