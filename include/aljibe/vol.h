/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ALJIBE_VOL_H
#define ALJIBE_VOL_H

#include <aljibe/pool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ALJIBE_VOL_CREATE_PREALLOC_METADATA = 1, ALJIBE_VOL_CREATE_REFLINK = 2, ALJIBE_VOL_CREATE_VALIDATE = 4 };
enum { ALJIBE_VOL_DELETE_ZEROED = 1, ALJIBE_VOL_DELETE_WITH_SNAPSHOTS = 2 };
enum { ALJIBE_VOL_RESIZE_ALLOCATE = 1, ALJIBE_VOL_RESIZE_DELTA = 2, ALJIBE_VOL_RESIZE_SHRINK = 4 };
enum { ALJIBE_VOL_INFO_PHYSICAL = 1 };
enum { ALJIBE_VOL_SPARSE_STREAM = 1 };
enum { /* aljibe_vol_wipe */
    ALJIBE_WIPE_ZERO,
    ALJIBE_WIPE_NNSA,
    ALJIBE_WIPE_DOD,
    ALJIBE_WIPE_BSI,
    ALJIBE_WIPE_GUTMANN,
    ALJIBE_WIPE_SCHNEIER,
    ALJIBE_WIPE_PFITZNER7,
    ALJIBE_WIPE_PFITZNER33,
    ALJIBE_WIPE_RANDOM,
    ALJIBE_WIPE_TRIM
};

/** AljibeVolType: newer servers may answer other numbers. Since: 0.1 */
typedef enum AljibeVolType {
    ALJIBE_VOL_FILE = 0,
    ALJIBE_VOL_BLOCK = 1,
    ALJIBE_VOL_DIR = 2,
    ALJIBE_VOL_NETWORK = 3,
    ALJIBE_VOL_NETDIR = 4,
    ALJIBE_VOL_PLOOP = 5
} AljibeVolType;

typedef struct AljibeVolInfo {
    int type; /* an AljibeVolType */
    uint64_t capacity_bytes, allocation_bytes; /* with ALJIBE_VOL_INFO_PHYSICAL allocation is the physical size */
} AljibeVolInfo;

/** aljibe_pool_list_vols: as aljibe_conn_list_pools(). @flags: 0. Since: 0.1 */
ALJIBE_API int aljibe_pool_list_vols(AljibePool *pool, unsigned flags, AljibeVol ***ret_vols, AljibeError **ret_error);

/** aljibe_vol_lookup_by_name: ALJIBE_ERR_NO_VOL if there is none. Since: 0.1 */
ALJIBE_API AljibeVol *aljibe_vol_lookup_by_name(AljibePool *pool, const char *name, AljibeError **ret_error);

/** aljibe_vol_lookup_by_key: in all active pools. Since: 0.1 */
ALJIBE_API AljibeVol *aljibe_vol_lookup_by_key(AljibeConn *conn, const char *key, AljibeError **ret_error);

/** aljibe_vol_lookup_by_path: in all active pools. Since: 0.1 */
ALJIBE_API AljibeVol *aljibe_vol_lookup_by_path(AljibeConn *conn, const char *path, AljibeError **ret_error);

/** aljibe_vol_ref: one more reference to @vol (NULL: nothing). Returns @vol. Since: 0.1 */
ALJIBE_API AljibeVol *aljibe_vol_ref(AljibeVol *vol);

/** aljibe_vol_unref: NULL is allowed. The server does not notice. Since: 0.1 */
ALJIBE_API void aljibe_vol_unref(AljibeVol *vol);

/** aljibe_vol_get_name: from the handle, no call; valid as long as it. Since: 0.1 */
ALJIBE_API const char *aljibe_vol_get_name(AljibeVol *vol);

/** aljibe_vol_get_key: from the handle, no call; valid as long as it. Since: 0.1 */
ALJIBE_API const char *aljibe_vol_get_key(AljibeVol *vol);

/** aljibe_vol_get_pool_name: from the handle, no call; valid as long as it. Since: 0.1 */
ALJIBE_API const char *aljibe_vol_get_pool_name(AljibeVol *vol);

/** aljibe_vol_get_conn: borrowed. Since: 0.1 */
ALJIBE_API AljibeConn *aljibe_vol_get_conn(AljibeVol *vol);

