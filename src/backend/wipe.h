/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Overwriting a volume's bytes over a descriptor, written once for all backends. */
#pragma once

#include "backend/backend.h"

/** alj_wipe_check: whether @how can be done to a local volume at all. Errors: ARGUMENT_UNSUPPORTED, INVALID_ARG. */
bool alj_wipe_check(AljWipe how, GError **error);

/** alj_wipe_bytes: overwrites everything behind @fd, a writable file or device. Errors: those of the check and of alj_data_wipe(). */
bool alj_wipe_bytes(AljCall *call, int fd, const char *path, AljWipe how, GError **error);
