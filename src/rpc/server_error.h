/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

#include <stdint.h>

/** ALJ_SERVER_ERROR: a GError domain: the code is the number on the wire, the message is the whole sentence. */
#define ALJ_SERVER_ERROR (alj_server_error_quark())
GQuark alj_server_error_quark(void);

/** alj_server_error_decode: an error payload as a GError. Returns: always a new error. (transfer full) */
GError *alj_server_error_decode(const uint8_t *payload, size_t size);

/** alj_server_error_is: whether @error is a server's, and means @code. */
bool alj_server_error_is(const GError *error, AljError code);
