/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a qcow2 image larger by changing its header, when nothing else has to change: the L1 table has
 * room up to the end of its last cluster, and no snapshot, backing file, bitmap or encryption depends on
 * the old size. All other cases are for qemu-img. Runs on the thread of the job; owns nothing but QEMU's
 * lock on the image, for a moment.
 */
#include "host/qcow2.h"

#include "base/error.h"
#include "host/bytes.h"
#include "host/data.h"
#include "host/files.h"
#include "host/qcow2_layout.h"

#include <errno.h>
#include <unistd.h>

#define SECTOR_BYTES 512
/* Capacity, encryption and L1 size stand together: one small write changes them. */
#define SIZES_AT    QCOW2_AT_CAPACITY
#define SIZES_BYTES (QCOW2_AT_L1_OFFSET - QCOW2_AT_CAPACITY)

typedef struct Header {
    uint8_t bytes[QCOW2_V3_HEADER_BYTES];
    uint32_t version, cluster_bits, encryption, l1_entries, snapshots;
    uint64_t capacity_bytes, l1_offset, backing_offset, incompatible, autoclear;
} Header;

static bool
parse_header(Header *header, size_t length)
{
    const uint8_t *at = header->bytes;
    if (!bytes_equal(at, length, 0, QCOW2_MAGIC, 4) ||
        !get_be32(at, length, QCOW2_AT_VERSION, &header->version) ||
        !get_be64(at, length, QCOW2_AT_BACKING_OFFSET, &header->backing_offset) ||
        !get_be32(at, length, QCOW2_AT_CLUSTER_BITS, &header->cluster_bits) ||
        !get_be64(at, length, QCOW2_AT_CAPACITY, &header->capacity_bytes) ||
        !get_be32(at, length, QCOW2_AT_ENCRYPTION, &header->encryption) ||
        !get_be32(at, length, QCOW2_AT_L1_ENTRIES, &header->l1_entries) ||
        !get_be64(at, length, QCOW2_AT_L1_OFFSET, &header->l1_offset) ||
        !get_be32(at, length, QCOW2_AT_SNAPSHOTS, &header->snapshots))
        return false;
    if (header->version == 2)
        return true;
    return header->version == 3 && get_be64(at, length, QCOW2_AT_INCOMPATIBLE, &header->incompatible) &&
           get_be64(at, length, QCOW2_AT_AUTOCLEAR, &header->autoclear);
}

/* Whether the image is so plain that its size is a matter of the header alone. */
static bool
is_plain(const Header *header)
{
    uint64_t harmless = QCOW2_INCOMPATIBLE_COMPRESSION | QCOW2_INCOMPATIBLE_EXTENDED_L2;
    return header->cluster_bits >= QCOW2_CLUSTER_BITS_MIN && header->cluster_bits <= QCOW2_CLUSTER_BITS_MAX &&
           header->capacity_bytes <= INT64_MAX && header->encryption == 0 && header->snapshots == 0 &&
           header->backing_offset == 0 && (header->incompatible & ~harmless) == 0 && header->autoclear == 0;
}

/* How many L1 entries @capacity_bytes needs, or 0 if the table has no room for them where it is. */
static uint32_t
plan_l1(const Header *header, uint64_t capacity_bytes)
{
    uint64_t cluster_bytes = UINT64_C(1) << header->cluster_bits;
    bool has_extended_l2 = (header->incompatible & QCOW2_INCOMPATIBLE_EXTENDED_L2) != 0;
    uint64_t bytes_per_entry = cluster_bytes / (has_extended_l2 ? 16 : 8) * cluster_bytes;
    uint64_t needed = capacity_bytes / bytes_per_entry + (capacity_bytes % bytes_per_entry != 0);
    uint64_t used_bytes = (uint64_t) header->l1_entries * sizeof(uint64_t);
    uint64_t room_bytes = (used_bytes + cluster_bytes - 1) & ~(cluster_bytes - 1);
    if (header->l1_offset == 0 || header->l1_offset % cluster_bytes != 0 ||
        header->l1_offset > INT64_MAX - room_bytes)
        return 0;
    if (needed > MIN(room_bytes, QCOW2_L1_MAX_BYTES) / sizeof(uint64_t))
        return 0;
    return MAX((uint32_t) needed, header->l1_entries);
}

