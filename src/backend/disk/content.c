/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on the device against what the pool expects. The labels that libvirt asks parted about have sentences of their own; we
 * ask the same probers about all. Runs on a pool's workers.
 */
#include "backend/disk/disk.h"
#include "host/blocks.h"

#include <string.h>

typedef enum Verdict { VERDICT_EMPTY, VERDICT_EXPECTED, VERDICT_OTHER } Verdict;

/* What libblkid calls the labels it does not call as libvirt does. */
static const struct {
    const char *ours, *blkid;
} other_names[] = { { "dvh", "sgi" }, { "lvm2", "LVM2_member" } };

static bool
judge(AljCall *call, const AljDisk *disk, const char *format, Verdict *ret, GError **error)
{
    g_auto(AljContent) content = { 0 };
    const char *name = format;
    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++)
        if (strcmp(format, other_names[i].ours) == 0)
            name = other_names[i].blkid;
    if (!alj_block_probe(call->host, disk->fd, disk->path, &content, error))
        return false;
    if (content.kind == ALJ_CONTENT_NONE)
        *ret = VERDICT_EMPTY;
    else
        *ret = content.kind != ALJ_CONTENT_CONTRADICTS && alj_content_has(&content, name) ? VERDICT_EXPECTED : VERDICT_OTHER;
    return true;
}

/* The labels libvirt asks parted about. */
static bool
is_asked_of_parted(const char *format)
{
    static const char *const formats[] = { "dvh", "pc98", "bsd", NULL };
    return g_strv_contains(formats, format);
}

static bool
fail_unlike(const AljDisk *disk, const char *format, GError **error)
{
    if (is_asked_of_parted(format))
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "Known, but different label format present, requires build --overwrite");
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "Format of device '%s' does not match the expected format '%s'", disk->path,
                    format);
}

bool
alj_diskpool_check_start(AljCall *call, const AljDisk *disk, const char *format, GError **error)
{
    Verdict verdict;
    if (!judge(call, disk, format, &verdict, error))
        return false;
    switch (verdict) {
    case VERDICT_EXPECTED:
        return true;
    case VERDICT_OTHER:
        return fail_unlike(disk, format, error);
    case VERDICT_EMPTY:
        break;
    }
    if (is_asked_of_parted(format))
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "Unrecognized disk label found, requires build");
    return alj_fail(error, ALJ_ERROR_PROBE_FAILED, "Device '%s' is unrecognized, requires build", disk->path);
}

bool
alj_diskpool_check_build(AljCall *call, const AljDisk *disk, const char *format, GError **error)
{
    Verdict verdict;
    bool by_parted = is_asked_of_parted(format);
    if (!judge(call, disk, format, &verdict, error))
        return false;
    switch (verdict) {
    case VERDICT_EMPTY:
        return true;
    case VERDICT_EXPECTED:
        return by_parted ? alj_fail(error, ALJ_ERROR_BAD_STATE, "Disk label already formatted using '%s'", format)
                         : alj_fail(error, ALJ_ERROR_POOL_BUILT, "Device '%s' already formatted using '%s'", disk->path, format);
    case VERDICT_OTHER:
        break;
    }
    if (by_parted)
        return fail_unlike(disk, format, error);
    return alj_fail(error, ALJ_ERROR_POOL_BUILT, "Format of device '%s' does not match the expected format '%s', forced overwrite "
                    "is necessary", disk->path, format);
}
