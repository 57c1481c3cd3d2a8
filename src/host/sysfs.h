/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes of devices in sysfs. What is read may be gone the next moment, and then it is as if it had never been: reading
 * tells no failure. Paths begin with "/sys/" (or lead to the like in "/proc/"). Any thread; reading does not wait for a device.
 */
#pragma once

#include "base/task.h"
#include "host/host.h"

#include <stdint.h>

/** alj_sys_attr: one line of text, without its newline and what follows it. NULL: there is none. (transfer full) */
char *alj_sys_attr(AljHost *host, const char *dir, const char *name);

/** alj_sys_bytes: what the attribute holds, at most @max bytes. NULL: there is none. (transfer full) */
GBytes *alj_sys_bytes(AljHost *host, const char *dir, const char *name, size_t max);

/** alj_sys_names: sorted names in the directory; NULL-terminated, empty if there is no such directory. (transfer full) */
char **alj_sys_names(AljHost *host, const char *dir);

/** alj_sys_resolve: the path that @path leads to, without links. NULL: nowhere. (transfer full) */
char *alj_sys_resolve(AljHost *host, const char *path);

/** alj_sys_exists: whether there is such an entry. */
bool alj_sys_exists(AljHost *host, const char *path);

/**
 * alj_sys_write:
 * @usec: how long to wait for the device, which may never be done
 * @task: (nullable) ends the wait, too
 * Gives an attribute a value. Returns: 0 or the errno; ETIMEDOUT or ECANCELED if it may still be written, some day.
 */
int alj_sys_write(AljHost *host, const char *path, const char *text, gint64 usec, const AljTask *task);

/** alj_sys_number: decimal number at *@text, and behind it @end; moves *@text behind that. False: there is none such. */
bool alj_sys_number(const char **text, char end, uint64_t *ret);
