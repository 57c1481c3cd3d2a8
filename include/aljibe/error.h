/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ALJIBE_ERROR_H
#define ALJIBE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ALJIBE_API
#define ALJIBE_API
#endif

/** AljibeErrorCode: libvirt's error numbers; other numbers may come from newer servers. */
typedef enum AljibeErrorCode {
    ALJIBE_ERR_INTERNAL = 1,
    ALJIBE_ERR_NO_MEMORY = 2,
    ALJIBE_ERR_NO_SUPPORT = 3,
    ALJIBE_ERR_NO_CONNECT = 5,
    ALJIBE_ERR_INVALID_ARG = 8,
    ALJIBE_ERR_OPERATION_FAILED = 9,
    ALJIBE_ERR_XML = 27,
    ALJIBE_ERR_DENIED = 29,
    ALJIBE_ERR_XML_DETAIL = 35,
    ALJIBE_ERR_SYSTEM = 38,
    ALJIBE_ERR_RPC = 39,
    ALJIBE_ERR_AUTH_FAILED = 45,
    ALJIBE_ERR_NO_POOL = 49,
    ALJIBE_ERR_NO_VOL = 50,
    ALJIBE_ERR_BAD_STATE = 55,
    ALJIBE_ERR_INVALID_SECRET = 65,
    ALJIBE_ERR_NO_SECRET = 66,
    ALJIBE_ERR_CONFIG_UNSUPPORTED = 67,
    ALJIBE_ERR_TIMEOUT = 68,
    ALJIBE_ERR_ABORTED = 78,
    ALJIBE_ERR_VOL_EXISTS = 90,
    ALJIBE_ERR_XML_SCHEMA = 92
} AljibeErrorCode;

/** AljibeError: what went wrong, from the server or from the library itself. */
typedef struct AljibeError AljibeError;

/** aljibe_error_code: one of AljibeErrorCode, or a number unknown to this version. Since: 0.1 */
ALJIBE_API int aljibe_error_code(const AljibeError *error);

/** aljibe_error_message: the whole sentence; valid as long as @error. Since: 0.1 */
ALJIBE_API const char *aljibe_error_message(const AljibeError *error);

/** aljibe_error_free: NULL is allowed. Since: 0.1 */
ALJIBE_API void aljibe_error_free(AljibeError *error);

#ifdef __cplusplus
}
#endif
#endif
