/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a pool that is a mount: what is mounted where decides whether it runs, not what anybody remembers. Owns nothing. Runs
 * on a pool's workers.
 */
#include "backend/mounted/mounted.h"

#include "backend/files/files.h"
#include "base/guard.h"
#include "host/files.h"

#include <errno.h>
#include <string.h>

/* Guests' images are nobody's programs or devices. A definition can lift each by its contrary, which comes later. */
#define SAFE_OPTIONS "nodev,nosuid,noexec"

/* ---- options ---- */

/* With some options mount does something else, to whatever is mounted there already, or later and unseen. */
bool
alj_mounted_check_options(const AljPoolDef *pool, GError **error)
{
    static const char *const others[] = { "remount", "bind", "rbind", "move", NULL };
    for (guint i = 0; i < pool->options->len; i++) {
        const AljPoolOption *option = g_ptr_array_index(pool->options, i);
        g_auto(GStrv) words = g_strsplit(option->name, ",", -1);
        for (char **word = words; *word; word++) {
            if (g_strv_contains(others, *word))
                return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "mount option '%s' does not mount the source device", *word);
            if (strcmp(*word, "bg") == 0)
                return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "with mount option 'bg' nobody could tell whether the pool "
                                "has started");
        }
    }
    return true;
}

char *
alj_mounted_options(const AljPoolDef *pool, const char *more)
{
    GString *options = g_string_new(SAFE_OPTIONS);
    if (more && *more)
        g_string_append_printf(options, ",%s", more);
    for (guint i = 0; i < pool->options->len; i++) {
        const AljPoolOption *option = g_ptr_array_index(pool->options, i);
        g_string_append_printf(options, ",%s", option->name);
    }
    return g_string_free(options, FALSE);
}

/* ---- looking ---- */

bool
alj_mounted_check(AljCall *call, const AljPoolDef *pool, const char *source, GError **error)
{
    AljMounted mounted;
    if (!alj_mount_look(call->host, source, pool->target_path, &mounted, error))
        return false;
    if (mounted == ALJ_MOUNTED_HIDDEN)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "something else is mounted over '%s'", pool->target_path);
    return mounted == ALJ_MOUNTED_HERE
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is not mounted on '%s' any more; mount it, or destroy and start the pool",
                    source, pool->target_path);
}

bool
alj_mounted_probe(AljCall *call, const AljPoolDef *pool, const char *source, bool *ret_active, GError **error)
{
    AljMounted mounted;
    if (!alj_mount_look(call->host, source, pool->target_path, &mounted, error))
        return false;
    *ret_active = mounted != ALJ_MOUNTED_NOT;
    return true;
}

/* ---- start and stop ---- */

static bool
check_target(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GError) failure = NULL;
    alj_autofd fd = alj_dir_open(call->host, pool->target_path, &failure);
    return fd >= 0 || alj_fail(error, ALJ_ERROR_BAD_STATE, "%s%s", failure->message,
                               alj_error_errno(failure) == ENOENT ? "; pool-build makes it" : "");
}

bool
alj_mounted_start(AljCall *call, const AljPoolDef *pool, const AljMountRequest *request, GError **error)
{
    AljMounted mounted;
    if (!alj_mount_look(call->host, request->source, pool->target_path, &mounted, error))
        return false;
    if (mounted != ALJ_MOUNTED_NOT) /* by whomever */
        return alj_mounted_check(call, pool, request->source, error);
    return alj_mounted_check_options(pool, error) && check_target(call, pool, error)
        && alj_mount_attach(call->host, request, call->task, error);
}

bool
alj_mounted_stop(AljCall *call, const AljPoolDef *pool, const char *source, GError **error)
{
    AljMounted mounted;
    if (!alj_mount_look(call->host, source, pool->target_path, &mounted, error))
        return false;
    if (mounted == ALJ_MOUNTED_HIDDEN) /* umount would take the other one */
        return alj_fail(error, ALJ_ERROR_BUSY, "something else is mounted over '%s'; unmount that first", pool->target_path);
    return mounted == ALJ_MOUNTED_NOT || alj_mount_detach(call->host, pool->target_path, call->task, error);
}

bool
alj_mounted_delete(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    return alj_dir_remove(call->host, pool->target_path, error);
}

/* ---- scan ---- */

AljInventory *
alj_mounted_scan(AljCall *call, const AljPoolDef *pool, const char *source, const AljInventory *old, GError **error)
{
    if (!alj_mounted_check(call, pool, source, error))
        return NULL;
    g_autoptr(AljInventory) inventory = alj_files_scan(call, pool, old, error);
    if (!inventory || !alj_mounted_check(call, pool, source, error))
        return NULL;
    return g_steal_pointer(&inventory);
}
