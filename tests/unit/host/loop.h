/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests that need real devices: a loop device of their own, and mounts that nobody else sees. */
#pragma once

#include "tools.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

/**
 * loop_enter_namespace: to be called before there are threads: what this process mounts ends with it.
 * Returns: whether it may mount at all.
 */
static inline bool
loop_enter_namespace(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* The makers of file systems are where users other than root do not look. */
static inline void
loop_find_tools(void)
{
    g_autofree char *path = g_strconcat(g_getenv("PATH"), ":/usr/sbin:/sbin", NULL);
    g_setenv("PATH", path, TRUE);
}

/* Attaches @file to a free loop device. Returns: its path (transfer full), or NULL and the running test skips. */
static inline char *
loop_attach(const Scratch *s, const char *file)
{
    g_autofree char *command = g_strdup_printf("losetup -f --show %s", file);
    char *device = geteuid() == 0 ? scratch_try(s, command) : NULL;
    if (device)
        g_strchomp(device);
    else
        g_test_skip("there are no loop devices");
    return device;
}

static inline void
loop_detach(const Scratch *s, char *take_device)
{
    g_free(scratch_run(s, "losetup -d %s", take_device));
    g_free(take_device);
}
