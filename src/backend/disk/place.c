/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a new partition goes and what it is. Pure: a table and a wish in, a place out. Any thread. */
#include "backend/disk/disk.h"

#include <string.h>

#define N_PRIMARY 4 /* of a dos table, the extended one included */

/* The types that tables note for each format of a volume. Source: UEFI 2.10 5.3.3; sfdisk --list-types. */
static const struct {
    AljVolFormat format;
    unsigned dos;
    const char *gpt;
} types[] = {
    { ALJ_FORMAT_NONE, 0x83, "0FC63DAF-8483-4772-8E79-3D69D8477DE4" },
    { ALJ_FORMAT_LINUX, 0x83, "0FC63DAF-8483-4772-8E79-3D69D8477DE4" },
    { ALJ_FORMAT_FAT16, 0x0e, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
    { ALJ_FORMAT_FAT32, 0x0c, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
    { ALJ_FORMAT_LINUX_SWAP, 0x82, "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F" },
    { ALJ_FORMAT_LINUX_LVM, 0x8e, "E6D6D379-F507-44C2-A23C-238F2A3DF928" },
    { ALJ_FORMAT_LINUX_RAID, 0xfd, "A19D880F-05FC-4D3B-A006-743F0F84911E" },
};

static void
set_types(AljVolFormat format, AljPartRequest *request)
{
    request->dos_type = types[0].dos;
    request->gpt_type = types[0].gpt;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (types[i].format != format)
            continue;
        request->dos_type = types[i].dos;
        request->gpt_type = types[i].gpt;
    }
}

static unsigned
count_kind(const AljPartTable *table, AljPartKind kind)
{
    unsigned n = 0;
    for (guint i = 0; i < table->parts->len; i++)
        n += g_array_index(table->parts, AljPart, i).kind == kind;
    return n;
}

/* Where in @space a partition would begin; UINT64_MAX if nowhere. The first logical one has its link in front of it anyway. */
static uint64_t
start_in(const AljPartSpace *space, bool is_first_logical)
{
    const uint64_t grain = ALJ_PART_GRAIN_BYTES;
    uint64_t start = space->start_bytes / grain * grain;
    if (start < space->start_bytes && __builtin_add_overflow(start, grain, &start))
        return UINT64_MAX;
    if (space->is_logical && !is_first_logical && __builtin_add_overflow(start, grain, &start))
        return UINT64_MAX;
    return start;
}

static bool
find_space(const AljPartTable *table, AljPartKind kind, uint64_t bytes, AljPartRequest *ret)
{
    uint64_t smallest = UINT64_MAX;
    bool is_first_logical = count_kind(table, ALJ_PART_LOGICAL) == 0;
    for (guint i = 0; i < table->spaces->len; i++) {
        const AljPartSpace *space = &g_array_index(table->spaces, AljPartSpace, i);
        uint64_t start = start_in(space, is_first_logical), end, size = space->end_bytes - space->start_bytes;
        if (space->is_logical != (kind == ALJ_PART_LOGICAL) || __builtin_add_overflow(start, bytes, &end)
            || end > space->end_bytes || size >= smallest)
            continue;
        smallest = size;
        ret->kind = kind;
        ret->start_bytes = start;
        ret->end_bytes = end;
    }
    return smallest != UINT64_MAX;
}

bool
alj_diskpool_place(const AljPartTable *table, AljVolFormat format, uint64_t capacity_bytes, AljPartRequest *ret, GError **error)
{
    bool is_dos = strcmp(table->label, "dos") == 0;
    bool has_extended = count_kind(table, ALJ_PART_EXTENDED) > 0, wants_extended = is_dos && format == ALJ_FORMAT_EXTENDED;
    bool has_number = !is_dos || count_kind(table, ALJ_PART_PRIMARY) + has_extended < N_PRIMARY;
    uint64_t bytes;
    *ret = (AljPartRequest){ 0 };
    set_types(format, ret);
    if (wants_extended && has_extended)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "extended partition already exists");
    if (!has_number && !has_extended && !wants_extended)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "no extended partition found and no primary partition available");
    if (__builtin_add_overflow(capacity_bytes, table->sector_bytes - 1, &bytes))
        return alj_fail(error, ALJ_ERROR_INTERNAL, "no large enough free extent");
    bytes -= bytes % table->sector_bytes;
    if (has_number && find_space(table, wants_extended ? ALJ_PART_EXTENDED : ALJ_PART_PRIMARY, bytes, ret))
        return true;
    if (has_extended && !wants_extended && find_space(table, ALJ_PART_LOGICAL, bytes, ret))
        return true;
    return alj_fail(error, ALJ_ERROR_INTERNAL, "no large enough free extent");
}
