/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one error idiom of the project: GError with our own domain, which carries the OS error and the area
 * besides code and text. The table below is the only place that knows libvirt's numbers and sentences.
 * Pure; any thread.
 */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#define TEXT_MAX 4096

typedef struct Extra {
    int os_errno;
    AljErrorArea area;
} Extra;

/* The GLib macro below wants these three names; Extra is plain data. */
typedef Extra AljErrorPrivate;

static void
alj_error_private_init(AljErrorPrivate *extra)
{
    extra->area = ALJ_AREA_STORAGE;
}

static void
alj_error_private_copy(const AljErrorPrivate *from, AljErrorPrivate *to)
{
    *to = *from;
}

static void
alj_error_private_clear(AljErrorPrivate *extra)
{
    (void) extra; /* nothing owned */
}

G_DEFINE_EXTENDED_ERROR(AljError, alj_error)

/* While there is one thread: ThreadSanitizer does not see the lock that GLib would take later. */
__attribute__((constructor)) static void
register_domain(void)
{
    (void) alj_error_quark();
}

typedef struct Row {
    int wire;
    const char *template;
} Row;

static const Row rows[ALJ_N_ERRORS] = {
    [ALJ_ERROR_INTERNAL] = { 1, "internal error: %s" },
    [ALJ_ERROR_NO_MEMORY] = { 2, "out of memory: %s" },
    [ALJ_ERROR_NO_SUPPORT] = { 3, "this function is not supported by the connection driver: %s" },
    [ALJ_ERROR_NO_CONNECT] = { 5, "no connection driver available for %s" },
    [ALJ_ERROR_INVALID_ARG] = { 8, "invalid argument: %s" },
    [ALJ_ERROR_OPERATION_FAILED] = { 9, "operation failed: %s" },
    [ALJ_ERROR_XML] = { 27, "XML error: %s" },
    [ALJ_ERROR_DENIED] = { 29, "operation forbidden: %s" },
    [ALJ_ERROR_XML_DETAIL] = { 35, "%s" },
    [ALJ_ERROR_SYSTEM] = { 38, "%s" },
    [ALJ_ERROR_RPC] = { 39, "%s" },
    [ALJ_ERROR_AUTH_FAILED] = { 45, "authentication failed: %s" },
    [ALJ_ERROR_NO_POOL] = { 49, "Storage pool not found: %s" },
    [ALJ_ERROR_NO_VOL] = { 50, "Storage volume not found: %s" },
    [ALJ_ERROR_BAD_STATE] = { 55, "Requested operation is not valid: %s" },
    [ALJ_ERROR_INVALID_SECRET] = { 65, "Invalid secret: %s" },
    [ALJ_ERROR_NO_SECRET] = { 66, "Secret not found: %s" },
    [ALJ_ERROR_CONFIG_UNSUPPORTED] = { 67, "unsupported configuration: %s" },
    [ALJ_ERROR_TIMEOUT] = { 68, "Timed out during operation: %s" },
    [ALJ_ERROR_ARGUMENT_UNSUPPORTED] = { 74, "argument unsupported: %s" },
    [ALJ_ERROR_PROBE_FAILED] = { 75, "Storage pool probe failed: %s" },
    [ALJ_ERROR_POOL_BUILT] = { 76, "Storage pool already built: %s" },
    [ALJ_ERROR_ABORTED] = { 78, "operation aborted: %s" },
    [ALJ_ERROR_OVERFLOW] = { 82, "numerical overflow: %s" },
    [ALJ_ERROR_UNSUPPORTED] = { 84, "Operation not supported: %s" },
    [ALJ_ERROR_BUSY] = { 87, "resource busy: %s" },
    [ALJ_ERROR_ACCESS_DENIED] = { 88, "access denied: %s" },
    [ALJ_ERROR_VOL_EXISTS] = { 90, "storage volume %s exists already" },
    [ALJ_ERROR_XML_SCHEMA] = { 92, "XML document failed to validate against schema: %s" },
    [ALJ_ERROR_FLAGS] = { 8, "%s" },
};

static void
set_error(GError **error, AljErrorArea area, AljError code, int os_errno, char *take_text)
{
    if (!error) {
        g_free(take_text);
        return;
    }
    *error = g_error_new_literal(ALJ_ERROR, (int) code, take_text);
    g_free(take_text);
    Extra *extra = alj_error_get_private(*error);
    extra->area = area;
    extra->os_errno = os_errno;
}

bool
alj_fail(GError **error, AljError code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_error(error, ALJ_AREA_STORAGE, code, 0, g_strdup_vprintf(format, args));
    va_end(args);
    return false;
}

bool
alj_fail_area(GError **error, AljErrorArea area, AljError code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_error(error, area, code, 0, g_strdup_vprintf(format, args));
    va_end(args);
    return false;
}

bool
alj_fail_errno(GError **error, int os_errno, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    set_error(error, ALJ_AREA_STORAGE, ALJ_ERROR_SYSTEM, os_errno,
              g_strdup_printf("%s: %s", what, g_strerror(os_errno)));
    return false;
}

AljError
alj_error_code(const GError *error)
{
    return error->domain == ALJ_ERROR ? (AljError) error->code : ALJ_ERROR_INTERNAL;
}

bool
alj_error_is(const GError *error, AljError code)
{
    return error && error->domain == ALJ_ERROR && error->code == (int) code;
}

AljErrorArea
alj_error_area(const GError *error)
{
    return error->domain == ALJ_ERROR ? alj_error_get_private((GError *) error)->area : ALJ_AREA_STORAGE;
}

void
alj_error_set_area(GError *error, AljErrorArea area)
{
    if (error->domain == ALJ_ERROR)
        alj_error_get_private(error)->area = area;
}

int
alj_error_errno(const GError *error)
{
    return error->domain == ALJ_ERROR ? alj_error_get_private((GError *) error)->os_errno : 0;
}

int
alj_error_wire_code(AljError code)
{
    return rows[code].wire;
}

const char *
alj_error_template(AljError code)
{
    return rows[code].template;
}

char *
alj_error_text(const GError *error)
{
    const char *template = alj_error_template(alj_error_code(error));
    g_autofree char *detail = g_utf8_make_valid(error->message, -1);
    const char *hole = strstr(template, "%s");
    g_autoptr(GString) text = g_string_new_len(template, hole - template);
    g_string_append(text, detail);
    g_string_append(text, hole + 2);
    if (text->len > TEXT_MAX) {
        /* cut at a character, never inside one */
        const char *end = g_utf8_find_prev_char(text->str, text->str + TEXT_MAX + 1);
        g_string_truncate(text, end ? (gsize) (end - text->str) : TEXT_MAX);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
