/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type logical: a volume group of LVM, its logical volumes the volumes; or one thin pool of the group (named by <product>),
 * and the thin volumes in it. Which part of LVM a pool is, and its scan. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "backend/blocks/blocks.h"

#include <string.h>

#define NEARLY_FULL 9000 /* hundredths of a percent: the log tells from here on */

static const AljTool tools[] = {
    { "lvm", "lvm2", "everything" },
    { "thin_check", "thin-provisioning-tools", "thin pools" },
    ALJ_BLOCK_TOOLS,
    { 0 },
};

/* ---- the source ---- */

bool
alj_lvm_source(const AljPoolDef *pool, AljLvmSource *ret, GError **error)
{
    if (!alj_lvm_is_name(pool->source_name))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of a volume group", pool->source_name);
    if (pool->product && !alj_lvm_is_name(pool->product))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of a thin pool", pool->product);
    *ret = (AljLvmSource){ pool->source_name, pool->product };
    return true;
}

AljLvmGroup *
alj_lvm_source_read(AljCall *call, const AljLvmSource *source, GError **error)
{
    g_autoptr(AljLvmGroup) group = alj_lvm_read(call, source->group, error);
    if (!group || !source->thin_pool || alj_lvm_thin_pool(source, group))
        return g_steal_pointer(&group);
    alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "cannot find thin pool '%s' in volume group '%s'; pool-build makes it", source->thin_pool,
             source->group);
    return NULL;
}

bool
alj_lvm_has_volume(const AljLvmSource *source, const AljLvmVolume *volume)
{
    static const char pools[] = "td"; /* thin and VDO pools: what is in them is for LVM alone */
    if (strchr(pools, volume->attr[0]) || alj_lvm_is_marked(volume))
        return false;
    return !source->thin_pool || g_strcmp0(volume->pool, source->thin_pool) == 0;
}

char *
alj_lvm_path(const AljLvmSource *source, const char *volume)
{
    return g_strdup_printf("%s/%s", source->group, volume);
}

/* ---- what stands on what ---- */

/* A thin volume stands on its origin only if that is not in its own thin pool ("external"). */
bool
alj_lvm_stands_on(const AljLvmVolume *volume, const AljLvmVolume *origin)
{
    return g_strcmp0(volume->origin, origin->name) == 0
        && (alj_lvm_is_snapshot(volume) || g_strcmp0(volume->pool, origin->pool) != 0);
}

char *
alj_lvm_list_standing(const AljLvmGroup *group, const AljLvmVolume *origin)
{
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (alj_lvm_stands_on(volume, origin))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", volume->name);
    }
    return g_string_free(names, FALSE);
}

/* ---- scan ---- */

