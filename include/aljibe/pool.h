/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ALJIBE_POOL_H
#define ALJIBE_POOL_H

#include <aljibe/conn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ALJIBE_UUID_TEXT_SIZE 37

enum { /* aljibe_pool_define_xml */
    ALJIBE_POOL_DEFINE_VALIDATE = 1
};
enum { /* aljibe_pool_create_xml, aljibe_pool_start */
    ALJIBE_POOL_START_BUILD = 1,
    ALJIBE_POOL_START_OVERWRITE = 2,
    ALJIBE_POOL_START_NO_OVERWRITE = 4
};
enum { /* aljibe_pool_build */
    ALJIBE_POOL_BUILD_NEW = 0,
    ALJIBE_POOL_BUILD_REPAIR = 1,
    ALJIBE_POOL_BUILD_RESIZE = 2,
    ALJIBE_POOL_BUILD_NO_OVERWRITE = 4,
    ALJIBE_POOL_BUILD_OVERWRITE = 8
};
enum { ALJIBE_POOL_DELETE_ZEROED = 1 };
enum { ALJIBE_POOL_XML_INACTIVE = 1 };
enum { /* aljibe_conn_list_pools; groups are and-ed, bits of one group or-ed */
    ALJIBE_LIST_INACTIVE = 1,
    ALJIBE_LIST_ACTIVE = 2,
    ALJIBE_LIST_PERSISTENT = 4,
    ALJIBE_LIST_TRANSIENT = 8,
    ALJIBE_LIST_AUTOSTART = 16,
    ALJIBE_LIST_NO_AUTOSTART = 32,
    ALJIBE_LIST_DIR = 64,
    ALJIBE_LIST_FS = 128,
    ALJIBE_LIST_NETFS = 256,
    ALJIBE_LIST_LOGICAL = 512,
    ALJIBE_LIST_DISK = 1024,
    ALJIBE_LIST_ISCSI = 2048,
    ALJIBE_LIST_SCSI = 4096,
    ALJIBE_LIST_MPATH = 8192,
    ALJIBE_LIST_RBD = 16384,
    ALJIBE_LIST_SHEEPDOG = 32768,
    ALJIBE_LIST_GLUSTER = 65536,
    ALJIBE_LIST_ZFS = 131072,
    ALJIBE_LIST_VSTORAGE = 262144,
    ALJIBE_LIST_ISCSI_DIRECT = 524288
};

/** AljibePoolState: sizes are known while a pool is running or degraded. Newer servers may answer other numbers. Since: 0.1 */
typedef enum AljibePoolState {
    ALJIBE_POOL_INACTIVE = 0,
    ALJIBE_POOL_BUILDING = 1,
    ALJIBE_POOL_RUNNING = 2,
    ALJIBE_POOL_DEGRADED = 3,
    ALJIBE_POOL_INACCESSIBLE = 4
} AljibePoolState;

typedef struct AljibePoolInfo {
    int state; /* an AljibePoolState */
    uint64_t capacity_bytes, allocation_bytes, available_bytes;
} AljibePoolInfo;

/**
 * aljibe_conn_list_pools:
 * @flags: ALJIBE_LIST_…, 0 for all
 * @ret_pools: an array of handles, ended by NULL; unref each and free() the array. May be NULL to count.
 * Returns the count or -1. Since: 0.1
 */
ALJIBE_API int aljibe_conn_list_pools(AljibeConn *conn, unsigned flags, AljibePool ***ret_pools, AljibeError **ret_error);

