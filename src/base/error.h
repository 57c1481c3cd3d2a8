/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * AljError:
 * Codes of the ALJ_ERROR domain. Each has one row in the table of error.c (wire number, template), and a
 * test fails if one has none.
 */
typedef enum AljError {
    ALJ_ERROR_INTERNAL,
    ALJ_ERROR_NO_MEMORY,
    ALJ_ERROR_NO_SUPPORT,           /* "this function is not supported by the connection driver" */
    ALJ_ERROR_NO_CONNECT,
    ALJ_ERROR_INVALID_ARG,
    ALJ_ERROR_OPERATION_FAILED,
    ALJ_ERROR_XML,
    ALJ_ERROR_DENIED,               /* read-only connection */
    ALJ_ERROR_XML_DETAIL,           /* not well formed; the text stands for itself */
    ALJ_ERROR_SYSTEM,
    ALJ_ERROR_RPC,
    ALJ_ERROR_AUTH_FAILED,
    ALJ_ERROR_NO_POOL,
    ALJ_ERROR_NO_VOL,
    ALJ_ERROR_BAD_STATE,            /* "Requested operation is not valid" */
    ALJ_ERROR_INVALID_SECRET,
    ALJ_ERROR_NO_SECRET,
    ALJ_ERROR_CONFIG_UNSUPPORTED,
    ALJ_ERROR_TIMEOUT,
    ALJ_ERROR_ARGUMENT_UNSUPPORTED,
    ALJ_ERROR_PROBE_FAILED,
    ALJ_ERROR_POOL_BUILT,
    ALJ_ERROR_ABORTED,
    ALJ_ERROR_OVERFLOW,
    ALJ_ERROR_UNSUPPORTED,          /* "Operation not supported" */
    ALJ_ERROR_BUSY,
    ALJ_ERROR_ACCESS_DENIED,
    ALJ_ERROR_VOL_EXISTS,           /* the detail is the quoted name: 'v' */
    ALJ_ERROR_XML_SCHEMA,
    ALJ_ERROR_FLAGS,                /* code of INVALID_ARG; the text stands for itself: "unsupported flags (0x2) in function F" */
    ALJ_N_ERRORS
} AljError;

/** AljErrorArea: the part of the system an error belongs to; the values are libvirt's error domains. */
typedef enum AljErrorArea {
    ALJ_AREA_NONE = 0,
    ALJ_AREA_XML = 5,
    ALJ_AREA_RPC = 7,
    ALJ_AREA_STORAGE = 18,
    ALJ_AREA_NETWORK = 19,
    ALJ_AREA_DOMAIN = 20,
    ALJ_AREA_NODEDEV = 22,
    ALJ_AREA_INTERFACE = 26,
    ALJ_AREA_SECRET = 30,
    ALJ_AREA_NWFILTER = 33,
    ALJ_AREA_SNAPSHOT = 35,
    ALJ_AREA_STREAMS = 38,
    ALJ_AREA_IDENTITY = 53,
    ALJ_AREA_ACCESS = 55,
    ALJ_AREA_POLKIT = 60,
    ALJ_AREA_CHECKPOINT = 69,
} AljErrorArea;

#define ALJ_ERROR (alj_error_quark())
GQuark alj_error_quark(void);

/**
 * alj_fail:
 * @error: where the error goes (may be NULL)
 * @code: what kind of failure
 * @format: the detail, without the fixed text of the code: lower case, object in quotes, no full stop
 * Sets @error in area STORAGE. Returns: always false, so that `return alj_fail(…)` reads well.
 */
bool alj_fail(GError **error, AljError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** alj_fail_area: like alj_fail() for an error of another area than storage. Returns: always false. */
bool alj_fail_area(GError **error, AljErrorArea area, AljError code, const char *format, ...) G_GNUC_PRINTF(4, 5);

/**
 * alj_fail_errno:
 * @os_errno: positive errno of the failed system call
 * @format: what was tried on which object; ": " and the system's text are added
 * Sets an ALJ_ERROR_SYSTEM error. Returns: always false.
 */
bool alj_fail_errno(GError **error, int os_errno, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** alj_error_code: the code of @error; ALJ_ERROR_INTERNAL for errors of foreign domains (GIO, GLib). */
AljError alj_error_code(const GError *error);

/** alj_error_is: whether @error is set, ours, and of @code. NULL-safe. */
bool alj_error_is(const GError *error, AljError code);

/** alj_error_area: the area of @error; STORAGE for foreign domains. */
AljErrorArea alj_error_area(const GError *error);

/** alj_error_set_area: moves @error (ours) to another area. For a caller that knows more than the callee. */
void alj_error_set_area(GError *error, AljErrorArea area);

/** alj_error_errno: positive errno behind @error, or 0. */
int alj_error_errno(const GError *error);

/** alj_error_wire_code: libvirt's error number (virErrorNumber) of @code. */
int alj_error_wire_code(AljError code);

/**
 * alj_error_template:
 * The text in front of the detail with one %s for it, e.g. "Storage pool not found: %s". Static.
 */
const char *alj_error_template(AljError code);

/**
 * alj_error_text:
 * The whole sentence for people and for the wire: template of the code with the detail put in.
 * At most 4 KiB of valid UTF-8. (transfer full)
 */
char *alj_error_text(const GError *error);
