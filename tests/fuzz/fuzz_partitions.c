/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz entry for partition tables: any bytes as a small device. What is read lies within it, and a change that is planned
 * writes into no partition.
 */
#include "host/partitions.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIN_BYTES (64u * 1024) /* shorter input is continued by zeros */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static AljHost *
the_host(void)
{
    static AljHost *host;
    if (!host)
        host = alj_host_new("/nonexistent");
    return host;
}

static void
check_table(const AljPartTable *table, uint64_t bytes)
{
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        g_assert_true(part->number >= 1 && part->start_bytes < part->end_bytes && part->end_bytes <= bytes);
        for (guint j = 0; j < i && !table->problem; j++) {
            const AljPart *other = &g_array_index(table->parts, AljPart, j);
            bool is_nested = part->kind == ALJ_PART_EXTENDED || other->kind == ALJ_PART_EXTENDED;
            g_assert_cmpuint(part->number, !=, other->number);
            g_assert_true(is_nested || part->start_bytes >= other->end_bytes || other->start_bytes >= part->end_bytes);
        }
    }
    for (guint i = 0; i < table->spaces->len; i++) {
        const AljPartSpace *space = &g_array_index(table->spaces, AljPartSpace, i);
        g_assert_true(space->start_bytes < space->end_bytes && space->end_bytes <= bytes);
    }
}

static void
check_change(const AljTableChange *change, const AljPartTable *table)
{
    for (guint i = 0; change && i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        g_assert_true(part->kind == ALJ_PART_EXTENDED
                      || !alj_table_change_touches(change, part->start_bytes, part->end_bytes));
    }
    g_assert_true(!change || !table->problem);
}

static void
try_changes(int fd, const AljPartTable *table)
{
    for (guint i = 0; i < MIN(table->spaces->len, 2); i++) {
        const AljPartSpace *space = &g_array_index(table->spaces, AljPartSpace, i);
        AljPartRequest request = { space->is_logical ? ALJ_PART_LOGICAL : ALJ_PART_PRIMARY, space->start_bytes,
                                   space->end_bytes, 0x83, "0FC63DAF-8483-4772-8E79-3D69D8477DE4" };
        g_autoptr(AljTableChange) change = alj_partitions_plan_add(the_host(), fd, "fuzz", &request, NULL, NULL);
        check_change(change, table);
    }
    if (table->parts->len == 0)
        return;
    g_autoptr(AljTableChange) change = alj_partitions_plan_delete(the_host(), fd, "fuzz",
                                                                  &g_array_index(table->parts, AljPart, 0), NULL);
    check_change(change, table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    uint64_t bytes = MAX(size, MIN_BYTES);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    g_assert_true(fd >= 0 && ftruncate(fd, (off_t) bytes) == 0 && pwrite(fd, data, size, 0) == (ssize_t) size);
    g_autoptr(AljPartTable) table = alj_partitions_read(the_host(), fd, "fuzz", &error);
    g_assert_no_error(error);
    check_table(table, bytes);
    if (table->label)
        try_changes(fd, table);
    close(fd);
    return 0;
}
