/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server answers instead of a result. Owns nothing; any thread. */
#include "rpc/server_error.h"

#include "wire/messages.h"

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
alj_server_error_is(const GError *error, AljError code)
{
    return g_error_matches(error, ALJ_SERVER_ERROR, alj_error_wire_code(code));
}
