/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to a SCSI device itself. What sysfs says of a device was read when the kernel found it, and stays when the array exchanges units
 * behind their numbers. Runs on a pool's workers; the device may take its time.
 */
#include "host/scsi.h"

#include <errno.h>
#include <scsi/sg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#define UNIT_DIR      "/sys/bus/scsi/devices/%u:%u:%u:%" G_GUINT64_FORMAT
#define INQUIRY       0x12
#define PAGE_WANTED   0x01
#define PAGE_NUMBER   0x80
#define PAGE_NAMES    0x83
#define CHECK         0x02 /* of the status byte */
#define CONFLICT      0x18
#define READ          0x28 /* of no blocks: refused to whom a reservation lets not read … */
#define FLUSH         0x35 /* … and not write (SPC-4, table 53; SBC-3, table 14) */
#define TRIES         3    /* each may be answered with something that happened before */
#define ANSWER_MSEC   10000
#define FLUSH_MSEC    60000 /* the kernel's own limit */
#define PAGE_MAX      65535

/* One INQUIRY. Returns: 0 and what came in *@ret (NULL: the device has no such page), or an errno. */
static int
inquire(int fd, uint8_t page, size_t bytes, GBytes **ret)
{
    g_autofree uint8_t *data = g_malloc0(bytes);
    uint8_t command[6] = { INQUIRY, PAGE_WANTED, page, (uint8_t) (bytes >> 8), (uint8_t) bytes, 0 }, sense[32];
    struct sg_io_hdr ask = { .interface_id = 'S', .dxfer_direction = SG_DXFER_FROM_DEV, .cmdp = command, .cmd_len = sizeof command,
                             .dxferp = data, .dxfer_len = (unsigned) bytes, .sbp = sense, .mx_sb_len = sizeof sense,
                             .timeout = ANSWER_MSEC };
    *ret = NULL;
    if (ioctl(fd, SG_IO, &ask) < 0)
        return errno;
    if (ask.host_status != 0)
        return EIO;
    if (ask.status != 0)
        return ask.status == CHECK ? 0 : EBUSY;
    size_t got = bytes - (ask.resid > 0 ? MIN((size_t) ask.resid, bytes) : 0);
    *ret = got > 1 && data[1] == page ? g_bytes_new(data, got) : NULL;
    return 0;
}

bool
alj_scsi_check_free(AljHost *host, int fd, const char *path, bool to_write, GError **error)
{
    uint8_t command[10] = { to_write ? FLUSH : READ }, sense[32];
    struct sg_io_hdr ask = { .interface_id = 'S', .dxfer_direction = SG_DXFER_NONE, .cmdp = command,
                             .cmd_len = sizeof command, .sbp = sense, .mx_sb_len = sizeof sense,
                             .timeout = to_write ? FLUSH_MSEC : ANSWER_MSEC };
    bool is_told = alj_host_gate(host, "ask SCSI device") == 0 && ioctl(fd, SG_IO, &ask) == 0;
    return !is_told || ask.status != CONFLICT || alj_fail_errno(error, EBUSY, "'%s' is reserved by another host", path);
}

/* The page as it is now, as long as the kernel's of it, which is NULL if it has none. Returns: 0 or an errno. */
static int
ask_page(AljHost *host, int fd, uint8_t page, const GBytes *known, GBytes **ret)
{
    int failed = known ? alj_host_gate(host, "ask SCSI device") : 0;
    *ret = NULL;
    for (unsigned i = 0; known && failed == 0 && !*ret && i < TRIES; i++)
        failed = inquire(fd, page, g_bytes_get_size((GBytes *) known), ret);
    return failed;
}

bool
alj_scsi_lun_check(AljHost *host, unsigned number, const AljScsiLun *lun, int fd, GError **error)
{
    g_autofree char *dir = g_strdup_printf(UNIT_DIR, number, lun->bus, lun->target, lun->lun);
    g_autofree char *rescan = g_build_filename(dir, "rescan", NULL);
    g_autoptr(GBytes) known_names = alj_sys_bytes(host, dir, "vpd_pg83", PAGE_MAX);
    g_autoptr(GBytes) known_number = alj_sys_bytes(host, dir, "vpd_pg80", PAGE_MAX);
    g_autoptr(GBytes) names = NULL, its_number = NULL;
    g_auto(AljScsiIdentity) identity = { 0 };
    int failed = ask_page(host, fd, PAGE_NAMES, known_names, &names);
    if (failed == 0)
        failed = ask_page(host, fd, PAGE_NUMBER, known_number, &its_number);
    if (failed == ENOTTY || failed == EINVAL) /* nothing that speaks SCSI */
        return true;
    if (failed != 0)
        return alj_fail_errno(error, failed, "SCSI device '%s' does not say what it is", lun->node);
    alj_scsi_identify(names, its_number, NULL, NULL, &identity);
    if (g_strcmp0(identity.digest, lun->identity.digest) == 0)
        return true;
    /* else a refresh would find the old one again, and the next transfer end here again */
    (void) alj_sys_write(host, rescan, "1", ANSWER_MSEC * 1000, NULL);
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "SCSI device '%s' is another one than the kernel has found there", lun->node);
}
