/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that differs between operations: where each runs, how long it may take, what it does. Constant. */
#include "core/op_rows.h"

#define LIMIT(member) offsetof(AljCoreLimits, member)

const AljOpRow alj_op_rows[ALJ_N_OP_KINDS] = {
    [ALJ_OP_POOL_DEFINE] = { "pool-define", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_pool_define },
    [ALJ_OP_POOL_CREATE] = { "pool-create", ALJ_PLACE_LANE, LIMIT(pool_usec), true, alj_op_pool_admit_create,
                             alj_op_pool_create },
    [ALJ_OP_POOL_START] = { "pool-start", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_start },
    [ALJ_OP_POOL_BUILD] = { "pool-build", ALJ_PLACE_LANE, LIMIT(build_usec), true, NULL, alj_op_pool_build },
    [ALJ_OP_POOL_STOP] = { "pool-destroy", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_stop },
    [ALJ_OP_POOL_DELETE] = { "pool-delete", ALJ_PLACE_LANE, LIMIT(build_usec), true, NULL, alj_op_pool_delete },
    [ALJ_OP_POOL_REFRESH] = { "pool-refresh", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_refresh },
    [ALJ_OP_POOL_UNDEFINE] = { "pool-undefine", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_pool_undefine },
    [ALJ_OP_POOL_AUTOSTART] = { "pool-autostart", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_pool_autostart },
    [ALJ_OP_RELOAD] = { "reload", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_reload },
    [ALJ_OP_SOURCES] = { "find-storage-pool-sources", ALJ_PLACE_FINDER, LIMIT(pool_usec), false, NULL, alj_op_sources },
    [ALJ_OP_VOL_CREATE] = { "vol-create", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_create },
    [ALJ_OP_VOL_COPY] = { "vol-create-from", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_copy },
    [ALJ_OP_VOL_DELETE] = { "vol-delete", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_delete },
    [ALJ_OP_VOL_RESIZE] = { "vol-resize", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_resize },
    [ALJ_OP_VOL_WIPE] = { "vol-wipe", ALJ_PLACE_BESIDE, LIMIT(progress_usec), true, NULL, alj_op_vol_wipe },
    [ALJ_OP_VOL_UPLOAD] = { "vol-upload", ALJ_PLACE_STREAM, LIMIT(vol_usec), true, NULL, alj_op_vol_upload },
    [ALJ_OP_VOL_DOWNLOAD] = { "vol-download", ALJ_PLACE_STREAM, LIMIT(vol_usec), false, NULL, alj_op_vol_download },
    [ALJ_OP_POOL_RESTORE] = { "pool-restore", ALJ_PLACE_LANE, LIMIT(pool_usec), true, NULL, alj_op_pool_restore },
    [ALJ_OP_SECRET_DEFINE] = { "secret-define", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_secret_define },
    [ALJ_OP_SECRET_SET_VALUE] = { "secret-set-value", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_secret_set_value },
    [ALJ_OP_SECRET_UNDEFINE] = { "secret-undefine", ALJ_PLACE_FILES, LIMIT(define_usec), true, NULL, alj_op_secret_undefine },
};
