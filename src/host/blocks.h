/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Block devices and image files as a whole: what is on one, who uses it, and taking one for oneself before it is
 * overwritten. All functions may wait for the medium; any thread. What a device holds is always read anew: nothing here
 * keeps a cache.
 */
#pragma once

#include "base/task.h"
#include "host/host.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

typedef enum AljContentKind {
    ALJ_CONTENT_NONE,        /* nothing that libblkid or libfdisk knows anywhere on it, the backup GPT at its end included */
    ALJ_CONTENT_FS,          /* one file system */
    ALJ_CONTENT_TABLE,       /* one partition table */
    ALJ_CONTENT_MEMBER,      /* part of something else: LVM2_member, crypto_LUKS, linux_raid_member, swap, … */
    ALJ_CONTENT_CONTRADICTS, /* several of these at once */
} AljContentKind;

/** AljContent: what is on a device. Zeroed memory is a valid, empty one. */
typedef struct AljContent {
    AljContentKind kind;
    char **names; /* (owned) NULL-terminated, as libblkid calls them: "ext4", "gpt", …; the protective MBR of a GPT is left out */
} AljContent;

void alj_content_clear(AljContent *content);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljContent, alj_content_clear)

/** alj_content_has: whether @name is among what was found. */
bool alj_content_has(const AljContent *content, const char *name);

/** alj_content_text: the names for a message: "ext4", "LVM2_member, dos". (transfer full) */
char *alj_content_text(const AljContent *content);

/**
 * alj_block_open:
 * Opens the block device or regular file @path; links are followed.
 * @flags: O_RDONLY or O_RDWR. With O_EXCL the device is claimed until the descriptor is closed: that fails if it, or a
 * part of it, is mounted, is swap, is held by another device, or is claimed; a file if a loop device stands on it or a guest
 * writes to it.
 * Programs that claim the device themselves (mkfs, parted) fail meanwhile.
 * @ret_stat: (nullable)
 * Returns: descriptor or -1. Errors: SYSTEM "cannot open '/dev/sdb': …" (ENOTBLK for other kinds), BUSY
 * "'/dev/sdb' is in use: it is mounted on '/srv'".
 */
int alj_block_open(AljHost *host, const char *path, int flags, struct stat *ret_stat, GError **error);

/** alj_block_check_free: alj_block_open() with O_EXCL for the question only. Same errors. */
bool alj_block_check_free(AljHost *host, const char *path, GError **error);

/**
 * alj_block_probe:
 * Looks for everything on the open device or file @fd, damaged superblocks included. @name: for messages.
 * Errors: SYSTEM "cannot read '/dev/sdb': …": then nothing is known, least of all that it is empty.
 */
bool alj_block_probe(AljHost *host, int fd, const char *name, AljContent *ret, GError **error);

/** alj_block_geometry: size and logical sector size (512 for a file) in bytes. Errors: SYSTEM. */
bool alj_block_geometry(AljHost *host, int fd, const char *name, uint64_t *ret_bytes, unsigned *ret_sector_bytes,
                        GError **error);

/**
 * alj_block_wait:
 * Waits until the node @path is there and is a block device, or (@is_there false) until there is none, at most @usec.
 * For the kernel's or udev's work behind a change of partitions; needs no udev.
 * Errors: TIMEOUT, ABORTED.
 */
bool alj_block_wait(AljHost *host, const char *path, bool is_there, gint64 usec, const AljTask *task, GError **error);

/**
 * alj_block_is_whole_disk: whether the node @path is a disk with hardware behind it and not a partition, a loop device or a volume
 * of LVM. Source: the kernel's Documentation/ABI (only such have `device` in sysfs).
 */
bool alj_block_is_whole_disk(const char *path);

/**
 * alj_block_discard_bytes: the size of the blocks that @device gives back when all of one is discarded: parts may be left as they are.
 * 0: it cannot, or does not tell. Source: the kernel's Documentation/ABI, discard_granularity.
 */
uint64_t alj_block_discard_bytes(AljHost *host, dev_t device);

/**
 * alj_block_stands_on: whether @device is a loop device whose file is @file. Told by device and inode, because the name
 * that the kernel shows may mean another file here than where the device was made.
 */
bool alj_block_stands_on(dev_t device, const struct stat *file);
