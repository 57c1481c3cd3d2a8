/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Command lines of zfs and zpool. They tell what is missing in words only, so after a failure the place where it
 * should be is listed: a dataset is missing if its parent can be listed, or is missing itself. Runs on a pool's workers.
 */
#include "backend/zfs/tool.h"

#include "base/task.h"
#include "host/run.h"
#include "host/zvols.h"

#include <string.h>

#define OUTPUT_MAX (16u << 20) /* a listing of 100,000 volumes */

char *
alj_zfs_run(AljCall *call, const char *const *argv, gint64 timeout_usec, GError **error)
{
    AljRun run = { .argv = argv, .timeout_usec = timeout_usec, .max_output = OUTPUT_MAX };
    return alj_run(call->host, &run, call->task, error);
}

bool
alj_zfs_change(AljCall *call, const char *const *argv, GError **error)
{
    g_autofree char *output = alj_zfs_run(call, argv, ALJ_ZFS_CHANGE_USEC, error);
    return output != NULL;
}

static char *
query(AljCall *call, const char *const *argv, GError **error)
{
    return alj_zfs_run(call, argv, ALJ_ZFS_QUERY_USEC, error);
}

char **
alj_zfs_pools(AljCall *call, GError **error)
{
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zpool", "list", "-Hp", "-o", "name"), error);
    return output ? g_strsplit(g_strchomp(output), "\n", -1) : NULL;
}

/* Whether there is surely no dataset @name. */
static bool
is_missing(AljCall *call, const char *name)
{
    const char *slash = strrchr(name, '/');
    g_auto(GStrv) names = NULL;
    if (!slash) {
        names = alj_zfs_pools(call, NULL);
        return names && !g_strv_contains((const char *const *) names, name);
    }
    g_autofree char *parent = g_strndup(name, (gsize) (slash - name));
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zfs", "list", "-Hp", "-d", "1", "-t", "filesystem,volume", "-o", "name",
                                                       parent), NULL);
    if (!output)
        return is_missing(call, parent);
    names = g_strsplit(output, "\n", -1);
    return !g_strv_contains((const char *const *) names, name);
}

bool
alj_zfs_check_state(AljCall *call, const char *name, GError **error)
{
    g_autofree char *zpool = alj_zfs_zpool(name);
    return !alj_zpool_is_suspended(call->host, zpool)
        || alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "zfs pool '%s' is suspended: devices of it fail or are gone, see 'zpool status %s'; "
                    "'zpool clear %s' lets it go on once they are back", zpool, zpool, zpool);
}

bool
alj_zfs_look(AljCall *call, const char *name, AljZfsDataset **ret, GError **error)
{
    GError *failure = NULL;
    if (!alj_zfs_check_state(call, name, error))
        return false;
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zfs", "list", "-Hp", "-t", "filesystem,volume", "-o", ALJ_ZFS_FIELDS,
                                                       name), &failure);
    if (!output && !alj_zfs_check_state(call, name, error)) { /* by now */
        g_error_free(failure);
        return false;
    }
    if (!output && (!alj_error_is(failure, ALJ_ERROR_INTERNAL) || !is_missing(call, name))) {
        g_propagate_error(error, failure);
        return false;
    }
    g_clear_error(&failure);
    *ret = NULL;
    if (!output)
        return true;
    g_autoptr(GPtrArray) datasets = alj_zfs_parse_datasets(output, NULL);
    if (datasets->len != 1 || strcmp(((AljZfsDataset *) g_ptr_array_index(datasets, 0))->name, name) != 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "zfs list does not describe '%s' as expected", name);
    *ret = g_ptr_array_steal_index(datasets, 0);
    return true;
}

GPtrArray *
alj_zfs_list(AljCall *call, const char *name, unsigned *ret_skipped, GError **error)
{
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zfs", "list", "-Hp", "-d", "1", "-t", "filesystem,volume", "-o",
                                                       ALJ_ZFS_FIELDS, name), error);
    return output ? alj_zfs_parse_datasets(output, ret_skipped) : NULL;
}

GPtrArray *
alj_zfs_snapshots(AljCall *call, const char *name, unsigned depth, GError **error)
{
    g_autofree char *levels = g_strdup_printf("%u", depth);
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zfs", "list", "-Hp", "-d", levels, "-t", "snapshot", "-s", "createtxg",
                                                       "-o", ALJ_ZFS_SNAPSHOT_FIELDS, name), error);
    return output ? alj_zfs_parse_snapshots(output) : NULL;
}

bool
alj_zfs_objects(AljCall *call, const char *name, uint64_t *ret, GError **error)
{
    g_autofree char *zpool = alj_zfs_zpool(name);
    if (!alj_zfs_change(call, ALJ_ZFS_ARGV("zpool", "sync", zpool), error)) /* what was written lately is not counted yet */
        return false;
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zfs", "userspace", "-Hpn", "-o", "objused", name), error);
    if (!output)
        return false;
    return alj_zfs_parse_objects(output, ret)
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "zfs does not tell whether there are files in '%s'", name);
}

char *
alj_zfs_zpool(const char *name)
{
    return g_strndup(name, strcspn(name, "/@"));
}

char *
alj_zfs_own_mark(AljCall *call, const char *name)
{
    g_autofree char *output = query(call, ALJ_ZFS_ARGV("zfs", "get", "-Hp", "-s", "local", "-o", "value", ALJ_ZFS_MARK, name),
                                    NULL);
    return output && *g_strchomp(output) ? g_steal_pointer(&output) : NULL;
}
