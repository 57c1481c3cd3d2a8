/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes of OpenZFS volumes, and the state of zpools. The kernel calls them zd0, zd16, …; which volume one is, only the node itself says. udev makes a
 * link for each, some time later, and a link may still lead to the volume that had the name before: so who opens a volume
 * here is never given another one. All functions may wait for the medium; any thread.
 */
#pragma once

#include "base/task.h"
#include "host/host.h"

/**
 * alj_zpool_is_suspended: whether the imported zpool @name has stopped all work because its devices fail. Asks the kernel's memory only: it
 * never waits for them. False where that is not known.
 */
bool alj_zpool_is_suspended(AljHost *host, const char *name);

/**
 * alj_zvol_open:
 * Opens the node of volume @dataset: @link once that leads to it, else, where no udev makes links or it does not come in time,
 * the node of the kernel.
 * @flags: as for alj_block_open()
 * @wait_usec: how long a node that is not there yet is waited for
 * Returns: descriptor or -1. Errors: of alj_block_open(), TIMEOUT "volume 'tank/v' has no device node", ABORTED.
 */
int alj_zvol_open(AljHost *host, const char *dataset, const char *link, int flags, gint64 wait_usec, const AljTask *task,
                  GError **error);

/**
 * alj_zvol_is: whether the open node @fd is that of volume @dataset. While it is open zfs does not destroy the volume; it may rename it.
 */
bool alj_zvol_is(AljHost *host, int fd, const char *dataset);

/**
 * alj_zvol_discard:
 * Gives the blocks of all @bytes of the open volume @fd back to its pool: it reads as zeros afterwards, takes no room, and
 * keeps its size. Reports progress. Errors: SYSTEM "cannot discard 'NAME': …", ABORTED, TIMEOUT.
 */
bool alj_zvol_discard(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error);

/**
 * alj_zvol_zero: [offset, offset+bytes) reads as zeros afterwards and, as far as whole blocks are in it, takes no room.
 * Errors: SYSTEM "cannot clear 'NAME': …".
 */
bool alj_zvol_zero(AljHost *host, int fd, const char *name, uint64_t offset, uint64_t bytes, GError **error);
