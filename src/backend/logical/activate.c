/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Start, stop and restart of pools. A group may be used by others, the host itself not least: a pool activates what was not
 * active, remembers it, and deactivates that alone. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "base/task.h"

#include <string.h>

#define UNDO_USEC (60 * G_USEC_PER_SEC) /* until a start that failed has deactivated what it had activated */

/* ---- which volumes ---- */

/* What comes and goes with the pool: its volumes, and the thin pools under them. */
static bool
is_of_pool(const AljLvmSource *source, const AljLvmVolume *volume)
{
    return alj_lvm_has_volume(source, volume)
        || (alj_lvm_is_thin_pool(volume) && (!source->thin_pool || strcmp(source->thin_pool, volume->name) == 0));
}

/* A snapshot of the old kind follows its origin and cannot be told to. */
static bool
is_told(const AljLvmVolume *volume)
{
    return !alj_lvm_is_snapshot(volume);
}

/* Deactivates or activates those of @volumes (of AljLvmVolume) that are thin pools, or those that are not. */
static bool
change_some(AljCall *call, const AljLvmSource *source, const char *how, const GPtrArray *volumes, bool thin_pools, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *const command[] = { "lvchange", "--yes", how };
    for (size_t i = 0; i < G_N_ELEMENTS(command); i++)
        g_ptr_array_add(argv, (char *) command[i]);
    for (guint i = 0; i < volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(volumes, i);
        if (alj_lvm_is_thin_pool(volume) != thin_pools || !is_told(volume))
            continue;
        g_ptr_array_add(paths, alj_lvm_path(source, volume->name));
        g_ptr_array_add(argv, g_ptr_array_index(paths, paths->len - 1));
    }
    g_ptr_array_add(argv, NULL);
    return paths->len == 0 || alj_lvm_change(call, (const char *const *) argv->pdata, error);
}

static bool
activate(AljCall *call, const AljLvmSource *source, const GPtrArray *volumes, GError **error)
{
    return change_some(call, source, "-aly", volumes, true, error) && change_some(call, source, "-aly", volumes, false, error);
}

static bool
deactivate(AljCall *call, const AljLvmSource *source, const GPtrArray *volumes, GError **error)
{
    return change_some(call, source, "-aln", volumes, false, error) && change_some(call, source, "-aln", volumes, true, error);
}

/* ---- start ---- */

/* Whether the group is on one of the devices in the definition, where it names any. */
static bool
check_devices(AljCall *call, const AljPoolDef *pool, const AljLvmGroup *group, GError **error)
{
    if (pool->devices->len == 0)
        return true;
    g_autoptr(GPtrArray) known = alj_lvm_find_devices(call, error);
    if (!known)
        return false;
    for (guint i = 0; i < known->len; i++) {
        const AljLvmDevice *device = g_ptr_array_index(known, i);
        for (guint j = 0; j < pool->devices->len && g_strcmp0(device->group_uuid, group->uuid) == 0; j++) {
            const AljPoolDevice *wanted = g_ptr_array_index(pool->devices, j);
            if (alj_lvm_is_same_device(device->path, wanted->path))
                return true;
        }
    }
    return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "cannot find any matching source devices for logical volume group '%s'",
                    group->name);
}

/* Volumes of the pool that are not active and would be activated with their group. (transfer container) */
static GPtrArray *
find_inactive(const AljLvmSource *source, const AljLvmGroup *group)
{
    GPtrArray *inactive = g_ptr_array_new();
    for (guint i = 0; i < group->volumes->len; i++) {
        AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (is_of_pool(source, volume) && !alj_lvm_is_active(volume) && !alj_lvm_skips_activation(volume))
            g_ptr_array_add(inactive, volume);
    }
    return inactive;
}

/* Written down before they are activated: a crash in between is undone by a stop. */
static bool
activate_recorded(AljCall *call, const AljPoolDef *pool, const AljLvmSource *source, const AljLvmGroup *group, GError **error)
{
    g_autoptr(GPtrArray) inactive = find_inactive(source, group);
    if (!alj_lvm_record_begin(call, pool, error))
        return false;
    for (guint i = 0; i < inactive->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(inactive, i);
        if (!alj_lvm_record_add(call, pool, volume->uuid, error))
            return false;
    }
    return activate(call, source, inactive, error);
}

