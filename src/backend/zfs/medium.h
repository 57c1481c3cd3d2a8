/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "backend/medium.h"
#include "host/host.h"

/**
 * alj_zfs_medium_new: the bytes of a volume behind its open node. Its size is fixed; what is zeroed takes no room any more.
 * @take_fd: closed with the medium. @name: for messages
 */
AljMedium *alj_zfs_medium_new(AljHost *host, int take_fd, const char *name);
