/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows the links of logical partitions, which lie all over the device, so that the copy of a table is complete. Believes
 * nothing: every offset is checked before it is read. Runs on a pool's workers.
 */
#include "host/ebr.h"

#include "base/error.h"
#include "host/bytes.h"

#include <errno.h>
#include <unistd.h>

#define SECTOR        512 /* what is used of a sector of any size */
#define FIRST_ENTRY   446
#define ENTRY_BYTES   16
#define N_ENTRIES     4
#define MAX_LINKS     128

typedef struct Entry {
    uint8_t type;
    uint64_t start_sector, n_sectors;
} Entry;

static bool
is_extended(const Entry *entry)
{
    return (entry->type == 0x05 || entry->type == 0x0f || entry->type == 0x85) && entry->n_sectors > 0;
}

static Entry
get_entry(const uint8_t *sector, unsigned i)
{
    size_t at = FIRST_ENTRY + i * ENTRY_BYTES;
    Entry entry = { .type = sector[at + 4] };
    (void) get_le(sector, SECTOR, at + 8, 4, &entry.start_sector); /* cannot fail: inside the sector */
    (void) get_le(sector, SECTOR, at + 12, 4, &entry.n_sectors);
    return entry;
}

static bool
read_sector(const AljTableImage *image, uint64_t offset, uint8_t *ret_sector, bool *ret_is_signed, GError **error)
{
    if (pread(image->fd, ret_sector, SECTOR, (off_t) offset) < 0) /* a short one leaves zeros */
        return alj_fail_errno(error, errno, "cannot read the copy of a partition table");
    *ret_is_signed = ret_sector[510] == 0x55 && ret_sector[511] == 0xaa;
    return true;
}

void
alj_ebr_chain_clear(AljEbrChain *chain)
{
    g_clear_pointer(&chain->offsets, g_array_unref);
}

static bool
has_seen(const AljEbrChain *chain, uint64_t offset)
{
    for (guint i = 0; i < chain->offsets->len; i++)
        if (g_array_index(chain->offsets, uint64_t, i) == offset)
            return true;
    return false;
}

/* What one link says. Returns: whether there is a next one; its sector is counted from the extended partition. */
static bool
take_link(AljEbrChain *chain, const uint8_t *sector, uint64_t *ret_next)
{
    bool has_next = false;
    for (unsigned i = 0; i < N_ENTRIES; i++) {
        Entry entry = get_entry(sector, i);
        if (is_extended(&entry) && has_next) {
            chain->problem = "a link of logical partitions leads to two places";
        } else if (is_extended(&entry)) {
            has_next = true;
            *ret_next = entry.start_sector;
        } else if (entry.type != 0 && entry.n_sectors > 0) {
            chain->n_logical++;
        }
    }
    return has_next;
}

static bool
follow(AljTableImage *image, bool copies, uint64_t first_offset, AljEbrChain *chain, GError **error)
{
    uint64_t next = 0;
    for (bool has_next = true; has_next;) {
        uint64_t offset = first_offset + next * image->sector_bytes; /* both below 2^32 sectors */
        uint8_t sector[SECTOR] = { 0 };
        bool is_signed;
        if (chain->offsets->len == MAX_LINKS || has_seen(chain, offset) || image->bytes < image->sector_bytes
            || offset > image->bytes - image->sector_bytes) {
            chain->problem = "the chain of logical partitions has no end";
            return true;
        }
        g_array_append_val(chain->offsets, offset);
        if (copies && !alj_table_image_copy(image, offset, offset + image->sector_bytes, error))
            return false;
        if (!read_sector(image, offset, sector, &is_signed, error))
            return false;
        if (!is_signed) {
            chain->problem = "the chain of logical partitions is broken";
            return true;
        }
        has_next = take_link(chain, sector, &next);
    }
    return true;
}

bool
alj_ebr_follow(AljTableImage *image, bool copies, AljEbrChain *ret, GError **error)
{
    uint8_t sector[SECTOR] = { 0 };
    bool is_signed;
    ret->offsets = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    if (!read_sector(image, 0, sector, &is_signed, error))
        return false;
    for (unsigned i = 0; is_signed && i < N_ENTRIES; i++) {
        Entry entry = get_entry(sector, i);
        if (!is_extended(&entry))
            continue;
        if (ret->offsets->len > 0)
            ret->problem = "there are two extended partitions";
        else if (!follow(image, copies, entry.start_sector * image->sector_bytes, ret, error))
            return false;
    }
    return true;
}
