/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call between its frame and its reply: what a handler needs, and the bridge to operations of the core, which finish on
 * workers. A request is touched by one thread at a time: the loop until it is deferred, then whoever finishes it.
 */
#include "daemon/request.h"

#include "daemon/reply.h"
#include "daemon/service_private.h"

AljRequest *
alj_request_new(AljConn *conn, const AljFrame *frame, const AljProcedure *procedure)
{
    AljRequest *request = g_new0(AljRequest, 1);
    request->conn = alj_conn_ref(conn);
    request->frame = *frame;
    request->procedure = procedure;
    return request;
}

static void
free_request(AljRequest *request)
{
    while (request->n_kept > 0) {
        request->n_kept--;
        request->kept[request->n_kept].free(request->kept[request->n_kept].data);
    }
    alj_conn_unref(request->conn);
    g_free(request);
}

AljService *
alj_request_service(const AljRequest *request)
{
    return request->conn->service;
}

AljCore *
alj_request_core(const AljRequest *request)
{
    return request->conn->service->core;
}

void *
alj_request_keep(AljRequest *request, void *take_data, GDestroyNotify free_data)
{
    g_assert(request->n_kept < ALJ_REQUEST_KEPT_MAX);
    request->kept[request->n_kept].data = take_data;
    request->kept[request->n_kept].free = free_data;
    request->n_kept++;
    return take_data;
}

AljOutcome
alj_request_defer(AljRequest *request)
{
    request->is_deferred = true;
    atomic_fetch_add(&request->conn->n_pending, 1);
    return ALJ_DEFERRED;
}

void
alj_request_resume(AljRequest *request)
{
    request->is_deferred = false;
    atomic_fetch_sub(&request->conn->n_pending, 1);
}

void
alj_request_finish(AljRequest *request, const void *result, const GError *error)
{
    GByteArray *frame = error ? alj_reply_error(&request->frame, ALJ_FRAME_REPLY, error)
                              : alj_reply_ok(&request->frame, request->procedure->ret, result);
    if (request->is_deferred)
        atomic_fetch_sub(&request->conn->n_pending, 1); /* before the send, which lets the loop look for waiting calls */
    alj_conn_send(request->conn, frame);
    free_request(request);
}

typedef struct Deferred {
    AljRequest *request;
    AljFillFunc fill;
} Deferred;

AljOp *
alj_request_op(AljRequest *request, AljOpKind kind, AljPool *pool)
{
    AljOp *op = alj_op_new(alj_request_core(request), kind, pool);
    op->client_uid = request->conn->client_uid;
    return op;
}

static void
op_done(AljOp *op, const GError *error)
{
    g_autofree Deferred *deferred = op->data;
    g_autofree void *result = g_malloc0(MAX(deferred->request->procedure->ret_size, 1));
    if (!error && deferred->fill)
        deferred->fill(deferred->request, op, result);
    alj_request_finish(deferred->request, result, error);
}

AljOutcome
alj_request_submit(AljRequest *request, AljOp *take_op, AljFillFunc fill)
{
    Deferred *deferred = g_new(Deferred, 1);
    *deferred = (Deferred){ request, fill };
    take_op->data = deferred;
    take_op->done = op_done;
    take_op->owner = request->conn;
    (void) alj_request_defer(request);
    (void) alj_op_submit(take_op); /* the job's number is of use to aljibe's own program only */
    return ALJ_DEFERRED;
}