/** aljibe_pool_lookup_by_name: ALJIBE_ERR_NO_POOL if there is none. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_pool_lookup_by_name(AljibeConn *conn, const char *name, AljibeError **ret_error);

/** aljibe_pool_lookup_by_uuid: @uuid as text. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_pool_lookup_by_uuid(AljibeConn *conn, const char *uuid, AljibeError **ret_error);

/** aljibe_pool_lookup_by_target_path: the active pool whose target is @path. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_pool_lookup_by_target_path(AljibeConn *conn, const char *path, AljibeError **ret_error);

/** aljibe_pool_ref: one more reference to @pool (NULL: nothing). Returns @pool. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_pool_ref(AljibePool *pool);

/** aljibe_pool_unref: NULL is allowed. The server does not notice: a handle is a name and a UUID. Since: 0.1 */
ALJIBE_API void aljibe_pool_unref(AljibePool *pool);

/** aljibe_pool_get_name: from the handle, no call; valid as long as it. Since: 0.1 */
ALJIBE_API const char *aljibe_pool_get_name(AljibePool *pool);

/** aljibe_pool_get_uuid: as text, from the handle, no call; valid as long as it. Since: 0.1 */
ALJIBE_API const char *aljibe_pool_get_uuid(AljibePool *pool);

/** aljibe_pool_get_conn: borrowed. Since: 0.1 */
ALJIBE_API AljibeConn *aljibe_pool_get_conn(AljibePool *pool);

/** aljibe_pool_create_xml: makes and starts a transient pool. @flags: ALJIBE_POOL_START_…. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_pool_create_xml(AljibeConn *conn, const char *xml, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_define_xml: keeps the definition; an existing pool of that name and UUID gets it. @flags: ALJIBE_POOL_DEFINE_…. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_pool_define_xml(AljibeConn *conn, const char *xml, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_start: @flags: ALJIBE_POOL_START_…. Since: 0.1 */
ALJIBE_API int aljibe_pool_start(AljibePool *pool, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_build: makes the directory, file system, volume group … of the pool. @flags: ALJIBE_POOL_BUILD_…. Since: 0.1 */
ALJIBE_API int aljibe_pool_build(AljibePool *pool, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_stop: virsh's pool-destroy; nothing on storage is removed. Since: 0.1 */
ALJIBE_API int aljibe_pool_stop(AljibePool *pool, AljibeError **ret_error);

/** aljibe_pool_delete: removes what build made. @flags: ALJIBE_POOL_DELETE_…. Since: 0.1 */
ALJIBE_API int aljibe_pool_delete(AljibePool *pool, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_undefine: forgets the definition; nothing on storage is removed. Since: 0.1 */
ALJIBE_API int aljibe_pool_undefine(AljibePool *pool, AljibeError **ret_error);

/** aljibe_pool_refresh: reads the pool again. @flags: 0. Since: 0.1 */
ALJIBE_API int aljibe_pool_refresh(AljibePool *pool, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_get_info: state and sizes. Since: 0.1 */
ALJIBE_API int aljibe_pool_get_info(AljibePool *pool, AljibePoolInfo *ret_info, AljibeError **ret_error);

/** aljibe_pool_get_xml: the definition in use; with ALJIBE_POOL_XML_INACTIVE the one kept for the next start. Since: 0.1 */
ALJIBE_API char *aljibe_pool_get_xml(AljibePool *pool, unsigned flags, AljibeError **ret_error);

/** aljibe_pool_is_active: 1, 0, or -1. Since: 0.1 */
ALJIBE_API int aljibe_pool_is_active(AljibePool *pool, AljibeError **ret_error);

/** aljibe_pool_is_persistent: 1 if it has a definition that is kept, 0, or -1. Since: 0.1 */
ALJIBE_API int aljibe_pool_is_persistent(AljibePool *pool, AljibeError **ret_error);

/** aljibe_pool_get_autostart: 1, 0, or -1. Since: 0.1 */
ALJIBE_API int aljibe_pool_get_autostart(AljibePool *pool, AljibeError **ret_error);

/** aljibe_pool_set_autostart: @autostart 0 or not. Since: 0.1 */
ALJIBE_API int aljibe_pool_set_autostart(AljibePool *pool, int autostart, AljibeError **ret_error);

#ifdef __cplusplus
}
#endif
#endif
