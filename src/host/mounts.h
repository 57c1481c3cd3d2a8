/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is mounted where, in the mount namespace of this process, and changing it. A source is a block device, an image file (mounted
 * through a loop device), or what a network file system calls its source ("HOST:DIR"). All functions may wait for storage;
 * any thread.
 */
#pragma once

#include "base/task.h"
#include "host/host.h"
#include "host/run.h"

#include <sys/types.h>

typedef enum AljMounted {
    ALJ_MOUNTED_NOT,    /* the source is not mounted at the target; maybe something else is */
    ALJ_MOUNTED_HERE,   /* who opens the target now is in its file system */
    ALJ_MOUNTED_HIDDEN, /* it is, but something else is mounted over it */
} AljMounted;

/**
 * alj_mount_look:
 * Whether @source is mounted at @target itself. Asks the kernel only: a server that does not answer is not noticed. Devices are
 * compared by number, image files by what their loop device stands on, so links and other names for either do not matter; what is
 * no file of this host is compared as text.
 * Errors: SYSTEM "cannot read the table of mounts: …", "cannot look at 'TARGET': …". A missing target is ALJ_MOUNTED_NOT.
 */
bool alj_mount_look(AljHost *host, const char *source, const char *target, AljMounted *ret, GError **error);

/** alj_mount_where: a directory at which the block device @device is mounted, or NULL. For messages. (transfer full) */
char *alj_mount_where(AljHost *host, dev_t device);

/**
 * alj_mount_find_missing: the mount point of /etc/fstab that is @path or above it, if nothing is mounted there; else NULL. Who
 * writes to @path then fills the wrong file system. (transfer full)
 */
char *alj_mount_find_missing(AljHost *host, const char *path);

/** AljMountRequest: what mount(8) is told. @source and @target begin with '/' or are checked not to be taken for options. */
typedef struct AljMountRequest {
    const char *source, *target;
    const char *fs_type;  /* or "auto"; NULL: what the source looks like */
    const char *options;  /* joined by commas */
    const int *pass_fds;  /* (nullable) files that the options name as /dev/fd/N; ends with -1 */
    const AljRunName *names; /* (nullable) see AljRun */
} AljMountRequest;

/**
 * alj_mount_attach:
 * Runs mount(8), which knows the helpers of all file systems and sets loop devices up, so that a mount that hangs is
 * a process and not a thread of ours. After an error nothing has been mounted. Errors: those of alj_run().
 */
bool alj_mount_attach(AljHost *host, const AljMountRequest *request, AljTask *task, GError **error);

/**
 * alj_mount_detach: runs umount(8) on @target: one mount, never lazily, never by force. A loop device that mount(8) set up goes
 * too. Errors: those of alj_run().
 */
bool alj_mount_detach(AljHost *host, const char *target, AljTask *task, GError **error);