static void
add_problem(AljInventory *inventory, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_problem(AljInventory *inventory, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(inventory->problems, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void
check_thin_pool(const AljLvmGroup *group, const AljLvmVolume *thin_pool, AljInventory *inventory)
{
    uint64_t promised = 0;
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (g_strcmp0(volume->pool, thin_pool->name) == 0 && __builtin_add_overflow(promised, volume->bytes, &promised))
            promised = UINT64_MAX;
    }
    if (promised > thin_pool->bytes)
        add_problem(inventory, "thin pool '%s' has promised its volumes more than it has; see that it does not run full: an I/O error in a "
                    "guest is the first sign", thin_pool->name);
    if (thin_pool->data_percent != ALJ_LVM_NO_PERCENT && thin_pool->data_percent >= NEARLY_FULL)
        add_problem(inventory, "thin pool '%s' is more than %d %% full", thin_pool->name, NEARLY_FULL / 100);
    if (thin_pool->metadata_percent != ALJ_LVM_NO_PERCENT && thin_pool->metadata_percent >= NEARLY_FULL)
        add_problem(inventory, "the metadata of thin pool '%s' are more than %d %% full", thin_pool->name, NEARLY_FULL / 100);
}

static void
add_volumes(AljCall *call, const AljPoolDef *pool, const AljLvmSource *source, const AljLvmGroup *group, AljInventory *inventory)
{
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (alj_lvm_is_thin_pool(volume) && (!source->thin_pool || strcmp(source->thin_pool, volume->name) == 0))
            check_thin_pool(group, volume, inventory);
        if (!alj_lvm_has_volume(source, volume) || !alj_lvm_is_active(volume))
            continue;
        AljVolDef *vol = alj_lvm_vol_def(call, pool, group, volume);
        g_ptr_array_add(inventory->vols, vol);
        if (vol->problem)
            add_problem(inventory, "%s: %s", vol->name, vol->problem);
    }
    if (!alj_lvm_check_whole(group, NULL))
        add_problem(inventory, "volume group '%s' misses physical volumes; nothing in it can be changed, and what was on them is not there",
                    group->name);
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    AljLvmSource source;
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, error) ? alj_lvm_source_read(call, &source, error) : NULL;
    if (group && alj_lvm_mark_recover(call, pool, &source, group, inventory->problems)) {
        alj_lvm_group_free(g_steal_pointer(&group));
        group = alj_lvm_source_read(call, &source, error);
    }
    if (!group)
        return NULL;
    add_volumes(call, pool, &source, group, inventory);
    alj_lvm_live(&source, group, &inventory->live);
    return g_steal_pointer(&inventory);
}

static bool
pool_live(AljCall *call, const AljPoolDef *pool, AljPoolLive *ret, GError **error)
{
    AljLvmSource source;
    g_autoptr(AljLvmGroup) group = NULL;
    if (!alj_lvm_source(pool, &source, error))
        return false;
    group = source.thin_pool ? alj_lvm_read_volume(call, source.group, source.thin_pool, NULL, error)
                             : alj_lvm_read_totals(call, source.group, error);
    if (group)
        alj_lvm_live(&source, group, ret);
    return group != NULL;
}

/* ---- search ---- */

static AljPoolDef *
find_source(GPtrArray *sources, GHashTable *by_uuid, const AljLvmDevice *device)
{
    AljPoolDef *found = g_hash_table_lookup(by_uuid, device->group_uuid);
    if (found)
        return found;
    found = alj_pool_def_new(ALJ_POOL_LOGICAL);
    found->source_name = g_strdup(device->group);
    found->format = alj_pool_type_info(ALJ_POOL_LOGICAL)->default_pool_format;
    g_ptr_array_add(sources, found);
    g_hash_table_insert(by_uuid, device->group_uuid, found);
    return found;
}

/* One source for each group, with all its devices. */
static GPtrArray *
find_sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    g_autoptr(GHashTable) by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) devices = alj_lvm_find_devices(call, error);
    if (!devices)
        return NULL;
    for (guint i = 0; i < devices->len; i++) {
        const AljLvmDevice *device = g_ptr_array_index(devices, i);
        if (device->group && device->group_uuid)
            alj_pool_def_add_device(find_source(sources, by_uuid, device), device->path);
    }
    return g_steal_pointer(&sources);
}

ALJ_BACKEND_DEFINE(ALJ_POOL_LOGICAL, .summary = "a volume group of LVM, or a thin pool in one", .tools = tools, .scan = scan,
                   .pool_probe = alj_lvm_pool_probe, .pool_build = alj_lvm_pool_build, .pool_start = alj_lvm_pool_start,
                   .pool_stop = alj_lvm_pool_stop, .pool_delete = alj_lvm_pool_delete, .sources = find_sources,
                   .pool_live = pool_live, .vol_probe = alj_lvm_vol_probe, .vol_stat = alj_lvm_vol_stat,
                   .vol_plan = alj_lvm_vol_plan, .vol_create = alj_lvm_vol_create, .vol_copy = alj_lvm_vol_copy,
                   .vol_resize = alj_lvm_vol_resize, .vol_delete = alj_lvm_vol_delete, .vol_wipe = alj_lvm_vol_wipe,
                   .vol_open = alj_lvm_vol_open);
