/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes of logical volumes. A link below /dev may be left from another volume, or lead to another one in the next moment; what it leads
 * to says itself which volume it is. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "backend/blocks/blocks.h"
#include "base/guard.h"
#include "host/sysfs.h"

#include <string.h>
#include <sys/sysmacros.h>

#define KERNEL_PREFIX "LVM-" /* of the kernel's name of a device: behind it the UUIDs of group and volume without their dashes */

static void
append_bare(GString *text, const char *uuid)
{
    for (; *uuid; uuid++)
        if (*uuid != '-')
            g_string_append_c(text, *uuid);
}

int
alj_lvm_open_node(AljCall *call, const AljLvmGroup *group, const AljLvmVolume *volume, const AljVolDef *vol, int open_flags,
                  const char *complaint, GError **error)
{
    struct stat st;
    alj_autofd fd = alj_block_vol_node(call, vol, open_flags, complaint, &st, error);
    if (fd < 0)
        return -1;
    g_autofree char *dir = g_strdup_printf("/sys/dev/block/%u:%u/dm", major(st.st_rdev), minor(st.st_rdev));
    g_autofree char *now = alj_sys_attr(call->host, dir, "uuid");
    g_autoptr(GString) wanted = g_string_new(KERNEL_PREFIX);
    append_bare(wanted, group->uuid);
    append_bare(wanted, volume->uuid);
    if (!now || strcmp(now, wanted->str) == 0) /* what is no mapped device is no other volume */
        return alj_steal_fd(&fd);
    alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' leads to another device than volume '%s'", vol->path, vol->name);
    return -1;
}

bool
alj_lvm_thin_status(AljCall *call, const char *path, const char *uuid, AljDmThin *ret)
{
    struct stat st;
    g_autoptr(GString) tail = g_string_new(NULL);
    append_bare(tail, uuid);
    return alj_host_gate(call->host, "stat node") == 0 && stat(path, &st) == 0 && S_ISBLK(st.st_mode)
        && alj_dm_thin(call->host, st.st_rdev, ret, NULL) && g_str_has_prefix(ret->uuid, KERNEL_PREFIX)
        && g_str_has_suffix(ret->uuid, tail->str);
}
