/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The protocol's wiping algorithms and who carries them out: zeros we write ourselves, patterns are scrub's. Runs on a pool's workers. */
#include "backend/wipe.h"

#include "base/task.h"
#include "host/data.h"
#include "host/files.h"

/* Names `scrub` knows, by the protocol's numbers. */
static const char *const scrub_patterns[ALJ_N_WIPES] = {
    [ALJ_WIPE_NNSA] = "nnsa",           [ALJ_WIPE_DOD] = "dod",
    [ALJ_WIPE_BSI] = "bsi",             [ALJ_WIPE_GUTMANN] = "gutmann",
    [ALJ_WIPE_SCHNEIER] = "schneier",   [ALJ_WIPE_PFITZNER7] = "pfitzner7",
    [ALJ_WIPE_PFITZNER33] = "pfitzner33", [ALJ_WIPE_RANDOM] = "random",
};

bool
alj_wipe_check(AljWipe how, GError **error)
{
    if (how == ALJ_WIPE_TRIM)
        return alj_fail(error, ALJ_ERROR_ARGUMENT_UNSUPPORTED, "'trim' algorithm not supported");
    if (how != ALJ_WIPE_ZERO && (how >= ALJ_N_WIPES || !scrub_patterns[how]))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "wiping algorithm %d not supported", how);
    return true;
}

bool
alj_wipe_bytes(AljCall *call, int fd, const char *path, AljWipe how, GError **error)
{
    uint64_t bytes;
    if (!alj_wipe_check(how, error) || !alj_file_size(call->host, fd, path, &bytes, error))
        return false;
    atomic_store(&call->task->total_bytes, bytes);
    return alj_data_wipe(call->host, fd, path, bytes, scrub_patterns[how], call->task, error);
}
