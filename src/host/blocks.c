/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Block devices through libblkid's low-level probing, libfdisk's labels, the kernel's exclusive open and sysfs. Owns nothing
 * but the descriptors it returns. Runs on a pool's workers. Nothing else in the program decides whether a device may be overwritten.
 */
#include "host/blocks.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/mounts.h"
#include "host/partitions.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define POLL_USEC      (10 * G_TIME_SPAN_MILLISECOND)
#define MAX_SIGNATURES 64         /* a hostile device could go on for long */
#define SECTOR_BYTES   512
#define SYS_BLOCK      "/sys/block"

/* ---- what is on it ---- */

void
alj_content_clear(AljContent *content)
{
    g_clear_pointer(&content->names, g_strfreev);
    content->kind = ALJ_CONTENT_NONE;
}

bool
alj_content_has(const AljContent *content, const char *name)
{
    return content->names && g_strv_contains((const char *const *) content->names, name);
}

char *
alj_content_text(const AljContent *content)
{
    return content->names ? g_strjoinv(", ", content->names) : g_strdup("");
}

static void
free_probe(blkid_probe *probe)
{
    if (*probe)
        blkid_free_probe(*probe);
}

/* One signature: (transfer full) its name. One without a name would still be something. */
static char *
read_signature(blkid_probe probe, AljContentKind *ret_kind)
{
    const char *name = NULL, *usage = NULL;
    if (blkid_probe_lookup_value(probe, "TYPE", &name, NULL) == 0) {
        bool is_fs = blkid_probe_lookup_value(probe, "USAGE", &usage, NULL) == 0 && strcmp(usage, "filesystem") == 0;
        *ret_kind = is_fs ? ALJ_CONTENT_FS : ALJ_CONTENT_MEMBER;
        return g_strdup(name);
    }
    bool is_table = blkid_probe_lookup_value(probe, "PTTYPE", &name, NULL) == 0;
    *ret_kind = is_table ? ALJ_CONTENT_TABLE : ALJ_CONTENT_MEMBER;
    return g_strdup(is_table ? name : "unknown");
}

/* libblkid misses a label that libfdisk makes and reads: bsd in the second sector. */
static bool
add_label(AljHost *host, int fd, const char *name, GPtrArray *names, AljContentKind *ret_kind, GError **error)
{
    g_autoptr(AljPartTable) table = alj_partitions_read(host, fd, name, error);
    if (table && table->label) {
        g_ptr_array_add(names, g_strdup(table->label));
        *ret_kind = ALJ_CONTENT_TABLE;
    }
    return table != NULL;
}

/* Returns: 0 or an errno. */
static int
collect_signatures(blkid_probe probe, GPtrArray *names, AljContentKind *ret_kind)
{
    int found = 0;
    for (int i = 0; i < MAX_SIGNATURES && (found = blkid_do_probe(probe)) == 0; i++) {
        g_autofree char *name = read_signature(probe, ret_kind);
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    return found < 0 ? EIO : 0;
}

static void
take_names(GPtrArray *names, AljContentKind last_kind, AljContent *ret)
{
    guint protective;
    if (g_ptr_array_find_with_equal_func(names, "gpt", g_str_equal, NULL)
        && g_ptr_array_find_with_equal_func(names, "PMBR", g_str_equal, &protective))
        g_ptr_array_remove_index(names, protective);
    ret->kind = names->len == 0 ? ALJ_CONTENT_NONE : names->len == 1 ? last_kind : ALJ_CONTENT_CONTRADICTS;
    g_ptr_array_add(names, NULL);
    ret->names = (char **) g_ptr_array_steal(names, NULL);
}

bool
alj_block_probe(AljHost *host, int fd, const char *name, AljContent *ret, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    AljContentKind kind = ALJ_CONTENT_NONE;
    int failed = alj_host_gate(host, "probe device");
    __attribute__((cleanup(free_probe))) blkid_probe probe = failed ? NULL : blkid_new_probe();
    if (!probe)
        return alj_fail_errno(error, failed ? failed : ENOMEM, "cannot read '%s'", name);
    if (blkid_probe_set_device(probe, fd, 0, 0) < 0)
        return alj_fail_errno(error, errno ? errno : EIO, "cannot read '%s'", name);
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_BADCSUM);
    blkid_probe_enable_partitions(probe, 1);
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
    failed = collect_signatures(probe, names, &kind);
    if (failed)
        return alj_fail_errno(error, failed, "cannot read '%s'", name);
    if (names->len == 0 && !add_label(host, fd, name, names, &kind, error))
        return false;
    take_names(names, kind, ret);
    return true;
}

