/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

#include <sys/types.h>

/**
 * alj_listen_open:
 * A listening UNIX socket at @path. What is there from an earlier daemon is removed; the caller holds the lock that says no other
 * runs. @mode: final permissions; never wider than that for a moment. @group: (gid_t) -1 leaves the group.
 * Returns: the descriptor, or -1. Errors: INVALID_ARG (path too long), SYSTEM.
 */
int alj_listen_open(const char *path, mode_t mode, gid_t group, GError **error);

/** AljListenFunc: one socket that the service manager has opened for us. */
typedef void (*AljListenFunc)(int take_fd, bool is_readonly, void *data);

/**
 * alj_listen_inherited:
 * Calls @func for every socket handed over by the service manager; read-only are those whose unit or path ends in "-ro".
 * Returns: how many, or -1. Errors: SYSTEM, INVALID_ARG (a descriptor that is no listening UNIX socket).
 */
int alj_listen_inherited(AljListenFunc func, void *data, GError **error);
