/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two sparse files in memory, one as the device is and one to be edited. A page that is in the second but not in the first was
 * written without having been looked at. Owns both files; runs on a pool's workers.
 */
#include "host/table_image.h"

#include "base/error.h"
#include "base/guard.h"
#include "host/blocks.h"
#include "host/data.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES  4096u
#define PIECE_BYTES (1u << 20)

/* Memory, not storage: no gate. */
static int
new_sparse(uint64_t bytes, GError **error)
{
    alj_autofd fd = memfd_create("partition-table", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t) bytes) == 0)
        return alj_steal_fd(&fd);
    alj_fail_errno(error, errno, "cannot make a copy of a partition table");
    return -1;
}

AljTableImage *
alj_table_image_new(AljHost *host, int fd, const char *name, GError **error)
{
    uint64_t bytes;
    unsigned sector_bytes;
    if (!alj_block_geometry(host, fd, name, &bytes, &sector_bytes, error))
        return NULL;
    alj_autofd before = new_sparse(bytes, error);
    alj_autofd edited = before < 0 ? -1 : new_sparse(bytes, error);
    if (edited < 0)
        return NULL;
    AljTableImage *image = g_new(AljTableImage, 1);
    *image = (AljTableImage){ .host = host, .device_fd = fd, .name = name, .before_fd = alj_steal_fd(&before),
                              .fd = alj_steal_fd(&edited), .bytes = bytes, .sector_bytes = sector_bytes };
    return image;
}

void
alj_table_image_free(AljTableImage *image)
{
    if (!image)
        return;
    alj_autofd_clear(&image->before_fd);
    alj_autofd_clear(&image->fd);
    g_free(image);
}

static bool
put(int fd, const uint8_t *data, size_t bytes, uint64_t offset, GError **error)
{
    if (pwrite(fd, data, bytes, (off_t) offset) == (ssize_t) bytes)
        return true;
    return alj_fail_errno(error, errno, "cannot make a copy of a partition table");
}

bool
alj_table_image_copy(AljTableImage *image, uint64_t start_bytes, uint64_t end_bytes, GError **error)
{
    uint64_t end = MIN(end_bytes, image->bytes);
    g_autofree uint8_t *piece = g_malloc(PIECE_BYTES);
    for (uint64_t at = start_bytes - start_bytes % PAGE_BYTES; at < end;) {
        size_t bytes = (size_t) MIN(PIECE_BYTES, image->bytes - at);
        if (at + bytes > end)
            bytes = (size_t) MIN(bytes, (end - at + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
        GError *failure = NULL;
        gssize got = alj_data_pread(image->host, image->device_fd, piece, bytes, at, &failure);
        if (got != (gssize) bytes) {
            alj_fail_errno(error, failure ? alj_error_errno(failure) : EIO, "cannot read '%s'", image->name);
            g_clear_error(&failure);
            return false;
        }
        if (!put(image->before_fd, piece, bytes, at, error) || !put(image->fd, piece, bytes, at, error))
            return false;
        at += bytes;
    }
    return true;
}

bool
alj_table_image_blank(AljTableImage *image, uint64_t start_bytes, uint64_t end_bytes, GError **error)
{
    g_autofree uint8_t *zeros = g_malloc0(PIECE_BYTES);
    for (uint64_t at = start_bytes; at < MIN(end_bytes, image->bytes);) {
        size_t bytes = (size_t) MIN(PIECE_BYTES, MIN(end_bytes, image->bytes) - at);
        if (!put(image->fd, zeros, bytes, at, error))
            return false;
        at += bytes;
    }
    return true;
}

/* The next run of pages in @fd at or behind @offset that are not holes. Returns: false at the end. */
static bool
next_data(int fd, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
    off_t start = lseek(fd, (off_t) offset, SEEK_DATA);
    off_t end = start < 0 ? -1 : lseek(fd, start, SEEK_HOLE);
    if (end <= start)
        return false;
    *ret_start = (uint64_t) start;
    *ret_end = (uint64_t) end;
    return true;
}

bool
alj_table_image_cover(const AljTableImage *image, AljTableImage *fresh, bool *ret_is_covered, GError **error)
{
    uint64_t start, end, known_start, known_end;
    *ret_is_covered = true;
    for (uint64_t at = 0; next_data(image->fd, at, &start, &end); at = end) {
        if (next_data(image->before_fd, start, &known_start, &known_end) && known_start == start && known_end >= end)
            continue;
        *ret_is_covered = false;
        if (!alj_table_image_copy(fresh, start, end, error))
            return false;
    }
    return true;
}

/* Adds the runs of sectors in which @old_data and @new_data, from @offset on, differ. */
static void
add_runs(AljTableChange *change, unsigned sector_bytes, uint64_t offset, const uint8_t *old_data, const uint8_t *new_data,
         size_t bytes)
{
    size_t from = 0; /* all before is the same or added */
    for (size_t at = 0; at <= bytes; at += sector_bytes) {
        if (at + sector_bytes <= bytes && memcmp(old_data + at, new_data + at, sector_bytes) != 0)
            continue;
        if (from < at)
            alj_table_change_add(change, offset + from, old_data + from, new_data + from, at - from);
        from = at + sector_bytes;
    }
}

AljTableChange *
alj_table_image_diff(const AljTableImage *image, GError **error)
{
    uint64_t start, end;
    g_autoptr(AljTableChange) change = alj_table_change_new(image->sector_bytes);
    g_autofree uint8_t *old_data = g_malloc(PIECE_BYTES), *new_data = g_malloc(PIECE_BYTES);
    for (uint64_t at = 0; next_data(image->fd, at, &start, &end); at = end) {
        for (uint64_t piece = start; piece < end;) {
            size_t bytes = (size_t) MIN(PIECE_BYTES, end - piece);
            if (pread(image->before_fd, old_data, bytes, (off_t) piece) != (ssize_t) bytes
                || pread(image->fd, new_data, bytes, (off_t) piece) != (ssize_t) bytes) {
                alj_fail_errno(error, errno, "cannot read the copy of a partition table");
                return NULL;
            }
            add_runs(change, image->sector_bytes, piece, old_data, new_data, bytes);
            piece += bytes;
        }
    }
    return g_steal_pointer(&change);
}
