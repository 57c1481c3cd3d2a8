/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/op.h"
#include "daemon/connection.h"

#define ALJ_REQUEST_KEPT_MAX 6

/**
 * AljRequest: one call on its way to its reply. A handler answers in place, or defers: then the request belongs to whoever
 * finishes it, on any thread. Strings in results are borrowed; what they point into is kept by the request until the reply is encoded.
 */
typedef struct AljRequest {
    AljConn *conn; /* counted */
    AljFrame frame;
    const AljProcedure *procedure;
    bool is_deferred;
    unsigned n_kept;
    struct {
        void *data;
        GDestroyNotify free;
    } kept[ALJ_REQUEST_KEPT_MAX];
} AljRequest;

/** AljOutcome: what a handler has done. After DEFERRED it must not touch the request again: it may be gone. */
typedef enum AljOutcome {
    ALJ_FAILED,   /* @error is set */
    ALJ_ANSWERED, /* the result is filled */
    ALJ_DEFERRED  /* somebody calls alj_request_finish() later */
} AljOutcome;

/**
 * AljHandleFunc:
 * @args: the decoded arguments; gone when the handler returns
 * @result: the zeroed result struct of the row
 */
typedef AljOutcome (*AljHandleFunc)(AljRequest *request, const void *args, void *result, GError **error);

AljRequest *alj_request_new(AljConn *conn, const AljFrame *frame, const AljProcedure *procedure);

/** alj_request_core, alj_request_service: for handlers. Loop thread. */
AljCore *alj_request_core(const AljRequest *request);
AljService *alj_request_service(const AljRequest *request);

/** alj_request_keep: frees @take_data after the reply was encoded. Returns: @take_data. */
void *alj_request_keep(AljRequest *request, void *take_data, GDestroyNotify free_data);

/** alj_request_defer: the request is now counted as pending; to be called before anybody else can finish it. Loop thread. */
AljOutcome alj_request_defer(AljRequest *request);

/** alj_request_resume: the answer was there at once after all; the request is the handler's again. Loop thread. */
void alj_request_resume(AljRequest *request);

/**
 * alj_request_finish:
 * @result: (nullable) the result struct if @error is NULL
 * Sends the reply and frees the request. Any thread.
 */
void alj_request_finish(AljRequest *request, const void *result, const GError *error);

/** AljFillFunc: makes a result out of the results of a finished operation. Runs on the operation's worker. */
typedef void (*AljFillFunc)(AljRequest *request, AljOp *op, void *result);

/** alj_request_op: an operation in the name of the client. (transfer full) */
AljOp *alj_request_op(AljRequest *request, AljOpKind kind, AljPool *pool);

/** alj_request_submit: @fill: (nullable) for calls without result. The reply goes out when the operation ends. Returns: DEFERRED */
AljOutcome alj_request_submit(AljRequest *request, AljOp *take_op, AljFillFunc fill);