/* ---- who uses it ---- */

static char *
sys_path(dev_t device, const char *below)
{
    return g_strdup_printf("/sys/dev/block/%u:%u/%s", major(device), minor(device), below);
}

/* Whether the loop device called @name stands on @file, which may be a device, whatever its node is. */
static bool
is_loop_on(const char *name, const struct stat *file)
{
    struct loop_info64 info = { 0 };
    g_autofree char *path = g_build_filename("/dev", name, NULL);
    alj_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
        return false;
    return S_ISBLK(file->st_mode) ? info.lo_rdevice == file->st_rdev
                                  : info.lo_device == file->st_dev && info.lo_inode == file->st_ino;
}

bool
alj_block_stands_on(dev_t device, const struct stat *file)
{
    g_autofree char *loop = sys_path(device, "loop"), *link = sys_path(device, "");
    g_autofree char *at = access(loop, F_OK) == 0 ? realpath(link, NULL) : NULL; /* a partition has no such directory */
    g_autofree char *name = at ? g_path_get_basename(at) : NULL;
    return name && is_loop_on(name, file);
}

/* The first device in the directory `holders`, or NULL. (transfer full) */
static char *
find_holder(dev_t device)
{
    g_autofree char *path = sys_path(device, "holders");
    g_autoptr(GDir) holders = g_dir_open(path, 0, NULL);
    const char *holder = holders ? g_dir_read_name(holders) : NULL;
    return holder ? g_strdup_printf("device '%s' stands on it", holder) : NULL;
}

/* A loop device that stands on the file @st, or NULL. (transfer full) */
static char *
find_loop(const struct stat *st)
{
    g_autoptr(GDir) blocks = g_dir_open(SYS_BLOCK, 0, NULL);
    const char *block;
    while (blocks && (block = g_dir_read_name(blocks))) {
        g_autofree char *loop = g_strdup_printf(SYS_BLOCK "/%s/loop", block);
        if (access(loop, F_OK) == 0 && is_loop_on(block, st))
            return g_strdup_printf("device '%s' stands on it", block);
    }
    return NULL;
}

/* Whether @line begins with the path of the device. */
static bool
names_device(const char *line, dev_t device)
{
    struct stat st;
    g_autofree char *escaped = g_strndup(line, strcspn(line, " \t\n"));
    g_autofree char *path = g_strcompress(escaped);
    return *path == '/' && stat(path, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == device;
}

static char *
find_swap(dev_t device)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/swaps", &text, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (names_device(*line, device))
            return g_strdup("it is swap space");
    return NULL;
}

/* For the message: the kernel only says that somebody uses it. (transfer full) */
static char *
find_user(AljHost *host, const struct stat *st)
{
    g_autofree char *target = alj_mount_where(host, st->st_rdev);
    char *user = target ? g_strdup_printf("it is mounted on '%s'", target) : find_swap(st->st_rdev);
    if (!user)
        user = find_holder(st->st_rdev);
    return user ? user : g_strdup("a part of it is mounted, or a program has claimed it");
}

/* ---- opening ---- */

static bool
fail_busy(const char *path, const char *user, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BUSY, "'%s' is in use: %s", path, user);
}

