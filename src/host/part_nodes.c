/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's list of a disk's partitions: read in sysfs, changed by BLKPG. Never by reading the whole table again (BLKRRPART): that
 * fails while one partition is in use, and a kernel without parsers forgets all of them. Owns the descriptor of an
 * open disk; runs on a pool's workers.
 */
#include "host/part_nodes.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/blocks.h"

#include <errno.h>
#include <linux/blkpg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define SYS_UNIT          512 /* of start and size in sysfs, whatever the sectors are */
#define EXTENDED_BYTES    1024 /* of an extended partition the kernel shows only the room for a boot loader */
#define LOCK_TRIES        100
#define LOCK_PAUSE_USEC   (100 * G_TIME_SPAN_MILLISECOND)

/* ---- the disk ---- */

/* The kernel's name of a block device. (transfer full) */
static char *
kernel_name(dev_t device)
{
    g_autofree char *link = g_strdup_printf("/sys/dev/block/%u:%u", major(device), minor(device));
    g_autofree char *target = g_file_read_link(link, NULL);
    char *name = target ? g_path_get_basename(target) : NULL;
    return name ? g_strdelimit(name, "!", '/') : NULL; /* sysfs has no slashes in names */
}

bool
alj_disk_open(AljHost *host, const char *path, int flags, AljDisk *ret, GError **error)
{
    struct stat st;
    alj_autofd fd = alj_block_open(host, path, flags, &st, error);
    if (fd < 0)
        return false;
    bool is_block = S_ISBLK(st.st_mode);
    *ret = (AljDisk){ .fd = alj_steal_fd(&fd), .device = st.st_rdev, .is_block = is_block, .path = g_strdup(path),
                      .sys_name = is_block ? kernel_name(st.st_rdev) : NULL };
    return true;
}

void
alj_disk_clear(AljDisk *disk)
{
    alj_autofd_clear(&disk->fd);
    disk->fd = -1;
    g_clear_pointer(&disk->path, g_free);
    g_clear_pointer(&disk->sys_name, g_free);
}

bool
alj_disk_lock(AljHost *host, const AljDisk *disk, const AljTask *task, GError **error)
{
    int failed = alj_host_gate(host, "lock disk");
    for (int tries = 0; !failed && flock(disk->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK)
            failed = errno;
        else if (tries == LOCK_TRIES)
            return alj_fail(error, ALJ_ERROR_BUSY, "'%s' is locked by another program", disk->path);
        else if (!alj_task_check(task, "lock", error))
            return false;
        else
            g_usleep(LOCK_PAUSE_USEC);
    }
    return !failed || alj_fail_errno(error, failed, "cannot lock '%s'", disk->path);
}

/* ---- sysfs ---- */

static bool
read_number(const char *dir, const char *file, uint64_t *ret)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    return g_ascii_string_to_unsigned(g_strchomp(text), 10, 0, UINT64_MAX, ret, NULL);
}

static char *
sys_dir(const AljDisk *disk)
{
    return g_strdup_printf("/sys/dev/block/%u:%u", major(disk->device), minor(disk->device));
}

/* Calls @each for every partition in the disk's directory of sysfs until it returns false. */
static void
each_known(const AljDisk *disk, bool (*each)(const char *name, const char *dir, unsigned number, void *data), void *data)
{
    g_autofree char *top = sys_dir(disk);
    g_autoptr(GDir) entries = disk->is_block ? g_dir_open(top, 0, NULL) : NULL;
    const char *name;
    while (entries && (name = g_dir_read_name(entries))) {
        uint64_t number;
        g_autofree char *dir = g_build_filename(top, name, NULL);
        if (read_number(dir, "partition", &number) && !each(name, dir, (unsigned) number, data))
            return;
    }
}

typedef struct Known {
    unsigned number;
    char *name;
    char *device; /* "MAJOR:MINOR" */
    uint64_t start_bytes, size_bytes;
} Known;

static void
known_clear(Known *known)
{
    g_free(known->name);
    g_free(known->device);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Known, known_clear)

static bool
take_if_wanted(const char *name, const char *dir, unsigned number, void *data)
{
    Known *known = data;
    uint64_t start, size;
    if (number != known->number || !read_number(dir, "start", &start) || !read_number(dir, "size", &size))
        return true;
    g_autofree char *device = g_build_filename(dir, "dev", NULL);
    known->name = g_strdelimit(g_strdup(name), "!", '/');
    if (g_file_get_contents(device, &known->device, NULL, NULL))
        g_strchomp(known->device);
    known->start_bytes = start * SYS_UNIT;
    known->size_bytes = size * SYS_UNIT;
    return false;
}

