/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kind of a file system promises, as far as we rely on it. Owns nothing. Asks the kernel once per question, which can
 * wait for a server: a pool's workers.
 */
#include "host/files.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#ifndef F2FS_SUPER_MAGIC
#define F2FS_SUPER_MAGIC 0xF2F52010
#endif
#define ZFS_SUPER_MAGIC 0x2fc12fc1 /* OpenZFS include/os/linux/zfs/sys/zfs_vfsops_os.h */

#define EXFAT_MAGIC     0x2011BAB0 /* linux fs/exfat/exfat_raw.h */

enum { IS_LOCAL = 1, KEEPS_INODE = 2, COUNTS_AT_ONCE = 4, RENAMES_AT_ONCE = 8 };

static const struct {
    unsigned long magic;
    unsigned promises;
} kinds[] = {
    { EXT4_SUPER_MAGIC, IS_LOCAL | KEEPS_INODE | COUNTS_AT_ONCE | RENAMES_AT_ONCE }, /* ext2 and ext3, too */
    { XFS_SUPER_MAGIC, IS_LOCAL | KEEPS_INODE | COUNTS_AT_ONCE | RENAMES_AT_ONCE },
    { BTRFS_SUPER_MAGIC, IS_LOCAL | KEEPS_INODE | COUNTS_AT_ONCE | RENAMES_AT_ONCE },
    { TMPFS_MAGIC, IS_LOCAL | KEEPS_INODE | COUNTS_AT_ONCE | RENAMES_AT_ONCE },
    { RAMFS_MAGIC, IS_LOCAL | KEEPS_INODE | RENAMES_AT_ONCE },
    { F2FS_SUPER_MAGIC, IS_LOCAL | KEEPS_INODE | RENAMES_AT_ONCE },
    { ZFS_SUPER_MAGIC, IS_LOCAL | KEEPS_INODE | RENAMES_AT_ONCE },
    { OVERLAYFS_SUPER_MAGIC, IS_LOCAL | RENAMES_AT_ONCE },
    { MSDOS_SUPER_MAGIC, RENAMES_AT_ONCE },
    { EXFAT_MAGIC, RENAMES_AT_ONCE },
};

static bool
promises(int dir_fd, unsigned what)
{
    struct statfs fs;
    if (fstatfs(dir_fd, &fs) < 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if ((unsigned long) fs.f_type == kinds[i].magic)
            return kinds[i].promises & what;
    return false;
}

bool
alj_dir_is_local(int dir_fd)
{
    return promises(dir_fd, IS_LOCAL);
}

bool
alj_dir_keeps_inode(int dir_fd)
{
    return promises(dir_fd, KEEPS_INODE);
}

bool
alj_dir_counts_at_once(int dir_fd)
{
    return promises(dir_fd, COUNTS_AT_ONCE);
}

bool
alj_dir_renames_at_once(int dir_fd)
{
    return promises(dir_fd, RENAMES_AT_ONCE);
}
