/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that changes something is an operation: one struct with its arguments and results, one kind per file
 * (op_<name>.c). Submit it and it runs on the right worker of its pool; `done` is called there when it ended.
 */
#pragma once

#include "base/task.h"
#include "core/core.h"
#include "model/secret.h"

typedef struct AljOp AljOp;

/** Kinds. "lane": one at a time per pool; "beside": with a claim on the volume; "files": one at a time in the whole core. */
typedef enum AljOpKind {
    ALJ_OP_POOL_DEFINE,    /* xml, flags: validate 1 → ret_pool                                         files  */
    ALJ_OP_POOL_CREATE,    /* xml, flags: with-build 1, overwrite 2, no-overwrite 4 → ret_pool          lane   */
    ALJ_OP_POOL_START,     /* pool, flags: as above                                                      lane   */
    ALJ_OP_POOL_BUILD,     /* pool, flags: AljBuildFlags                                                 lane   */
    ALJ_OP_POOL_STOP,      /* pool                                                                       lane   */
    ALJ_OP_POOL_DELETE,    /* pool, flags                                                                lane   */
    ALJ_OP_POOL_REFRESH,   /* pool; allowed beside volume operations                                     lane   */
    ALJ_OP_POOL_UNDEFINE,  /* pool                                                                       files  */
    ALJ_OP_POOL_AUTOSTART, /* pool, number: 0 or 1                                                       files  */
    ALJ_OP_RELOAD,         /* what SIGHUP does: reads all definitions again, drops inactive pools without one files  */
    ALJ_OP_SOURCES,        /* text: type name, xml: srcSpec or NULL → ret_text                           own    */
    ALJ_OP_VOL_CREATE,     /* pool, xml, flags → ret_vol                                                 beside */
    ALJ_OP_VOL_COPY,       /* pool, xml, from_pool, from_name, flags → ret_vol                           beside */
    ALJ_OP_VOL_DELETE,     /* pool, vol_name, flags                                                      beside */
    ALJ_OP_VOL_RESIZE,     /* pool, vol_name, number: bytes, flags                                       beside */
    ALJ_OP_VOL_WIPE,       /* pool, vol_name, number: AljWipe                                            beside */
    ALJ_OP_VOL_UPLOAD,     /* pool, vol_name, offset, length, flags: sparse 1, stream → driven by transfer  own */
    ALJ_OP_VOL_DOWNLOAD,   /* the same                                                                      own */
    ALJ_OP_POOL_RESTORE,   /* pool; the core's own, after a restart                                       lane   */
    ALJ_OP_SECRET_DEFINE,  /* xml, flags: validate 1 → ret_secret                                       files  */
    ALJ_OP_SECRET_SET_VALUE, /* secret, value                                                           files  */
    ALJ_OP_SECRET_UNDEFINE, /* secret                                                                   files  */
    ALJ_N_OP_KINDS
} AljOpKind;

struct AljStream;

/**
 * AljOp: filled by alj_op_new() and the caller, then owned by the core until `done` returns. Strings are owned.
 */
struct AljOp {
    AljOpKind kind;
    AljCore *core;
    AljPool *pool;           /* (owned, nullable) */
    char *vol_name, *xml, *text;
    AljPool *from_pool;      /* (owned, nullable) */
    char *from_name;
    AljUuid *secret;         /* (owned, nullable) of the secret it is about */
    GBytes *value;           /* (owned, nullable) what it is to be; made by alj_sealed_new() */
    uint64_t number, offset, length;
    unsigned flags;
    long client_uid;         /* for the audit line; -1 unknown */
    const char *client_id;   /* (nullable) static or outliving the op */

    /* Upload and download: called on the stream's own thread once the volume is open and claimed (the moment for the OK
     * reply); moves the bytes with the calls of backend/stream.h (an upload that went well ends with alj_stream_finish())
     * and returns when the transfer is over. */
    bool (*transfer)(AljOp *op, struct AljStream *stream, GError **error);

    /* Called once, on a worker, or inside alj_op_submit if it is refused. @error is NULL on success and borrowed. */
    void (*done)(AljOp *op, const GError *error);
    void *data;              /* the submitter's */
    const void *owner;       /* (nullable) for whom it is done: see alj_core_drop_owned(); never dereferenced */

    /* Results; the submitter may steal them in `done`. */
    AljPool *ret_pool;
    AljVolDef *ret_vol;
    AljSecretDef *ret_secret;
    char *ret_text;

    struct AljJob *job;      /* set by the core while it runs */
    const AljTask *task;     /* set by the core before `transfer`: a transfer that waits for its client looks here whether to end */
};

AljOp *alj_op_new(AljCore *core, AljOpKind kind, AljPool *pool);
void alj_op_free(AljOp *op);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljOp, alj_op_free)

/**
 * alj_op_submit:
 * @take_op: (transfer full) freed by the core after `done`
 * Never blocks on storage. `done` is called exactly once, also when the operation is refused at once (queue full, pool
 * unresponsive, core shutting down). Thread: any. Returns: the job's id, for alj_core_job_cancel().
 */
uint64_t alj_op_submit(AljOp *take_op);

/** alj_op_run: submits, waits and leaves @op (results included) to the caller. For tests and simple callers; not on a loop thread. */
bool alj_op_run(AljOp *op, GError **error);

/* ---- jobs: every operation that is waiting or running is one ---- */

typedef struct AljJobInfo {
    uint64_t id;             /* counts up, never reused in one process */
    AljOpKind kind;
    const char *kind_name;   /* "vol-create", … static */
    char *pool, *volume;     /* (owned, nullable) */
    long client_uid;
    bool is_running;         /* false: waits in a queue */
    gint64 age_usec;
    uint64_t done_bytes, total_bytes; /* total 0: not known */
} AljJobInfo;

void alj_job_info_free(AljJobInfo *info);

/** alj_core_jobs: all jobs now, oldest first. (transfer full) of AljJobInfo */
GPtrArray *alj_core_jobs(AljCore *core);

/** alj_core_job_cancel: asks job @id to end; it then fails with ABORTED and leaves nothing behind. Errors: INVALID_ARG (no such job). */
bool alj_core_job_cancel(AljCore *core, uint64_t id, GError **error);

/**
 * alj_core_drop_owned: ends the jobs of @owner that no worker has begun, for nobody waits for them any more. What runs is finished, as
 * libvirt does: a clone outlives the terminal it was asked for in. Thread: any.
 */
void alj_core_drop_owned(AljCore *core, const void *owner);
