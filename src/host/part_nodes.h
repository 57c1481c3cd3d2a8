/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partitions as the kernel knows them: block devices of their own, each added and removed by itself (BLKPG), so that those in
 * use need not stop. Nodes in /dev appear and vanish by devtmpfs or udev; none is made here. Any thread.
 */
#pragma once

#include "base/task.h"
#include "host/partitions.h"

#include <sys/types.h>

/** AljDisk: an open block device that has partitions, or may get some. */
typedef struct AljDisk {
    int fd;            /* -1: not open */
    dev_t device;
    bool is_block;     /* an image file has a table, but no nodes */
    char *path;        /* as the definition names it */
    char *sys_name;    /* (nullable) the kernel's name: "loop0", "cciss/c0d0" */
} AljDisk;

#define ALJ_DISK_INIT { .fd = -1 }

/** alj_disk_open: @flags: as for alj_block_open(). Errors: of alj_block_open(). */
bool alj_disk_open(AljHost *host, const char *path, int flags, AljDisk *ret, GError **error);
void alj_disk_clear(AljDisk *disk);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljDisk, alj_disk_clear)

/**
 * alj_disk_lock: takes the lock that programs hold while they change a disk's table, until the disk is closed.
 * Errors: BUSY "'D' is locked by another program", ABORTED, TIMEOUT. Source: systemd, BLOCK_DEVICE_LOCKING.
 */
bool alj_disk_lock(AljHost *host, const AljDisk *disk, const AljTask *task, GError **error);

/**
 * alj_disk_part_path: the node of partition @number: what the kernel calls it, or will call it. (transfer full)
 */
char *alj_disk_part_path(const AljDisk *disk, unsigned number);

/** alj_disk_knows: whether the kernel has the partition at exactly that place. */
bool alj_disk_knows(const AljDisk *disk, const AljPart *part);

/** alj_disk_is_part: whether @device, a node that was opened by whatever name, is that partition of the disk. */
bool alj_disk_is_part(const AljDisk *disk, const AljPart *part, dev_t device);

/** alj_disk_known: numbers of all partitions the kernel has of the disk, whatever the table says: GArray of unsigned. */
GArray *alj_disk_known(const AljDisk *disk);

/**
 * alj_disk_add, alj_disk_remove:
 * Makes the kernel know, or forget, one partition. One that is there, or gone, already is success.
 * @sector_bytes: of the disk
 * Errors: BUSY "partition 'P' is in use" (somebody has it open), SYSTEM "cannot add partition N of 'D': …".
 */
bool alj_disk_add(AljHost *host, const AljDisk *disk, const AljPart *part, unsigned sector_bytes, GError **error);
bool alj_disk_remove(AljHost *host, const AljDisk *disk, unsigned number, GError **error);

/**
 * alj_disk_resize: the kernel's partition gets the size of @part; those that have it open see it at once, and keep it open.
 * Errors: SYSTEM "cannot resize partition N of 'D': …".
 */
bool alj_disk_resize(AljHost *host, const AljDisk *disk, const AljPart *part, GError **error);

/** alj_disk_restore: alj_disk_add() for undoing: passes no gate and tells no failure. */
void alj_disk_restore(const AljDisk *disk, const AljPart *part, unsigned sector_bytes);

/** alj_disk_reshape: alj_disk_resize() for undoing. */
void alj_disk_reshape(const AljDisk *disk, const AljPart *part);

/** alj_disk_forget: alj_disk_remove() for undoing. */
void alj_disk_forget(const AljDisk *disk, unsigned number);
