/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The units of a SCSI host as volumes of a pool. A unit that was just found gets its block device and its links a moment later, by the
 * kernel and by udev: both are waited for, with a limit, and only if something is missing. Runs on a pool's workers.
 */
#include "backend/luns/luns.h"

#include "backend/blocks/blocks.h"
#include "backend/luns/links.h"
#include "backend/luns/unit.h"
#include "base/task.h"
#include "host/udev.h"

#include <errno.h>
#include <string.h>

#define NODES_USEC (2 * G_TIME_SPAN_SECOND) /* a disk is read (size, partitions) before it has a node */
#define LINKS_USEC (10 * G_TIME_SPAN_SECOND)
#define PAUSE_USEC (10 * G_TIME_SPAN_MILLISECOND)

/* ---- what is there ---- */

static bool
lacks_node(const GPtrArray *luns)
{
    for (guint i = 0; i < luns->len; i++)
        if (!((AljScsiLun *) g_ptr_array_index(luns, i))->node)
            return true;
    return false;
}

static GPtrArray *
wait_for_nodes(AljCall *call, const AljLunHost *lun_host, GError **error)
{
    gint64 end_usec = g_get_monotonic_time() + NODES_USEC;
    for (;;) {
        g_autoptr(GPtrArray) luns = alj_scsi_luns(call->host, lun_host->number);
        if (!alj_task_check(call->task, "scan", error))
            return NULL;
        if (!lacks_node(luns) || g_get_monotonic_time() > end_usec)
            return g_steal_pointer(&luns);
        g_usleep(PAUSE_USEC);
    }
}

static bool
check_target(const AljPoolDef *pool, const GPtrArray *luns, GError **error)
{
    const char *target = pool->target_path;
    if (strcmp(target, "/dev") == 0 || g_str_has_prefix(target, "/dev/"))
        return true;
    for (guint i = 0; i < luns->len; i++) {
        const AljScsiLun *lun = g_ptr_array_index(luns, i);
        if (lun->node)
            return alj_fail(error, ALJ_ERROR_INVALID_ARG, "unable to use target path '%s' for dev '%s'", target, lun->node);
    }
    return true;
}

static bool
lacks_link(const AljLinks *links, const GPtrArray *luns)
{
    for (guint i = 0; i < luns->len; i++) {
        const AljScsiLun *lun = g_ptr_array_index(luns, i);
        g_autofree char *path = lun->node ? alj_links_path(links, lun) : NULL;
        if (lun->node && !path)
            return true;
    }
    return false;
}

/* The directory itself is made with its first link. */
static AljLinks *
wait_for_links(AljCall *call, const AljPoolDef *pool, const GPtrArray *luns, GError **error)
{
    g_autoptr(AljLinks) links = alj_links_read(call, pool, NULL);
    if (links && !lacks_link(links, luns))
        return g_steal_pointer(&links);
    if (!alj_udev_settle(call->host, LINKS_USEC, call->task, error))
        return NULL;
    return alj_links_read(call, pool, error);
}

/* ---- volumes ---- */

static void
add_problem(AljInventory *inventory, const char *name, const char *format, const char *word)
{
    g_autofree char *text = g_strdup_printf("%s: ", name), *why = g_strconcat(format, word ? word : "", NULL);
    g_ptr_array_add(inventory->problems, g_strconcat(text, why, NULL));
    inventory->n_skipped++;
}

static void
add_unit(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, const AljLinks *links, const AljScsiLun *lun,
         AljInventory *inventory)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = alj_unit_name(lun);
    if (!lun->node) {
        add_problem(inventory, name, "the kernel has made no device of it", NULL);
        return;
    }
    g_autofree char *path = alj_links_path(links, lun);
    if (!path) {
        add_problem(inventory, name, "no link leads to it in ", pool->target_path);
        return;
    }
    AljVolDef *vol = alj_unit_vol(call, lun_host, lun, path, &error);
    if (!vol) {
        add_problem(inventory, name, error->message, NULL);
        return;
    }
    inventory->live.capacity_bytes += vol->capacity_bytes;
    inventory->live.allocation_bytes += vol->allocation_bytes;
    g_ptr_array_add(inventory->vols, vol);
}

AljInventory *
alj_luns_scan(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, GError **error)
{
    g_autoptr(AljInventory) inventory = alj_inventory_new();
    g_autoptr(GPtrArray) luns = wait_for_nodes(call, lun_host, error);
    if (!luns || !check_target(pool, luns, error))
        return NULL;
    g_autoptr(AljLinks) links = luns->len > 0 ? wait_for_links(call, pool, luns, error) : NULL;
    if (luns->len > 0 && !links)
        return NULL;
    for (guint i = 0; i < luns->len; i++)
        add_unit(call, pool, lun_host, links, g_ptr_array_index(luns, i), inventory);
    return g_steal_pointer(&inventory);
}

AljVolDef *
alj_luns_vol_probe(AljCall *call, const AljPoolDef *pool, const AljLunHost *lun_host, const char *name, GError **error)
{
    g_autoptr(GPtrArray) luns = alj_scsi_luns(call->host, lun_host->number);
    g_autoptr(AljLinks) links = alj_links_read(call, pool, error);
    if (!links)
        return NULL;
    for (guint i = 0; i < luns->len; i++) {
        const AljScsiLun *lun = g_ptr_array_index(luns, i);
        g_autofree char *its_name = alj_unit_name(lun), *path = lun->node ? alj_links_path(links, lun) : NULL;
        if (path && strcmp(its_name, name) == 0)
            return alj_unit_vol(call, lun_host, lun, path, error);
    }
    alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}