/** aljibe_vol_get_pool: asks the server for the pool the volume is in. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_vol_get_pool(AljibeVol *vol, AljibeError **ret_error);

/** aljibe_vol_get_path: where the volume is, as a program on the server's host would open it. Since: 0.1 */
ALJIBE_API char *aljibe_vol_get_path(AljibeVol *vol, AljibeError **ret_error);

/** aljibe_vol_get_xml: its description. @flags: 0. Since: 0.1 */
ALJIBE_API char *aljibe_vol_get_xml(AljibeVol *vol, unsigned flags, AljibeError **ret_error);

/** aljibe_vol_get_info: type and sizes as they are now. @flags: ALJIBE_VOL_INFO_PHYSICAL or 0. Since: 0.1 */
ALJIBE_API int aljibe_vol_get_info(AljibeVol *vol, unsigned flags, AljibeVolInfo *ret_info, AljibeError **ret_error);

/** aljibe_vol_create_xml: @flags: ALJIBE_VOL_CREATE_…. Since: 0.1 */
ALJIBE_API AljibeVol *aljibe_vol_create_xml(AljibePool *pool, const char *xml, unsigned flags, AljibeError **ret_error);

/** aljibe_vol_create_xml_from: a new volume in @pool with the content of @source, which may be in another pool. Since: 0.1 */
ALJIBE_API AljibeVol *aljibe_vol_create_xml_from(AljibePool *pool, const char *xml, AljibeVol *source, unsigned flags,
                                                 AljibeError **ret_error);

/** aljibe_vol_delete: @flags: ALJIBE_VOL_DELETE_…. Since: 0.1 */
ALJIBE_API int aljibe_vol_delete(AljibeVol *vol, unsigned flags, AljibeError **ret_error);

/** aljibe_vol_resize: @flags: ALJIBE_VOL_RESIZE_…. Since: 0.1 */
ALJIBE_API int aljibe_vol_resize(AljibeVol *vol, uint64_t capacity_bytes, unsigned flags, AljibeError **ret_error);

/** aljibe_vol_wipe: overwrites the content. @algorithm: ALJIBE_WIPE_…; @flags: 0. Since: 0.1 */
ALJIBE_API int aljibe_vol_wipe(AljibeVol *vol, unsigned algorithm, unsigned flags, AljibeError **ret_error);

/**
 * AljibeStream: bytes on their way from or to a volume. Used by one thread at a time. Other calls on the connection are possible
 * meanwhile, between two calls on the stream.
 */
typedef struct AljibeStream AljibeStream;

/** aljibe_vol_upload: @length_bytes 0: as much as is sent. @flags: ALJIBE_VOL_SPARSE_STREAM. Since: 0.1 */
ALJIBE_API AljibeStream *aljibe_vol_upload(AljibeVol *vol, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
                                           AljibeError **ret_error);

/** aljibe_vol_download: @length_bytes 0: to the end. @flags: ALJIBE_VOL_SPARSE_STREAM. Since: 0.1 */
ALJIBE_API AljibeStream *aljibe_vol_download(AljibeVol *vol, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
                                             AljibeError **ret_error);

/** aljibe_stream_send: all bytes or -1. An error the server has sent meanwhile is reported here. Since: 0.1 */
ALJIBE_API int aljibe_stream_send(AljibeStream *stream, const void *data, size_t size, AljibeError **ret_error);

/** aljibe_stream_send_hole: @bytes zeroes that are not sent; only with ALJIBE_VOL_SPARSE_STREAM. Since: 0.1 */
ALJIBE_API int aljibe_stream_send_hole(AljibeStream *stream, uint64_t bytes, AljibeError **ret_error);

/**
 * aljibe_stream_recv:
 * @ret_hole_bytes: set to the length of a hole if one comes next, else to 0. NULL: holes arrive as zeroes.
 * Returns the number of bytes; 0 for a hole and at the end; -1 on failure. Since: 0.1
 */
ALJIBE_API ssize_t aljibe_stream_recv(AljibeStream *stream, void *buffer, size_t size, uint64_t *ret_hole_bytes,
                                      AljibeError **ret_error);

/** aljibe_stream_finish: waits until the server has confirmed; an upload is on the volume then. Since: 0.1 */
ALJIBE_API int aljibe_stream_finish(AljibeStream *stream, AljibeError **ret_error);

/** aljibe_stream_free: NULL is allowed. Aborts a stream that was not finished. Since: 0.1 */
ALJIBE_API void aljibe_stream_free(AljibeStream *stream);

#ifdef __cplusplus
}
#endif
#endif
