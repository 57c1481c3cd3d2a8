/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "backend/backend.h"

/**
 * alj_backend_absent:
 * What stands in for the backend of @type where its module is not installed: definitions can be kept, listed and printed, and
 * everything that would need the storage fails with NO_SUPPORT and says what is missing. Static.
 */
const AljBackend *alj_backend_absent(AljPoolType type);
