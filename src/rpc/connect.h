/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * alj_connect_any:
 * @paths: NULL-terminated, of UNIX sockets; the first that answers counts
 * @until_usec: monotonic time after which a server that is too busy to take the connection has failed; -1: never
 * Returns: the connected socket, or -1. Errors: SYSTEM; of several the first that says more than that a socket does not exist.
 */
int alj_connect_any(const char *const *paths, gint64 until_usec, GError **error);

/** alj_connect: the same with one path. */
int alj_connect(const char *path, gint64 until_usec, GError **error);
