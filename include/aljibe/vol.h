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

typedef struct AljibeVolInfo {
    int type; /* 0 file, 1 block, 2 dir, 3 network, 4 netdir, 5 ploop */
    uint64_t capacity_bytes, allocation_bytes; /* with ALJIBE_VOL_INFO_PHYSICAL allocation is the physical size */
} AljibeVolInfo;

/** aljibe_pool_list_vols: as aljibe_conn_list_pools(). Since: 0.1 */
ALJIBE_API int aljibe_pool_list_vols(AljibePool *pool, unsigned flags, AljibeVol ***ret_vols, AljibeError **ret_error);
ALJIBE_API AljibeVol *aljibe_vol_lookup_by_name(AljibePool *pool, const char *name, AljibeError **ret_error);
ALJIBE_API AljibeVol *aljibe_vol_lookup_by_key(AljibeConn *conn, const char *key, AljibeError **ret_error);
ALJIBE_API AljibeVol *aljibe_vol_lookup_by_path(AljibeConn *conn, const char *path, AljibeError **ret_error);
ALJIBE_API AljibeVol *aljibe_vol_ref(AljibeVol *vol);
ALJIBE_API void aljibe_vol_unref(AljibeVol *vol);

/** From the handle, no call. Since: 0.1 */
ALJIBE_API const char *aljibe_vol_get_name(AljibeVol *vol);
ALJIBE_API const char *aljibe_vol_get_key(AljibeVol *vol);
ALJIBE_API const char *aljibe_vol_get_pool_name(AljibeVol *vol);
ALJIBE_API AljibeConn *aljibe_vol_get_conn(AljibeVol *vol);

/** aljibe_vol_get_pool: asks the server for the pool the volume is in. Since: 0.1 */
ALJIBE_API AljibePool *aljibe_vol_get_pool(AljibeVol *vol, AljibeError **ret_error);
ALJIBE_API char *aljibe_vol_get_path(AljibeVol *vol, AljibeError **ret_error);
ALJIBE_API char *aljibe_vol_get_xml(AljibeVol *vol, unsigned flags, AljibeError **ret_error);
ALJIBE_API int aljibe_vol_get_info(AljibeVol *vol, unsigned flags, AljibeVolInfo *ret_info, AljibeError **ret_error);

ALJIBE_API AljibeVol *aljibe_vol_create_xml(AljibePool *pool, const char *xml, unsigned flags, AljibeError **ret_error);
ALJIBE_API AljibeVol *aljibe_vol_create_xml_from(AljibePool *pool, const char *xml, AljibeVol *source, unsigned flags,
                                                 AljibeError **ret_error);
ALJIBE_API int aljibe_vol_delete(AljibeVol *vol, unsigned flags, AljibeError **ret_error);
ALJIBE_API int aljibe_vol_resize(AljibeVol *vol, uint64_t capacity_bytes, unsigned flags, AljibeError **ret_error);
ALJIBE_API int aljibe_vol_wipe(AljibeVol *vol, unsigned algorithm, unsigned flags, AljibeError **ret_error);

/**
 * AljibeStream: bytes on their way from or to a volume. One at a time per connection; other calls on the connection wait until it
 * is finished or aborted.
 */
typedef struct AljibeStream AljibeStream;

/** aljibe_vol_upload, aljibe_vol_download: @length_bytes 0: to the end. @flags: ALJIBE_VOL_SPARSE_STREAM. Since: 0.1 */
ALJIBE_API AljibeStream *aljibe_vol_upload(AljibeVol *vol, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
                                           AljibeError **ret_error);
ALJIBE_API AljibeStream *aljibe_vol_download(AljibeVol *vol, uint64_t offset_bytes, uint64_t length_bytes, unsigned flags,
                                             AljibeError **ret_error);
/** aljibe_stream_send: all bytes or -1. An error the server has sent meanwhile is reported here. Since: 0.1 */
ALJIBE_API int aljibe_stream_send(AljibeStream *stream, const void *data, size_t size, AljibeError **ret_error);
ALJIBE_API int aljibe_stream_send_hole(AljibeStream *stream, uint64_t bytes, AljibeError **ret_error);
/** aljibe_stream_recv: bytes, 0 at the end, -1 on failure. A hole: returns 0 with *ret_hole_bytes > 0. Since: 0.1 */
ALJIBE_API ssize_t aljibe_stream_recv(AljibeStream *stream, void *buffer, size_t size, uint64_t *ret_hole_bytes,
                                      AljibeError **ret_error);
/** aljibe_stream_finish: waits until the server has confirmed. Since: 0.1 */
ALJIBE_API int aljibe_stream_finish(AljibeStream *stream, AljibeError **ret_error);
/** aljibe_stream_free: aborts a stream that was not finished. Since: 0.1 */
ALJIBE_API void aljibe_stream_free(AljibeStream *stream);

#ifdef __cplusplus
}
#endif
#endif
