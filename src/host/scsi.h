/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SCSI hosts and their logical units as the kernel shows them in sysfs. Reading asks no device anything, so it does not wait for one
 * that is dead; a rescan does. Any thread.
 */
#pragma once

#include "base/error.h"
#include "host/scsi_identity.h"
#include "host/sysfs.h"

#include <stdint.h>
#include <sys/types.h>

/** AljScsiLun: a disk or CD drive on a SCSI host. */
typedef struct AljScsiLun {
    unsigned bus, target;
    uint64_t lun;
    bool is_disk;         /* else a CD drive */
    char *node;           /* (nullable) name below /dev; NULL: the kernel has no block device for it (yet) */
    uint64_t size_bytes;  /* of the block device */
    AljScsiIdentity identity;
} AljScsiLun;

void alj_scsi_lun_free(AljScsiLun *lun);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljScsiLun, alj_scsi_lun_free)

/** alj_scsi_luns: all disks and CD drives of host @number, by address. (transfer full, of AljScsiLun) */
GPtrArray *alj_scsi_luns(AljHost *host, unsigned number);

/** alj_scsi_lun_of_device: the unit that block device @device (a whole disk) is, if it is on host @number. NULL: it is none. */
AljScsiLun *alj_scsi_lun_of_device(AljHost *host, unsigned number, dev_t device);

/**
 * alj_scsi_lun_check:
 * @fd: the block device of @lun, a unit of host @number, open
 * Asks the device itself whether it is what the kernel takes it for: the kernel does not notice when an array puts another unit behind an
 * address. If it is not, the kernel is told to read it anew. Waits for the device. Devices that cannot be asked are believed.
 * Errors: BAD_STATE "…", SYSTEM if the device does not answer.
 */
bool alj_scsi_lun_check(AljHost *host, unsigned number, const AljScsiLun *lun, int fd, GError **error);

/**
 * alj_scsi_check_free:
 * @fd: a disk of SCSI or a map of such disks, open; @path: for messages
 * That no other host holds a reservation that forbids to read it, or to write to it (@to_write): without this a transfer would begin, and
 * end with an error of the page cache that says nothing. Waits for the device. What else it answers is not told here.
 * Errors: SYSTEM (EBUSY) "'P' is reserved by another host: …".
 */
bool alj_scsi_check_free(AljHost *host, int fd, const char *path, bool to_write, GError **error);

/**
 * alj_scsi_rescan:
 * Lets the host look for units on all buses and targets, and waits until it has, but not for ever: targets that are gone take long.
 * Errors: SYSTEM "Could not open 'F' to trigger host scan: …", TIMEOUT, ABORTED.
 */
bool alj_scsi_rescan(AljHost *host, unsigned number, const AljTask *task, GError **error);

/** alj_scsi_host_exists: whether there is a host of that number. */
bool alj_scsi_host_exists(AljHost *host, unsigned number);

/** alj_scsi_find_by_parent: the host below PCI device @address ("0000:00:1f.2") with that unique id. False: there is none. */
bool alj_scsi_find_by_parent(AljHost *host, const char *address, unsigned unique_id, unsigned *ret_number);

/** alj_scsi_host_number: the number in a name of sysfs like "host12". False: it is no such name. */
bool alj_scsi_host_number(const char *name, unsigned *ret_number);
