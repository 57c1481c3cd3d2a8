/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vol-upload and vol-download. Each has a thread of its own, because it goes as fast as its client. The volume is in use from
 * the opening to the end; the pool can be stopped meanwhile, as with libvirt. After an upload that one volume
 * is looked at again, clients are told, and then the upload is answered; a look that hangs does not make it a failure.
 */
#include "core/op_vol.h"

#include "backend/stream.h"
#include "base/log.h"
#include "core/core_private.h"

#include <fcntl.h>

#define TRANSFER_SPARSE 1u

static bool
transfer(AljJob *job, bool is_upload, GError **error)
{
    AljOp *op = job->op;
    g_auto(AljVolWork) work = { 0 };
    if (!alj_vol_work_begin(job, is_upload ? ALJ_CLAIM_EXCLUSIVE : ALJ_CLAIM_SHARED, true, &work, error))
        return false;
    if (!work.backend->vol_open)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "storage pool doesn't support volume %s",
                        is_upload ? "upload" : "download");
    AljMedium *medium = work.backend->vol_open(&job->call, work.def, work.vol, is_upload ? O_RDWR : O_RDONLY, error);
    if (!medium)
        return false;
    unsigned flags = (is_upload ? ALJ_STREAM_UPLOAD : 0) | (op->flags & TRANSFER_SPARSE ? ALJ_STREAM_SPARSE : 0);
    g_autoptr(AljStream) stream = alj_stream_open(medium, work.vol->path, op->offset, op->length, flags, &job->task, error);
    if (!stream)
        return false;
    atomic_store(&job->task.total_bytes, op->length);
    alj_job_set_limit(job, -1); /* from here the client sets the pace */
    op->task = &job->task;
    job->has_written = is_upload;
    return op->transfer(op, stream, error);
}

/* An aborted upload has changed the volume as well. */
static void
look_again(AljJob *job)
{
    g_auto(AljVolWork) work = { 0 };
    g_autoptr(AljVolDef) before = NULL;
    g_autoptr(GError) error = NULL;
    if (!job->has_written || alj_job_is_given_up(job) || !alj_vol_work_begin(job, ALJ_CLAIM_SHARED, true, &work, &error))
        return; /* deleted or stopped meanwhile: nothing to look at */
    alj_job_set_limit(job, job->core->limits.look_usec);
    atomic_store(&job->task.is_cancelled, false);
    before = alj_vol_def_ref(work.vol);
    if (alj_vol_work_look(job, &work, &error)) {
        alj_pool_set_vol(work.pool, job, work.vol, (gint64) (work.vol->allocation_bytes - before->allocation_bytes));
    } else {
        AljLogFields about = { .pool = work.pool->name, .volume = work.vol->name, .error = error->message,
                               .client_uid = -1 };
        alj_log(G_LOG_LEVEL_WARNING, &about, "cannot be looked at after an upload");
    }
    alj_events_send(job->core->events, ALJ_EVENT_REFRESH, work.pool);
}

bool
alj_op_vol_upload(AljJob *job, GError **error)
{
    bool is_done = transfer(job, true, error);
    atomic_store(&job->is_done, is_done);
    look_again(job); /* before the answer: what the client does next with the volume must not find it in use */
    return is_done;
}

bool
alj_op_vol_download(AljJob *job, GError **error)
{
    return transfer(job, false, error);
}