/* Of a start that failed, maybe because its time is over: this has time of its own. */
static void
deactivate_again(AljCall *call, const AljPoolDef *pool)
{
    AljTask own = { 0 }, *given = call->task;
    atomic_store(&own.deadline_usec, g_get_monotonic_time() + UNDO_USEC);
    call->task = &own;
    (void) alj_lvm_pool_stop(call, pool, NULL); /* the failure that led here is the one that is told */
    call->task = given;
}

bool
alj_lvm_pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    AljLvmSource source;
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, error) ? alj_lvm_source_read(call, &source, error) : NULL;
    if (!group || !alj_lvm_check_whole(group, error) || !check_devices(call, pool, group, error))
        return false;
    if (activate_recorded(call, pool, &source, group, error))
        return true;
    deactivate_again(call, pool);
    return false;
}

/* ---- stop ---- */

/* What the pool has activated and is still active, as far as it can go. (transfer container) NULL if one of them is in use. */
static GPtrArray *
find_own(const AljLvmSource *source, const AljLvmGroup *group, GHashTable *recorded, GError **error)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    g_autoptr(GString) open = g_string_new(NULL);
    for (guint i = 0; i < group->volumes->len; i++) {
        AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (!g_hash_table_contains(recorded, volume->uuid) || !alj_lvm_is_active(volume))
            continue;
        g_ptr_array_add(own, volume);
        if (alj_lvm_is_open(volume) && !alj_lvm_is_thin_pool(volume)) /* that is open for its volumes */
            g_string_append_printf(open, "%s%s", open->len > 0 ? ", " : "", volume->name);
    }
    if (open->len == 0)
        return g_steal_pointer(&own);
    alj_fail(error, ALJ_ERROR_BUSY, "volumes of volume group '%s' are in use: %s", group->name, open->str);
    return NULL;
}

/* Of a group that is gone nothing can be deactivated: the pool stops all the same. */
static bool
is_gone(const GError *failure)
{
    return alj_error_is(failure, ALJ_ERROR_CONFIG_UNSUPPORTED);
}

bool
alj_lvm_pool_stop(AljCall *call, const AljPoolDef *pool, GError **error)
{
    AljLvmSource source;
    GError *failure = NULL;
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, &failure) ? alj_lvm_read(call, source.group, &failure) : NULL;
    if (!group && !is_gone(failure)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_clear_error(&failure);
    if (!group) {
        alj_lvm_record_end(call, pool);
        return true;
    }
    g_autoptr(GHashTable) recorded = alj_lvm_record_load(call, pool, error);
    g_autoptr(GPtrArray) own = recorded ? find_own(&source, group, recorded, error) : NULL;
    if (!own || !deactivate(call, &source, own, error))
        return false;
    alj_lvm_record_end(call, pool);
    return true;
}

/* ---- restart of the daemon ---- */

/* A change that was cut short may have left devices suspended: who reads them waits for ever. */
static void
resume(AljCall *call, const AljLvmSource *source, const AljLvmGroup *group)
{
    bool is_suspended = false;
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        is_suspended = is_suspended || alj_lvm_is_suspended(volume) || alj_lvm_is_marked(volume);
    }
    const char *argv[] = { "vgchange", "--refresh", source->group, NULL };
    if (is_suspended)
        (void) alj_lvm_change(call, argv, NULL); /* the scan tells what is still so */
}

/* What the pool had activated and is not active now: a stop was cut short. */
static void
activate_again(AljCall *call, const AljPoolDef *pool, const AljLvmSource *source, const AljLvmGroup *group)
{
    g_autoptr(GPtrArray) inactive = find_inactive(source, group);
    g_autoptr(GHashTable) recorded = alj_lvm_record_load(call, pool, NULL);
    for (guint i = 0; recorded && i < inactive->len;) {
        const AljLvmVolume *volume = g_ptr_array_index(inactive, i);
        if (g_hash_table_contains(recorded, volume->uuid))
            i++;
        else
            g_ptr_array_remove_index(inactive, i);
    }
    if (recorded)
        (void) activate(call, source, inactive, NULL); /* what cannot be, of a group that misses a disk say, is not listed */
}

bool
alj_lvm_pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    AljLvmSource source;
    GError *failure = NULL;
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, &failure) ? alj_lvm_source_read(call, &source, &failure) : NULL;
    *ret_active = group != NULL;
    if (group) {
        resume(call, &source, group);
        activate_again(call, pool, &source, group);
        return true;
    }
    if (!is_gone(failure)) { /* nothing is known: that is not the same as "it is gone" */
        g_propagate_error(error, failure);
        return false;
    }
    g_error_free(failure);
    return true;
}
