/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Block devices in sysfs: loop devices, and the files or devices they stand on. Any thread. */
#include "host/block_users.h"
#include "host/blocks.h"

#include "base/guard.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SYS_BLOCK "/sys/block"

char *
alj_block_sys_path(dev_t device, const char *below)
{
    return g_strdup_printf("/sys/dev/block/%u:%u/%s", major(device), minor(device), below);
}

/* Whether the loop device called @name stands on @file, which may be a device, whatever its node is. */
static bool
is_loop_on(const char *name, const struct stat *file)
{
    struct loop_info64 info = { 0 };
    g_autofree char *path = g_build_filename("/dev", name, NULL);
    alj_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
        return false;
    return S_ISBLK(file->st_mode) ? info.lo_rdevice == file->st_rdev
                                  : info.lo_device == file->st_dev && info.lo_inode == file->st_ino;
}

bool
alj_block_stands_on(dev_t device, const struct stat *file)
{
    g_autofree char *loop = alj_block_sys_path(device, "loop"), *link = alj_block_sys_path(device, "");
    g_autofree char *at = access(loop, F_OK) == 0 ? realpath(link, NULL) : NULL; /* a partition has no such directory */
    g_autofree char *name = at ? g_path_get_basename(at) : NULL;
    return name && is_loop_on(name, file);
}

char *
alj_block_find_loop(const struct stat *st)
{
    g_autoptr(GDir) blocks = g_dir_open(SYS_BLOCK, 0, NULL);
    const char *block;
    while (blocks && (block = g_dir_read_name(blocks))) {
        g_autofree char *loop = g_strdup_printf(SYS_BLOCK "/%s/loop", block);
        if (access(loop, F_OK) == 0 && is_loop_on(block, st))
            return g_strdup_printf("device '%s' stands on it", block);
    }
    return NULL;
}