/* Nodes that the kernel does not make itself (device-mapper) and image files are named after the path. */
char *
alj_disk_part_path(const AljDisk *disk, unsigned number)
{
    g_auto(Known) known = { .number = number };
    each_known(disk, take_if_wanted, &known);
    if (known.name)
        return g_strdup_printf("/dev/%s", known.name);
    bool is_plain = disk->sys_name && !g_str_has_prefix(disk->sys_name, "dm-");
    g_autofree char *base = is_plain ? g_strdup_printf("/dev/%s", disk->sys_name) : g_strdup(disk->path);
    bool ends_in_digit = g_ascii_isdigit(base[strlen(base) - 1]);
    return g_strdup_printf("%s%s%u", base, ends_in_digit ? "p" : "", number);
}

static bool
is_at(const Known *known, const AljPart *part)
{
    return known->name && known->start_bytes == part->start_bytes
        && (part->kind == ALJ_PART_EXTENDED || known->size_bytes == part->end_bytes - part->start_bytes);
}

bool
alj_disk_knows(const AljDisk *disk, const AljPart *part)
{
    g_auto(Known) known = { .number = part->number };
    each_known(disk, take_if_wanted, &known);
    return is_at(&known, part);
}

bool
alj_disk_is_part(const AljDisk *disk, const AljPart *part, dev_t device)
{
    g_auto(Known) known = { .number = part->number };
    g_autofree char *wanted = g_strdup_printf("%u:%u", major(device), minor(device));
    each_known(disk, take_if_wanted, &known);
    return is_at(&known, part) && g_strcmp0(known.device, wanted) == 0;
}

static bool
collect(const char *name, const char *dir, unsigned number, void *data)
{
    g_array_append_val((GArray *) data, number);
    return true;
}

GArray *
alj_disk_known(const AljDisk *disk)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(unsigned));
    each_known(disk, collect, numbers);
    return numbers;
}

/* ---- BLKPG ---- */

/* Returns: 0 or an errno. */
static int
tell_kernel(const AljDisk *disk, int operation, unsigned number, uint64_t start_bytes, uint64_t size_bytes)
{
    struct blkpg_partition part = { .start = (long long) start_bytes, .length = (long long) size_bytes, .pno = (int) number };
    struct blkpg_ioctl_arg arg = { .op = operation, .datalen = sizeof part, .data = &part };
    return ioctl(disk->fd, BLKPG, &arg) < 0 ? errno : 0;
}

static int
tell_added(const AljDisk *disk, const AljPart *part, unsigned sector_bytes)
{
    uint64_t bytes = part->end_bytes - part->start_bytes;
    if (part->kind == ALJ_PART_EXTENDED)
        bytes = MIN(bytes, MAX(EXTENDED_BYTES, sector_bytes));
    int failed = tell_kernel(disk, BLKPG_ADD_PARTITION, part->number, part->start_bytes, bytes);
    return failed == EBUSY && alj_disk_knows(disk, part) ? 0 : failed;
}

static int
tell_removed(const AljDisk *disk, unsigned number)
{
    int failed = tell_kernel(disk, BLKPG_DEL_PARTITION, number, 0, 0);
    return failed == ENXIO ? 0 : failed;
}

bool
alj_disk_add(AljHost *host, const AljDisk *disk, const AljPart *part, unsigned sector_bytes, GError **error)
{
    int failed = alj_host_gate(host, "add partition");
    if (!failed)
        failed = tell_added(disk, part, sector_bytes);
    return !failed || alj_fail_errno(error, failed, "cannot add partition %u of '%s'", part->number, disk->path);
}

bool
alj_disk_remove(AljHost *host, const AljDisk *disk, unsigned number, GError **error)
{
    int failed = alj_host_gate(host, "remove partition");
    if (!failed)
        failed = tell_removed(disk, number);
    if (failed == EBUSY) {
        g_autofree char *path = alj_disk_part_path(disk, number);
        return alj_fail(error, ALJ_ERROR_BUSY, "partition '%s' is in use", path);
    }
    return !failed || alj_fail_errno(error, failed, "cannot remove partition %u of '%s'", number, disk->path);
}

static int
tell_resized(const AljDisk *disk, const AljPart *part)
{
    return tell_kernel(disk, BLKPG_RESIZE_PARTITION, part->number, part->start_bytes, part->end_bytes - part->start_bytes);
}

bool
alj_disk_resize(AljHost *host, const AljDisk *disk, const AljPart *part, GError **error)
{
    int failed = alj_host_gate(host, "resize partition");
    if (!failed)
        failed = tell_resized(disk, part);
    return !failed || alj_fail_errno(error, failed, "cannot resize partition %u of '%s'", part->number, disk->path);
}

void
alj_disk_reshape(const AljDisk *disk, const AljPart *part)
{
    (void) tell_resized(disk, part); /* as below */
}

void
alj_disk_restore(const AljDisk *disk, const AljPart *part, unsigned sector_bytes)
{
    (void) tell_added(disk, part, sector_bytes); /* there is no remedy: the next start of the pool tries again */
}

void
alj_disk_forget(const AljDisk *disk, unsigned number)
{
    (void) tell_removed(disk, number); /* as above */
}