static bool
check_opened(const char *path, int fd, int flags, struct stat *st, GError **error)
{
    if (fstat(fd, st) < 0)
        return alj_fail_errno(error, errno, "cannot open '%s'", path);
    if (!S_ISBLK(st->st_mode) && !S_ISREG(st->st_mode))
        return alj_fail_errno(error, ENOTBLK, "cannot open '%s'", path);
    if (!S_ISREG(st->st_mode) || !(flags & O_EXCL))
        return true;
    if (alj_file_has_writer(fd))
        return fail_busy(path, "a running guest writes to it", error);
    g_autofree char *loop = find_loop(st);
    return !loop || fail_busy(path, loop, error);
}

int
alj_block_open(AljHost *host, const char *path, int flags, struct stat *ret_stat, GError **error)
{
    struct stat st = { 0 };
    int failed = alj_host_gate(host, "open device");
    if (!failed && stat(path, &st) < 0)
        failed = errno;
    else if (!failed && !S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) /* opening some devices has effects of its own */
        failed = ENOTBLK;
    alj_autofd fd = failed ? -1 : open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && !failed && errno == EBUSY) {
        g_autofree char *user = find_user(host, &st);
        fail_busy(path, user, error);
        return -1;
    }
    if (fd < 0) {
        alj_fail_errno(error, failed ? failed : errno, "cannot open '%s'", path);
        return -1;
    }
    if (!check_opened(path, fd, flags, &st, error))
        return -1;
    if (ret_stat)
        *ret_stat = st;
    return alj_steal_fd(&fd);
}

bool
alj_block_check_free(AljHost *host, const char *path, GError **error)
{
    alj_autofd fd = alj_block_open(host, path, O_RDONLY | O_EXCL, NULL, error);
    return fd >= 0;
}

/* ---- sizes and bytes ---- */

bool
alj_block_geometry(AljHost *host, int fd, const char *name, uint64_t *ret_bytes, unsigned *ret_sector_bytes, GError **error)
{
    struct stat st;
    int sector_bytes = SECTOR_BYTES;
    uint64_t bytes = 0;
    int failed = alj_host_gate(host, "geometry");
    if (!failed && fstat(fd, &st) < 0)
        failed = errno;
    if (!failed && S_ISBLK(st.st_mode) && (ioctl(fd, BLKGETSIZE64, &bytes) < 0 || ioctl(fd, BLKSSZGET, &sector_bytes) < 0))
        failed = errno;
    if (failed)
        return alj_fail_errno(error, failed, "cannot read the size of '%s'", name);
    *ret_bytes = S_ISBLK(st.st_mode) ? bytes : (uint64_t) st.st_size;
    *ret_sector_bytes = (unsigned) sector_bytes;
    return true;
}

/* ---- nodes ---- */

static bool
is_block_node(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

bool
alj_block_wait(AljHost *host, const char *path, bool is_there, gint64 usec, const AljTask *task, GError **error)
{
    gint64 until_usec = g_get_monotonic_time() + usec;
    int failed = alj_host_gate(host, "wait for device");
    if (failed)
        return alj_fail_errno(error, failed, "cannot wait for '%s'", path);
    while (is_block_node(path) != is_there) {
        if (!alj_task_check(task, path, error))
            return false;
        if (g_get_monotonic_time() >= until_usec)
            return alj_fail(error, ALJ_ERROR_TIMEOUT, "device '%s' %s", path,
                            is_there ? "did not appear" : "did not go away");
        g_usleep(POLL_USEC);
    }
    return true;
}

bool
alj_block_is_whole_disk(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISBLK(st.st_mode))
        return false;
    g_autofree char *hardware = sys_path(st.st_rdev, "device");
    g_autofree char *partition = sys_path(st.st_rdev, "partition");
    return access(hardware, F_OK) == 0 && access(partition, F_OK) != 0;
}
