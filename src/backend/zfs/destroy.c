/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `zfs destroy` knows names only, and the volume that has the name by then may be another one. So zfs is given a program
 * (zfs-program(8)): it looks at what tells the volume from all others, and then destroys it, and nothing else happens to the zpool
 * between its first line and its last. Runs on a pool's workers.
 */
#include "backend/zfs/destroy.h"

#include "backend/zfs/tool.h"
#include "backend/zfs/vol.h"
#include "base/guard.h"
#include "host/data.h"
#include "host/files.h"
#include "host/run.h"
#include "host/udev.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TRIES      3
#define PAUSE_USEC (100 * G_TIME_SPAN_MILLISECOND)
#define PROGRAM    "aljibe-destroy"
#define SNAPSHOTS  "snapshots" /* the word that includes them */

/* What the program returns instead of an errno, as `zfs program -j` prints it. */
#define RETURNED(text) "{\"return\":" text "}"
#define IS_GONE        RETURNED("\"gone\"")
#define IS_OTHER       RETURNED("\"other\"")
#define HAS_SNAPSHOTS  RETURNED("\"snapshots\"")

/* A property that was inherited proves nothing. Snapshots are asked first, one by one, and go all or none. */
static const char program[] =
    "local volume, property, value, how = table.unpack((...).argv)\n"
    "if not zfs.exists(volume) then return 'gone' end\n"
    "local now, source = zfs.get_prop(volume, property)\n"
    "if tostring(now) ~= value or (source and source ~= volume) then return 'other' end\n"
    "local snapshots = {}\n"
    "for name in zfs.list.snapshots(volume) do table.insert(snapshots, name) end\n"
    "if #snapshots > 0 and how ~= '" SNAPSHOTS "' then return 'snapshots' end\n"
    "for _, name in ipairs(snapshots) do\n"
    "    local failed = zfs.check.destroy(name)\n"
    "    if failed ~= 0 then return failed end\n"
    "end\n"
    "for _, name in ipairs(snapshots) do zfs.sync.destroy(name) end\n"
    "return zfs.sync.destroy(volume)\n";

/* What the program says about @name; NULL on failure. (transfer full) */
static char *
run_program(AljCall *call, const char *name, const AljZfsProof *proof, bool with_snapshots, GError **error)
{
    alj_autofd fd = alj_file_scratch(call->host, PROGRAM, error);
    if (fd < 0 || !alj_data_pwrite(call->host, fd, program, strlen(program), 0, error))
        return NULL;
    g_autofree char *zpool = alj_zfs_zpool(name), *file = g_strdup_printf("/dev/fd/%d", fd);
    AljRun run = { .argv = ALJ_ZFS_ARGV("zfs", "program", "-j", "--", zpool, file, name, proof->property, proof->value,
                                        with_snapshots ? SNAPSHOTS : "alone"),
                   .pass_fds = (const int[]) { fd, -1 }, .names = (const AljRunName[]) { { file, PROGRAM }, { 0 } },
                   .timeout_usec = ALJ_ZFS_CHANGE_USEC };
    char *said = alj_run(call->host, &run, call->task, error);
    return said ? g_strchomp(said) : NULL;
}

static bool
judge(const char *said, const char *name, GError **error)
{
    const char *volume = strrchr(name, '/') + 1;
    int failed = EINVAL;
    if (strcmp(said, IS_GONE) == 0)
        return alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", volume);
    if (strcmp(said, IS_OTHER) == 0)
        return alj_zfs_fail_other(volume, error);
    if (strcmp(said, HAS_SNAPSHOTS) == 0)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume '%s' has snapshots by now, which would be lost", volume);
    if (sscanf(said, RETURNED("%d"), &failed) == 1 && failed == 0)
        return true;
    if (failed == EBUSY)
        return alj_fail(error, ALJ_ERROR_BUSY, "volume '%s' is in use: somebody has it open", volume);
    return alj_fail_errno(error, failed, "cannot destroy '%s'", name);
}

bool
alj_zfs_destroy(AljCall *call, const char *name, const AljZfsProof *proof, bool with_snapshots, GError **error)
{
    for (int tries = 1;; tries++) {
        GError *failure = NULL;
        (void) alj_udev_settle(call->host, ALJ_ZFS_SETTLE_USEC, call->task, NULL); /* it opens what was just written to */
        g_autofree char *said = run_program(call, name, proof, with_snapshots, error);
        if (!said)
            return false;
        if (judge(said, name, &failure))
            return true;
        if (tries == TRIES || !alj_error_is(failure, ALJ_ERROR_BUSY)) {
            g_propagate_error(error, failure);
            return false;
        }
        g_error_free(failure);
        g_usleep(PAUSE_USEC);
    }
}

bool
alj_zfs_destroy_volume(AljCall *call, const char *name, uint64_t guid, bool with_snapshots, GError **error)
{
    g_autofree char *value = g_strdup_printf("%" PRId64, (int64_t) guid); /* the program knows numbers with a sign only */
    const AljZfsProof proof = { "guid", value };
    return alj_zfs_destroy(call, name, &proof, with_snapshots, error);
}