static bool
flush(AljHost *host, int fd, GError **error)
{
    int failed = alj_host_gate(host, "fdatasync");
    if (failed == 0 && fdatasync(fd) < 0)
        failed = errno;
    return failed == 0 || alj_fail_errno(error, failed, "cannot flush the image");
}

/* What stands between the end of the table and that of its cluster is nobody's: zeros before it counts. */
static bool
clear_new_entries(AljHost *host, int fd, const Header *header, uint32_t l1_entries, GError **error)
{
    /* Below a cluster: at most 2 MiB. */
    size_t length = (size_t) (l1_entries - header->l1_entries) * sizeof(uint64_t);
    uint64_t offset = header->l1_offset + (uint64_t) header->l1_entries * sizeof(uint64_t);
    if (length == 0)
        return true;
    g_autofree uint8_t *entries = g_malloc(length);
    gssize got = alj_data_pread(host, fd, entries, length, offset, error);
    if (got < 0)
        return false;
    if ((size_t) got == length && is_zeros(entries, length))
        return true;
    memset(entries, 0, length);
    return alj_data_pwrite(host, fd, entries, length, offset, error) && flush(host, fd, error);
}

static bool
write_sizes(AljHost *host, int fd, const Header *header, uint64_t capacity_bytes, uint32_t l1_entries,
            GError **error)
{
    uint8_t sizes[SIZES_BYTES];
    memcpy(sizes, header->bytes + SIZES_AT, sizeof sizes);
    put_be(sizes, 8, capacity_bytes);
    put_be(sizes + QCOW2_AT_L1_ENTRIES - SIZES_AT, 4, l1_entries);
    if (alj_data_pwrite(host, fd, sizes, sizeof sizes, SIZES_AT, error) && flush(host, fd, error))
        return true;
    /* The call fails, so the image should be as before; if this fails too, its capacity is either of both. */
    if (pwrite(fd, header->bytes + SIZES_AT, SIZES_BYTES, SIZES_AT) != SIZES_BYTES)
        g_debug("cannot take back the new size of an image");
    return false;
}

/* With the image locked. */
static bool
grow_locked(AljHost *host, int fd, uint64_t capacity_bytes, bool *ret_done, GError **error)
{
    Header header = { .version = 0 };
    gssize got = alj_data_pread(host, fd, header.bytes, sizeof header.bytes, 0, error);
    if (got < 0)
        return false;
    if (!parse_header(&header, (size_t) got) || !is_plain(&header) || capacity_bytes < header.capacity_bytes)
        return true;
    uint32_t l1_entries = plan_l1(&header, capacity_bytes);
    if (l1_entries == 0)
        return true;
    *ret_done = capacity_bytes == header.capacity_bytes ||
                (clear_new_entries(host, fd, &header, l1_entries, error) &&
                 write_sizes(host, fd, &header, capacity_bytes, l1_entries, error));
    return *ret_done;
}

bool
alj_qcow2_grow(AljHost *host, int fd, uint64_t capacity_bytes, bool *ret_done, GError **error)
{
    *ret_done = false;
    if (capacity_bytes > INT64_MAX - SECTOR_BYTES)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity %" G_GUINT64_FORMAT " is too large for a file",
                        capacity_bytes);
    capacity_bytes = (capacity_bytes + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
    /* A QEMU that has the image open would write its own size back. qemu-img then says so in its words. */
    if (!alj_file_lock_image(fd, NULL))
        return true;
    bool is_fine = grow_locked(host, fd, capacity_bytes, ret_done, error);
    alj_file_unlock_image(fd);
    return is_fine;
}
