/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device-mapper's status of devices, by its ioctl. Owns nothing. Any thread. */
#include "host/dm.h"

#include "base/error.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>

#define SECTOR_BYTES  512
#define ANSWER_BYTES  4096 /* one target of a thin volume says fifty */
#define CONTROL       "/dev/mapper/control"

typedef union Answer {
    struct dm_ioctl head;
    char bytes[ANSWER_BYTES];
} Answer;

static bool
bytes_of(uint64_t sectors, uint64_t *ret)
{
    return !__builtin_mul_overflow(sectors, SECTOR_BYTES, ret);
}

bool
alj_dm_parse_thin(const char *status, AljDmThin *ret)
{
    char *end;
    uint64_t mapped, highest = 0, mapped_bytes, end_bytes = 0;
    if (!g_ascii_isdigit(*status))
        return false;
    mapped = g_ascii_strtoull(status, &end, 10);
    if (*end != ' ')
        return false;
    const char *last = end + 1;
    bool is_empty = strcmp(last, "-") == 0;
    if (!is_empty && (!g_ascii_isdigit(*last) || (highest = g_ascii_strtoull(last, &end, 10)) == UINT64_MAX || *end != '\0'))
        return false;
    if (!bytes_of(mapped, &mapped_bytes) || (!is_empty && !bytes_of(highest + 1, &end_bytes)))
        return false;
    ret->mapped_bytes = mapped_bytes;
    ret->mapped_end_bytes = end_bytes;
    return true;
}

/* Returns: 0 or an errno. */
static int
ask_status(AljHost *host, dev_t device, Answer *answer)
{
    int failed = alj_host_gate(host, "device-mapper status");
    alj_autofd control = failed ? -1 : open(CONTROL, O_RDWR | O_CLOEXEC);
    if (control < 0)
        return failed ? failed : errno;
    *answer = (Answer){ .head = { .version = { DM_VERSION_MAJOR, 0, 0 }, .data_size = sizeof *answer, .data_start = sizeof answer->head,
                                  .flags = DM_NOFLUSH_FLAG, .dev = device } };
    return ioctl(control, DM_TABLE_STATUS, answer) < 0 ? errno : 0;
}

/* The one target of @answer, if it is a thin volume: its size, and what it says. Returns: NULL or its status. (borrowed) */
static const char *
find_thin(Answer *answer, uint64_t *ret_bytes)
{
    struct dm_target_spec target;
    size_t at = answer->head.data_start;
    if (answer->head.target_count != 1 || (answer->head.flags & DM_BUFFER_FULL_FLAG) || at > sizeof *answer - sizeof target)
        return NULL;
    memcpy(&target, answer->bytes + at, sizeof target);
    answer->bytes[sizeof *answer - 1] = '\0';
    bool is_thin = strncmp(target.target_type, "thin", sizeof target.target_type) == 0 && bytes_of(target.length, ret_bytes);
    return is_thin ? answer->bytes + at + sizeof target : NULL;
}

bool
alj_dm_thin(AljHost *host, dev_t device, AljDmThin *ret, GError **error)
{
    Answer answer;
    int failed = ask_status(host, device, &answer);
    if (failed)
        return alj_fail_errno(error, failed, "cannot ask device-mapper");
    const char *status = find_thin(&answer, &ret->bytes);
    if (!status)
        return alj_fail_errno(error, ENOTTY, "no thin volume");
    g_strlcpy(ret->uuid, answer.head.uuid, sizeof ret->uuid);
    return alj_dm_parse_thin(status, ret) || alj_fail_errno(error, EIO, "device-mapper says '%s' of a thin volume", status);
}
