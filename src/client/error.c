/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors at the border: what the server said and what failed in here become one public type. Owns nothing; any thread. */
#include "client/client.h"

struct AljibeError {
    int code;
    char *message;
};

int
aljibe_error_code(const AljibeError *error)
{
    return error ? error->code : 0;
}

const char *
aljibe_error_message(const AljibeError *error)
{
    return error ? error->message : "no error";
}

void
aljibe_error_free(AljibeError *error)
{
    if (!error)
        return;
    g_free(error->message);
    g_free(error);
}

bool
alj_client_need(const void *argument, const char *what, GError **error)
{
    return argument || alj_fail(error, ALJ_ERROR_INVALID_ARG, "%s must not be NULL", what);
}

static void
cross(GError **error, AljibeError **ret_error)
{
    g_autoptr(GError) inside = g_steal_pointer(error);
    if (!ret_error)
        return;
    AljibeError *outside = g_new0(AljibeError, 1);
    if (inside->domain == ALJ_SERVER_ERROR) {
        outside->code = inside->code;
        outside->message = g_strdup(inside->message);
    } else {
        outside->code = alj_error_wire_code(alj_error_code(inside));
        outside->message = alj_error_text(inside);
    }
    *ret_error = outside;
}

int
alj_border_status(bool is_ok, GError **error, AljibeError **ret_error)
{
    if (is_ok)
        return 0;
    cross(error, ret_error);
    return -1;
}

int
alj_border_number(int number, GError **error, AljibeError **ret_error)
{
    if (number < 0)
        cross(error, ret_error);
    return number;
}

void *
alj_border_pointer(void *result, GError **error, AljibeError **ret_error)
{
    if (!result)
        cross(error, ret_error);
    return result;
}
