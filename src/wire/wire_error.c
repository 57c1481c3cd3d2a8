/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our errors in the words and numbers of the protocol. Owns nothing; any thread. Source: docs/internals/wire.md. */
#include "wire/messages.h"

#include <string.h>

#define DETAIL_MAX  4096 /* bytes; as long as the whole sentence may be (alj_error_text) */
#define LEVEL_ERROR 2

static char *
bounded(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    if (strlen(valid) > DETAIL_MAX)
        *g_utf8_find_prev_char(valid, valid + DETAIL_MAX + 1) = '\0';
    return valid;
}

/** "unsupported flags (0x2) in function F": the protocol wants F and the name of the argument by themselves. */
static void
fill_flags(const char *text, AljWireError *ret)
{
    static const char before[] = " in function ";
    const char *function = strstr(text, before);
    ret->str1 = function ? bounded(function + strlen(before)) : NULL;
    ret->str2 = g_strdup("flags");
    ret->int1 = 0;
    ret->int2 = 0;
}

void
alj_wire_error_fill(const GError *error, AljWireError *ret)
{
    AljError code = alj_error_code(error);
    int os_errno = alj_error_errno(error);
    *ret = (AljWireError) {
        .code = alj_error_wire_code(code),
        .domain = (int32_t) alj_error_area(error),
        .message = alj_error_text(error),
        .level = LEVEL_ERROR,
        .int1 = os_errno ? os_errno : -1,
        .int2 = -1,
    };
    if (code == ALJ_ERROR_FLAGS) {
        fill_flags(error->message, ret);
        return;
    }
    ret->str1 = g_strdup(alj_error_template(code));
    ret->str2 = bounded(error->message);
}
