/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/secrets.h"

/** AljLibvirtSecrets: libvirt's secret driver, reached by its sockets. */
typedef struct AljLibvirtSecrets AljLibvirtSecrets;

/** alj_libvirt_secrets_new: @run_dir: where libvirt's daemons have their sockets, "/run/libvirt". Opens nothing. */
AljLibvirtSecrets *alj_libvirt_secrets_new(const char *run_dir);
void alj_libvirt_secrets_free(AljLibvirtSecrets *libvirt);

/** alj_libvirt_secrets_leave_out: @listen_fd is a socket of our own, which is not to be asked. Before anything is. */
void alj_libvirt_secrets_leave_out(AljLibvirtSecrets *libvirt, int listen_fd);

/**
 * alj_libvirt_secrets_ask: the function of an AljSecretDriver.
 * @data: AljLibvirtSecrets
 * Errors (area SECRET): TIMEOUT, OPERATION_FAILED "libvirt's secret driver at 'SOCKET' did not give secret 'X': …"; NO_SECRET "secret 'X'
 * does not have a value".
 */
GBytes *alj_libvirt_secrets_ask(void *data, const AljSecretWant *want, gint64 until_usec, GError **error);
