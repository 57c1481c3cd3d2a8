/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type gluster: a directory of a gluster volume, reached through libgfapi without being mounted; its files are the volumes.
 * This is the life of the pool itself. Starting one is reading it; and after a restart of the daemon one that was running runs,
 * whether or not its server answers at that moment. Runs on a pool's workers.
 */
#include "backend/gluster/volume.h"

#include "backend/gluster_volumes.h"

static const AljTool tools[] = { { "gluster", "glusterfs-server", "finding the volumes of a server" }, { 0 } };

/* The flags are about file systems on devices, which there are none of here; libvirt does not look at them either. */
static bool
pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    return alj_gluster_place_make(call, pool, error);
}

static bool
pool_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    return alj_gluster_place_remove(call, pool, error);
}

static GPtrArray *
sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    const AljPoolHost *host = g_ptr_array_index(spec->hosts, 0);
    g_autoptr(GError) failure = NULL;
    g_auto(GStrv) names = alj_gluster_volumes(call, host->name, &failure);
    if (!names && alj_error_is(failure, ALJ_ERROR_TIMEOUT)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (!names || !*names) {
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "no storage pools were found on host '%s'", host->name);
        return NULL;
    }
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    for (char **name = names; *name; name++) {
        AljPoolDef *source = alj_pool_def_new(ALJ_POOL_GLUSTER);
        alj_pool_def_add_host(source, host->name, host->port);
        source->source_dir = g_strdup("/");
        source->source_name = g_strdup(*name);
        g_ptr_array_add(found, source);
    }
    return found;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_GLUSTER, .summary = "a directory of a gluster volume",
                   .traits = ALJ_TRAIT_REMOTE | ALJ_TRAIT_SHARED | ALJ_TRAIT_KEEPS_TOTALS, .tools = tools,
                   .connect = alj_gluster_connect, .disconnect = alj_gluster_disconnect,
                   .pool_build = pool_build, .pool_delete = pool_delete, .sources = sources,
                   .scan = alj_gluster_scan, .vol_probe = alj_gluster_vol_probe, .vol_stat = alj_gluster_vol_stat,
                   .vol_plan = alj_gluster_vol_plan, .vol_create = alj_gluster_vol_create, .vol_copy = alj_gluster_vol_copy,
                   .vol_resize = alj_gluster_vol_resize, .vol_delete = alj_gluster_vol_delete,
                   .vol_wipe = alj_gluster_vol_wipe, .vol_open = alj_gluster_vol_open);
