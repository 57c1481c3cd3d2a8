/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The smallest module: built for the tests as the backend for gluster, with another ABI as the one for zfs, and under a wrong name. */
#include "backend/backend.h"

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    return NULL; /* never called */
}

const AljBackend aljibe_backend = { .abi = ALJ_BACKEND_ABI + MODULE_ABI_SHIFT, .struct_size = MODULE_SIZE,
                                    .type = MODULE_TYPE, .summary = "test", .scan = scan };
