/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/**
 * alj_uri_check:
 * @name: (nullable) what a client opens
 * Whether this service is meant: storage:, qemu: and aljibe: URIs with the path /system, or /session when not privileged. The
 * empty name is the service's choice. Hosts and queries are for the transport and not looked at. A client that reached the socket
 * of an unprivileged daemon has named it, so /system is not refused there either.
 * Errors (area NONE): NO_CONNECT for other schemes, INTERNAL for other paths.
 */
bool alj_uri_check(const char *name, bool is_privileged, GError **error);
