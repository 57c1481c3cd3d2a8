/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SCSI hosts and units in sysfs. Owns nothing; any thread. */
#include "host/scsi.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#define DEVICES       "/sys/bus/scsi/devices"
#define HOSTS         "/sys/class/scsi_host"
#define TYPE_DISK     "0"
#define TYPE_ROM      "5"
#define SYS_UNIT      512 /* of `size` in sysfs, whatever the sectors are */
#define PAGE_MAX      65540
#define ALL_OF_IT     "- - -"
#define RESCAN_USEC   (30 * G_USEC_PER_SEC)

void
alj_scsi_lun_free(AljScsiLun *lun)
{
    if (!lun)
        return;
    g_free(lun->node);
    alj_scsi_identity_clear(&lun->identity);
    g_free(lun);
}

bool
alj_scsi_host_number(const char *name, unsigned *ret_number)
{
    const char *digits = name + strlen("host");
    uint64_t number;
    if (!g_str_has_prefix(name, "host") || !alj_sys_number(&digits, '\0', &number) || number > UINT32_MAX)
        return false;
    *ret_number = (unsigned) number;
    return true;
}

/* ---- units ---- */

/* "HOST:BUS:TARGET:LUN" */
static bool
read_address(const char *name, unsigned number, AljScsiLun *lun)
{
    uint64_t host, bus, target;
    if (!alj_sys_number(&name, ':', &host) || !alj_sys_number(&name, ':', &bus) || !alj_sys_number(&name, ':', &target)
        || !alj_sys_number(&name, '\0', &lun->lun) || host != number || bus > UINT32_MAX || target > UINT32_MAX)
        return false;
    lun->bus = (unsigned) bus;
    lun->target = (unsigned) target;
    return true;
}

static void
read_identity(AljHost *host, const char *dir, AljScsiLun *lun)
{
    g_autoptr(GBytes) page83 = alj_sys_bytes(host, dir, "vpd_pg83", PAGE_MAX);
    g_autoptr(GBytes) page80 = alj_sys_bytes(host, dir, "vpd_pg80", PAGE_MAX);
    g_autofree char *vendor = alj_sys_attr(host, dir, "vendor"), *model = alj_sys_attr(host, dir, "model");
    alj_scsi_identify(page83, page80, vendor, model, &lun->identity);
}

static void
read_block(AljHost *host, const char *dir, AljScsiLun *lun)
{
    g_autofree char *blocks = g_build_filename(dir, "block", NULL);
    g_auto(GStrv) names = alj_sys_names(host, blocks);
    if (!names[0])
        return;
    g_autofree char *block = g_build_filename(blocks, names[0], NULL);
    g_autofree char *size = alj_sys_attr(host, block, "size");
    const char *digits = size ? size : "";
    uint64_t units;
    if (!alj_sys_number(&digits, '\0', &units) || units > INT64_MAX / SYS_UNIT)
        return;
    lun->size_bytes = units * SYS_UNIT;
    lun->node = g_strdelimit(g_strdup(names[0]), "!", '/'); /* sysfs has no slashes in names */
}

/* The unit in directory @name of sysfs, or NULL if it is of another host, or neither disk nor CD drive. */
static AljScsiLun *
read_lun(AljHost *host, unsigned number, const char *name)
{
    g_autoptr(AljScsiLun) lun = g_new0(AljScsiLun, 1);
    g_autofree char *dir = g_build_filename(DEVICES, name, NULL);
    g_autofree char *type = read_address(name, number, lun) ? alj_sys_attr(host, dir, "type") : NULL;
    if (!type || (strcmp(type, TYPE_DISK) != 0 && strcmp(type, TYPE_ROM) != 0))
        return NULL;
    lun->is_disk = strcmp(type, TYPE_DISK) == 0;
    read_block(host, dir, lun);
    read_identity(host, dir, lun);
    return g_steal_pointer(&lun);
}

static int
compare_luns(const void *a, const void *b)
{
    const AljScsiLun *first = *(AljScsiLun *const *) a, *second = *(AljScsiLun *const *) b;
    if (first->bus != second->bus)
        return first->bus < second->bus ? -1 : 1;
    if (first->target != second->target)
        return first->target < second->target ? -1 : 1;
    return first->lun < second->lun ? -1 : first->lun > second->lun;
}

GPtrArray *
alj_scsi_luns(AljHost *host, unsigned number)
{
    GPtrArray *luns = g_ptr_array_new_with_free_func((GDestroyNotify) alj_scsi_lun_free);
    g_auto(GStrv) names = alj_sys_names(host, DEVICES);
    for (char **name = names; *name; name++) {
        AljScsiLun *lun = read_lun(host, number, *name);
        if (lun)
            g_ptr_array_add(luns, lun);
    }
    g_ptr_array_sort(luns, compare_luns);
    return luns;
}

AljScsiLun *
alj_scsi_lun_of_device(AljHost *host, unsigned number, dev_t device)
{
    g_autofree char *link = g_strdup_printf("/sys/dev/block/%u:%u/device", major(device), minor(device));
    g_autofree char *at = alj_sys_resolve(host, link);
    g_autofree char *name = at ? g_path_get_basename(at) : NULL;
    return name ? read_lun(host, number, name) : NULL;
}

/* ---- hosts ---- */

bool
alj_scsi_rescan(AljHost *host, unsigned number, const AljTask *task, GError **error)
{
    g_autofree char *path = g_strdup_printf(HOSTS "/host%u/scan", number);
    int failed = alj_sys_write(host, path, ALL_OF_IT, RESCAN_USEC, task);
    if (failed == ETIMEDOUT)
        return alj_fail(error, ALJ_ERROR_TIMEOUT, "SCSI host%u did not find all its units within %d s", number,
                        (int) (RESCAN_USEC / G_USEC_PER_SEC));
    if (failed == ECANCELED && !alj_task_check(task, "scan", error))
        return false;
    if (failed == ENOENT || failed == EACCES)
        return alj_fail_errno(error, failed, "Could not open '%s' to trigger host scan", path);
    return !failed || alj_fail_errno(error, failed, "Write to '%s' to trigger host scan failed", path);
}

bool
alj_scsi_host_exists(AljHost *host, unsigned number)
{
    g_autofree char *path = g_strdup_printf(HOSTS "/host%u", number);
    return alj_sys_exists(host, path);
}

static bool
is_child_of(AljHost *host, const char *name, const char *address, unsigned unique_id)
{
    g_autofree char *dir = g_build_filename(HOSTS, name, NULL), *parent = g_strdup_printf("/%s/", address);
    g_autofree char *at = alj_sys_resolve(host, dir), *text = alj_sys_attr(host, dir, "unique_id");
    const char *digits = text ? text : "";
    uint64_t id;
    return at && strstr(at, parent) && alj_sys_number(&digits, '\0', &id) && id == unique_id;
}

bool
alj_scsi_find_by_parent(AljHost *host, const char *address, unsigned unique_id, unsigned *ret_number)
{
    g_auto(GStrv) names = alj_sys_names(host, HOSTS);
    for (char **name = names; *name; name++)
        if (is_child_of(host, *name, address, unique_id) && alj_scsi_host_number(*name, ret_number))
            return true;
    return false;
}
