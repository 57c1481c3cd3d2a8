/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Secrets: questions are answered from the core's table, changes become operations. A secret in arguments is resolved by its uuid. A value
 * is copied once, between the message and memory made for it. Loop thread.
 */
#include "daemon/handlers.h"

#include "base/sealed.h"
#include "core/secrets.h"
#include "daemon/registrations.h"

static AljSecrets *
secrets_of(const AljRequest *request)
{
    return alj_core_secrets(alj_request_core(request));
}

static AljWireSecret
wire_secret(const AljSecretDef *def)
{
    return (AljWireSecret){ .uuid = def->uuid, .usage = (int32_t) def->usage,
                            .usage_id = def->usage_id ? def->usage_id : (char *) "" };
}

/* @take_def stays with the request, because the result points into it. */
static void
put_secret(AljRequest *request, AljSecretDef *take_def, AljWireSecretArg *result)
{
    (void) alj_request_keep(request, take_def, (GDestroyNotify) alj_secret_def_unref);
    result->secret = wire_secret(take_def);
}

static AljOutcome
answer_secret(AljRequest *request, AljSecretDef *take_def, AljWireSecretArg *result)
{
    if (!take_def)
        return ALJ_FAILED;
    put_secret(request, take_def, result);
    return ALJ_ANSWERED;
}

/* ---- lists ---- */

static GPtrArray *
keep_list(AljRequest *request, unsigned flags)
{
    return alj_request_keep(request, alj_secrets_list(secrets_of(request), flags), (GDestroyNotify) g_ptr_array_unref);
}

ALJ_HANDLER(num_of_secrets)
{
    AljWireI32 *result = out;
    result->value = (int32_t) keep_list(request, 0)->len;
    return ALJ_ANSWERED;
}

ALJ_HANDLER(list_secrets)
{
    const AljWireI32 *max_uuids = data;
    AljWireNames *result = out;
    if (max_uuids->value < 0 || max_uuids->value > ALJ_WIRE_LIST_MAX) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "maxuuids %s",
                      max_uuids->value < 0 ? "must be non-negative" : "> REMOTE_SECRET_LIST_MAX");
        return ALJ_FAILED;
    }
    const GPtrArray *list = keep_list(request, 0);
    guint count = MIN(list->len, (guint) max_uuids->value);
    char(*texts)[ALJ_UUID_TEXT_SIZE] = alj_request_keep(request, g_malloc0_n(count + 1, sizeof *texts), g_free);
    const char **uuids = alj_request_keep(request, g_new0(const char *, count + 1), g_free);
    for (guint i = 0; i < count; i++)
        uuids[i] = alj_uuid_format(&((AljSecretDef *) list->pdata[i])->uuid, texts[i]);
    result->names = (AljXdrArray){ count, uuids };
    return ALJ_ANSWERED;
}

ALJ_HANDLER(list_all_secrets)
{
    const AljWireListArgs *args = data;
    AljWireSecretList *result = out;
    const GPtrArray *list = keep_list(request, args->flags);
    if (list->len > ALJ_WIRE_LIST_MAX) {
        alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_INTERNAL, "Too many secrets '%u' for limit '%d'", list->len,
                      ALJ_WIRE_LIST_MAX);
        return ALJ_FAILED;
    }
    result->ret = list->len;
    if (!args->need_results)
        return ALJ_ANSWERED;
    AljWireSecret *items = alj_request_keep(request, g_new0(AljWireSecret, MAX(list->len, 1)), g_free);
    for (guint i = 0; i < list->len; i++)
        items[i] = wire_secret(list->pdata[i]);
    result->secrets = (AljXdrArray){ list->len, items };
    return ALJ_ANSWERED;
}

/* ---- one secret ---- */

ALJ_HANDLER(secret_lookup_by_uuid)
{
    const AljWireUuidArg *args = data;
    return answer_secret(request, alj_secrets_find(secrets_of(request), &args->uuid, error), out);
}

ALJ_HANDLER(secret_lookup_by_usage)
{
    const AljWireSecretUsage *args = data;
    return answer_secret(request,
                         alj_secrets_find_usage(secrets_of(request), (AljSecretUsage) args->usage, args->usage_id, error),
                         out);
}

ALJ_HANDLER(secret_get_xml)
{
    const AljWireSecretFlags *args = data;
    AljWireText *result = out;
    g_autoptr(AljSecretDef) def = alj_secrets_find(secrets_of(request), &args->secret.uuid, error);
    if (!def)
        return ALJ_FAILED;
    result->text = alj_request_keep(request, alj_secret_def_format(def), g_free);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(secret_get_value)
{
    const AljWireSecretFlags *args = data;
    AljWireSecretValue *result = out;
    gsize size;
    GBytes *value = alj_secrets_public_value(secrets_of(request), &args->secret.uuid, error);
    if (!value)
        return ALJ_FAILED;
    (void) alj_request_keep(request, value, (GDestroyNotify) g_bytes_unref);
    result->value.items = (void *) g_bytes_get_data(value, &size); /* read only: encoded and nothing else */
    result->value.count = (uint32_t) size;
    return ALJ_ANSWERED;
}

/* ---- changes ---- */

static void
fill_secret(AljRequest *request, AljOp *op, void *out)
{
    put_secret(request, g_steal_pointer(&op->ret_secret), out);
}

ALJ_HANDLER(secret_define)
{
    const AljWireXmlFlags *args = data;
    AljOp *op = alj_request_op(request, ALJ_OP_SECRET_DEFINE, NULL);
    op->xml = g_strdup(args->xml);
    op->flags = args->flags;
    return alj_request_submit(request, op, fill_secret);
}

static AljOp *
op_on(AljRequest *request, AljOpKind kind, const AljWireSecret *secret)
{
    AljOp *op = alj_request_op(request, kind, NULL);
    op->secret = g_memdup2(&secret->uuid, sizeof secret->uuid);
    return op;
}

ALJ_HANDLER(secret_set_value)
{
    const AljWireSecretSet *args = data;
    AljOp *op = op_on(request, ALJ_OP_SECRET_SET_VALUE, &args->secret);
    op->value = alj_sealed_new(args->value.items, args->value.count);
    return alj_request_submit(request, op, NULL);
}

ALJ_HANDLER(secret_undefine)
{
    const AljWireSecretArg *args = data;
    return alj_request_submit(request, op_on(request, ALJ_OP_SECRET_UNDEFINE, &args->secret), NULL);
}

/* ---- events ---- */

ALJ_HANDLER(secret_event_register)
{
    const AljWireSecretRegister *args = data;
    AljWireI32 *result = out;
    result->value = alj_registrations_add(alj_request_service(request), request->conn, ALJ_NEWS_SECRETS, args->event,
                                          args->secret ? &args->secret->uuid : NULL, error);
    return result->value < 0 ? ALJ_FAILED : ALJ_ANSWERED;
}

ALJ_HANDLER(secret_event_deregister)
{
    const AljWireI32 *callback = data;
    return alj_registrations_remove(alj_request_service(request), request->conn, ALJ_NEWS_SECRETS, callback->value, error)
        ? ALJ_ANSWERED : ALJ_FAILED;
}
