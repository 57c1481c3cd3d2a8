/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets of the public interface: one call for each thing that can be asked of a secret. Any thread. */
#include <stdlib.h>
#include <string.h>

#include "client/client.h"

/* ---- what a handle knows ---- */

const char *
aljibe_secret_get_uuid(AljibeSecret *secret)
{
    return secret ? secret->uuid : NULL;
}

int
aljibe_secret_get_usage(AljibeSecret *secret)
{
    return secret ? secret->wire.usage : ALJIBE_SECRET_NONE;
}

const char *
aljibe_secret_get_usage_id(AljibeSecret *secret)
{
    return secret ? secret->wire.usage_id : NULL;
}

AljibeConn *
aljibe_secret_get_conn(AljibeSecret *secret)
{
    return secret ? secret->conn : NULL;
}

/* ---- calls by shape ---- */

/** A procedure that answers with a secret. */
static AljibeSecret *
get_secret(AljibeConn *conn, int32_t number, const void *args, GError **error)
{
    AljWireSecretArg ret = { 0 };
    if (!alj_conn_call(conn, number, args, &ret, error))
        return NULL;
    return alj_client_secret_new(conn, &ret.secret);
}

/** A procedure whose arguments begin with the secret; @args may be filled from @secret before it is checked. */
static bool
call_secret(AljibeSecret *secret, int32_t number, const void *args, void *ret, GError **error)
{
    return alj_client_need(secret, "secret", error) && alj_conn_call(secret->conn, number, args, ret, error);
}

static AljWireSecret
wire_of(AljibeSecret *secret)
{
    return secret ? secret->wire : (AljWireSecret) { 0 };
}

/* ---- look-ups ---- */

static AljibeSecret *
lookup_by_uuid(AljibeConn *conn, const char *uuid, GError **error)
{
    AljWireUuidArg args;
    if (!alj_client_need(uuid, "uuid", error))
        return NULL;
    if (!alj_uuid_parse(uuid, &args.uuid)) {
        alj_fail(error, ALJ_ERROR_FLAGS, "uuidstr in virSecretLookupByUUIDString must be a valid UUID");
        return NULL;
    }
    return get_secret(conn, ALJ_PROC_SECRET_LOOKUP_BY_UUID, &args, error);
}

AljibeSecret *
aljibe_secret_lookup_by_uuid(AljibeConn *conn, const char *uuid, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_pointer(lookup_by_uuid(conn, uuid, &error), &error, ret_error);
}

AljibeSecret *
aljibe_secret_lookup_by_usage(AljibeConn *conn, int usage, const char *id, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireSecretUsage args = { usage, (char *) id };
    AljibeSecret *secret = alj_client_need(id, "id", &error)
        ? get_secret(conn, ALJ_PROC_SECRET_LOOKUP_BY_USAGE, &args, &error) : NULL;
    return alj_border_pointer(secret, &error, ret_error);
}

static int
list_secrets(AljibeConn *conn, unsigned flags, AljibeSecret ***ret_secrets, GError **error)
{
    const AljWireListArgs args = { .need_results = ret_secrets != NULL, .flags = flags };
    AljWireSecretList list = { 0 };
    if (!alj_conn_call(conn, ALJ_PROC_CONNECT_LIST_ALL_SECRETS, &args, &list, error))
        return -1;
    int n = ret_secrets ? (int) list.secrets.count : (int) MIN(list.ret, G_MAXINT);
    if (ret_secrets) {
        AljibeSecret **secrets = g_new0(AljibeSecret *, (gsize) n + 1);
        for (int i = 0; i < n; i++)
            secrets[i] = alj_client_secret_new(conn, (AljWireSecret *) list.secrets.items + i);
        *ret_secrets = secrets;
    }
    alj_xdr_clear(alj_wire_secret_list, &list);
    return n;
}

int
aljibe_conn_list_secrets(AljibeConn *conn, unsigned flags, AljibeSecret ***ret_secrets, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_number(list_secrets(conn, flags, ret_secrets, &error), &error, ret_error);
}

/* ---- definitions ---- */

AljibeSecret *
aljibe_secret_define_xml(AljibeConn *conn, const char *xml, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireXmlFlags args = { (char *) xml, flags };
    AljibeSecret *secret = alj_client_need(xml, "xml", &error)
        ? get_secret(conn, ALJ_PROC_SECRET_DEFINE_XML, &args, &error) : NULL;
    return alj_border_pointer(secret, &error, ret_error);
}

char *
aljibe_secret_get_xml(AljibeSecret *secret, unsigned flags, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireSecretFlags args = { wire_of(secret), flags };
    AljWireText ret = { 0 };
    (void) call_secret(secret, ALJ_PROC_SECRET_GET_XML_DESC, &args, &ret, &error); /* no text says that it failed */
    return alj_border_pointer(ret.text, &error, ret_error);
}

int
aljibe_secret_undefine(AljibeSecret *secret, AljibeError **ret_error)
{
    GError *error = NULL;
    const AljWireSecretArg args = { wire_of(secret) };
    return alj_border_status(call_secret(secret, ALJ_PROC_SECRET_UNDEFINE, &args, NULL, &error), &error, ret_error);
}

/* ---- values ---- */

static unsigned char *
get_value(AljibeSecret *secret, size_t *ret_size, GError **error)
{
    const AljWireSecretFlags args = { wire_of(secret), 0 };
    AljWireSecretValue ret = { 0 };
    if (!alj_client_need(ret_size, "size", error)
        || !call_secret(secret, ALJ_PROC_SECRET_GET_VALUE, &args, &ret, error))
        return NULL;
    if (ret.value.count == 0) {
        alj_fail(error, ALJ_ERROR_RPC, "server answered with an empty value");
        return NULL;
    }
    *ret_size = ret.value.count;
    return ret.value.items;
}

unsigned char *
aljibe_secret_get_value(AljibeSecret *secret, size_t *ret_size, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_pointer(get_value(secret, ret_size, &error), &error, ret_error);
}

void
aljibe_secret_free_value(unsigned char *value, size_t size)
{
    if (value)
        explicit_bzero(value, size);
    g_free(value);
}

static bool
set_value(AljibeSecret *secret, const unsigned char *value, size_t size, GError **error)
{
    const AljWireSecretSet args = { .secret = wire_of(secret), .value = { (uint32_t) size, (void *) value } };
    if (!value || size == 0)
        return alj_fail(error, ALJ_ERROR_FLAGS, "value in virSecretSetValue must not be NULL");
    if (size > ALJIBE_SECRET_MAX_BYTES)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "a secret has at most %d bytes", ALJIBE_SECRET_MAX_BYTES);
    return call_secret(secret, ALJ_PROC_SECRET_SET_VALUE, &args, NULL, error);
}

int
aljibe_secret_set_value(AljibeSecret *secret, const unsigned char *value, size_t size, AljibeError **ret_error)
{
    GError *error = NULL;
    return alj_border_status(set_value(secret, value, size, &error), &error, ret_error);
}
