/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The backend of a type whose module is not installed. A pool is then a definition and nothing more, and no other place has to
 * ask whether there is a backend. Pure; any thread.
 */
#include "core/absent.h"

static bool
fail_absent(const AljPoolDef *pool, GError **error)
{
    const char *type = alj_pool_type_info(pool->type)->name;
    return alj_fail(error, ALJ_ERROR_NO_SUPPORT,
                    "no backend for pool type '%s' is installed (aljibe-backend-%s.so), so pool '%s' can only be defined", type,
                    type, pool->name);
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    (void) fail_absent(pool, error);
    return NULL;
}

static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    *ret_active = false; /* whatever it was under a daemon that could: we cannot look */
    return true;
}

static bool
pool_change(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    return fail_absent(pool, error);
}

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    return fail_absent(pool, error);
}

#define ROW(row_type)                                                                                        \
    [row_type] = { .abi = ALJ_BACKEND_ABI, .struct_size = sizeof(AljBackend), .type = (row_type),            \
                   .summary = "not installed", .scan = scan, .pool_probe = pool_probe, .pool_start = pool_start, \
                   .pool_build = pool_change, .pool_delete = pool_change }

const AljBackend *
alj_backend_absent(AljPoolType type)
{
    static const AljBackend rows[ALJ_N_POOL_TYPES] = {
        ROW(ALJ_POOL_DIR),      ROW(ALJ_POOL_FS),           ROW(ALJ_POOL_NETFS), ROW(ALJ_POOL_LOGICAL),
        ROW(ALJ_POOL_DISK),     ROW(ALJ_POOL_ISCSI),        ROW(ALJ_POOL_SCSI),  ROW(ALJ_POOL_ISCSI_DIRECT),
        ROW(ALJ_POOL_MPATH),    ROW(ALJ_POOL_RBD),          ROW(ALJ_POOL_ZFS),   ROW(ALJ_POOL_SHEEPDOG),
        ROW(ALJ_POOL_GLUSTER),  ROW(ALJ_POOL_VSTORAGE),
    };
    return &rows[type];
}
