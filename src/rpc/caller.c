/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call and its reply, and the greeting. Runs on the thread of whoever holds the connection. */
#include "rpc/caller.h"

#include "rpc/server_error.h"
#include "wire/procedures.h"

enum { AUTH_NONE = 0, AUTH_POLKIT = 2 };

/** AljPending: the one call that is under way. */
typedef struct AljPending {
    const AljProcedure *procedure;
    int32_t number;
    uint32_t serial;
    void *ret;
    bool is_done;
    GError *error; /* (owned) what the reply was, if not what was asked for */
} AljPending;

/* ---- what comes in ---- */

static void
take_reply(AljPending *pending, const AljFrame *frame, const uint8_t *payload, size_t size)
{
    pending->is_done = true;
    if (frame->status == ALJ_STATUS_ERROR)
        pending->error = alj_server_error_decode(payload, size);
    else if (frame->status != ALJ_STATUS_OK)
        alj_fail_area(&pending->error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unexpected message status %d", frame->status);
    else if (pending->procedure->ret && pending->ret)
        alj_xdr_decode(pending->procedure->ret, payload, size, pending->ret, &pending->error);
}

static bool
is_awaited(const AljPending *pending, const AljFrame *frame)
{
    return pending && !pending->is_done && frame->type == ALJ_FRAME_REPLY && frame->serial == pending->serial
           && frame->procedure == pending->number;
}

static bool
take_frame(void *data, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error)
{
    AljCaller *caller = data;
    if (frame->program != ALJ_PROGRAM_REMOTE || frame->version != 1)
        return true; /* nothing we asked for; dropped, as an event nobody knows */
    if (!is_awaited(caller->pending, frame))
        return caller->other(caller->owner, frame, payload, size, error);
    take_reply(caller->pending, frame, payload, size);
    return true;
}

bool
alj_caller_drop(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error)
{
    return frame->type != ALJ_FRAME_REPLY
           || alj_fail(error, ALJ_ERROR_RPC, "server replied to no call: procedure %d, serial %u", frame->procedure,
                       frame->serial);
}

void
alj_caller_init(AljCaller *caller, int take_fd, AljLinkFunc other, void *owner)
{
    *caller = (AljCaller) { .other = other, .owner = owner };
    alj_link_init(&caller->link, take_fd, take_frame, caller);
}

void
alj_caller_clear(AljCaller *caller)
{
    alj_link_clear(&caller->link);
}

/* ---- a call ---- */

static bool
send_call(AljCaller *caller, const AljPending *pending, const void *args, GError **error)
{
    GByteArray *out = caller->link.out;
    const AljFrame frame = {
        .program = ALJ_PROGRAM_REMOTE,
        .version = 1,
        .procedure = pending->number,
        .type = ALJ_FRAME_CALL,
        .serial = pending->serial,
        .status = ALJ_STATUS_OK,
    };
    guint start = alj_frame_begin(out, &frame);
    if (pending->procedure->args && !alj_xdr_encode(pending->procedure->args, args, out, error)) {
        g_byte_array_set_size(out, start);
        return false;
    }
    if (!alj_frame_length_ok(out->len - start)) {
        g_byte_array_set_size(out, start);
        return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unable to encode message payload");
    }
    alj_frame_end(out, start);
    return true;
}

static bool
await_reply(AljCaller *caller, AljPending *pending, gint64 until_usec, GError **error)
{
    while (!pending->is_done) {
        g_autoptr(GError) broken = NULL;
        bool is_alive = alj_link_step(&caller->link, until_usec, &broken);
        if (pending->is_done)
            break; /* also if the link broke behind the reply */
        if (!is_alive) {
            g_propagate_error(error, g_steal_pointer(&broken));
            return false;
        }
        if (until_usec >= 0 && g_get_monotonic_time() >= until_usec)
            return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_TIMEOUT, "no answer to %s", pending->procedure->name);
    }
    if (!pending->error)
        return true;
    g_propagate_error(error, g_steal_pointer(&pending->error));
    return false;
}

bool
alj_caller_call(AljCaller *caller, int32_t number, const void *args, void *ret, gint64 until_usec, GError **error)
{
    AljPending pending = {
        .procedure = alj_procedure_find(number),
        .number = number,
        .serial = caller->next_serial,
        .ret = ret,
    };
    if (!send_call(caller, &pending, args, error))
        return false;
    caller->next_serial++;
    caller->pending = &pending;
    bool is_ok = await_reply(caller, &pending, until_usec, error);
    caller->pending = NULL;
    return is_ok;
}

/* ---- the greeting ---- */

/** The first type counts. Servers want nothing, or polkit to have a look at us. */
static bool
authenticate(AljCaller *caller, gint64 until_usec, GError **error)
{
    AljWireInts types = { 0 };
    AljWireI32 complete = { 0 };
    g_autoptr(GError) failure = NULL;
    if (!alj_caller_call(caller, ALJ_PROC_AUTH_LIST, NULL, &types, until_usec, &failure)) {
        if (alj_server_error_is(failure, ALJ_ERROR_NO_SUPPORT))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    int32_t first = types.ints.count ? ((const int32_t *) types.ints.items)[0] : AUTH_NONE;
    alj_xdr_clear(alj_wire_auth_types, &types);
    if (first == AUTH_NONE)
        return true;
    if (first == AUTH_POLKIT)
        return alj_caller_call(caller, ALJ_PROC_AUTH_POLKIT, NULL, &complete, until_usec, error);
    return alj_fail(error, ALJ_ERROR_AUTH_FAILED, "unsupported authentication type %d", first);
}

bool
alj_caller_greet(AljCaller *caller, const char *name, bool is_readonly, gint64 until_usec, GError **error)
{
    const AljWireOpen args = { (char *) name, is_readonly ? 1 : 0 };
    return authenticate(caller, until_usec, error)
           && alj_caller_call(caller, ALJ_PROC_CONNECT_OPEN, &args, NULL, until_usec, error);
}
