/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who uses a device or file, in words for a message. For this folder. */
#pragma once

#include "host/host.h"

#include <sys/stat.h>

/** alj_block_find_user: of the device @st, which is in use. The kernel says no more than that. (transfer full) */
char *alj_block_find_user(AljHost *host, const struct stat *st);

/** alj_block_find_loop: a loop device that stands on the file @st, or NULL. (transfer full) */
char *alj_block_find_loop(const struct stat *st);

/** alj_block_sys_path: the file @below the directory of @device in sysfs. (transfer full) */
char *alj_block_sys_path(dev_t device, const char *below);
