/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors at the border: what the server said and what failed in here become one public type. Owns nothing; any thread. */
#include <stdlib.h>
#include <string.h>

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

G_DEFINE_QUARK(alj-server-error-quark, alj_server_error)

/** A server that does not know a procedure's number says so as an RPC error; for a program it is the same as "not supported". */
static bool
is_unknown_procedure(const AljWireError *wire)
{
    return wire->code == alj_error_wire_code(ALJ_ERROR_RPC) && wire->message
           && g_str_has_prefix(wire->message, "unknown procedure");
}

GError *
alj_server_error_decode(const uint8_t *payload, size_t size)
{
    AljWireError wire = { 0 };
    GError *error = NULL;
    if (!alj_xdr_decode(alj_wire_error, payload, size, &wire, &error))
        return error;
    int code = is_unknown_procedure(&wire) ? alj_error_wire_code(ALJ_ERROR_NO_SUPPORT) : wire.code;
    if (code == 0)
        error = g_error_new_literal(ALJ_SERVER_ERROR, alj_error_wire_code(ALJ_ERROR_INTERNAL),
                                    "An error occurred, but the cause is unknown");
    else
        error = g_error_new_literal(ALJ_SERVER_ERROR, code, wire.message ? wire.message : "Unknown error");
    alj_xdr_clear(alj_wire_error, &wire);
    return error;
}

bool
alj_client_need(const void *argument, const char *what, GError **error)
{
    return argument || alj_fail(error, ALJ_ERROR_INVALID_ARG, "%s must not be NULL", what);
}

bool
alj_client_lacks_call(const GError *error)
{
    return g_error_matches(error, ALJ_SERVER_ERROR, ALJIBE_ERR_NO_SUPPORT);
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
