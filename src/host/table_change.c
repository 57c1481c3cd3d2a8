/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sectors old and new. The order of writing is that of tables with a copy at the far end: while the near one is whole, it counts;
 * once the far one is whole, the near one may be torn. Owns nothing on the device. Runs on a pool's workers.
 */
#include "host/table_change.h"

#include "base/error.h"
#include "host/data.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SECTOR_MAX 65536u

typedef struct Run {
    uint64_t offset_bytes;
    GBytes *old_data, *new_data; /* of one length, whole sectors */
} Run;

struct AljTableChange {
    unsigned sector_bytes;
    GArray *runs; /* of Run, by offset */
};

static void
clear_run(Run *run)
{
    g_bytes_unref(run->old_data);
    g_bytes_unref(run->new_data);
}

AljTableChange *
alj_table_change_new(unsigned sector_bytes)
{
    AljTableChange *change = g_new(AljTableChange, 1);
    change->sector_bytes = sector_bytes;
    change->runs = g_array_new(FALSE, FALSE, sizeof(Run));
    g_array_set_clear_func(change->runs, (GDestroyNotify) clear_run);
    return change;
}

void
alj_table_change_free(AljTableChange *change)
{
    if (!change)
        return;
    g_array_unref(change->runs);
    g_free(change);
}

void
alj_table_change_add(AljTableChange *change, uint64_t offset_bytes, const uint8_t *old_data, const uint8_t *new_data,
                     size_t bytes)
{
    Run run = { offset_bytes, g_bytes_new(old_data, bytes), g_bytes_new(new_data, bytes) };
    g_array_append_val(change->runs, run);
}

static const Run *
run_at(const AljTableChange *change, guint i)
{
    return &g_array_index(change->runs, Run, i);
}

bool
alj_table_change_touches(const AljTableChange *change, uint64_t start_bytes, uint64_t end_bytes)
{
    for (guint i = 0; i < change->runs->len; i++) {
        const Run *run = run_at(change, i);
        if (run->offset_bytes < end_bytes && start_bytes < run->offset_bytes + g_bytes_get_size(run->new_data))
            return true;
    }
    return false;
}

/* ---- writing ---- */

static bool
write_run(AljHost *host, int fd, const Run *run, GBytes *data, GError **error)
{
    gsize bytes;
    const void *start = g_bytes_get_data(data, &bytes);
    if (!alj_data_pwrite(host, fd, start, bytes, run->offset_bytes, error))
        return false;
    int failed = alj_host_gate(host, "sync partition table");
    if (failed || fsync(fd) < 0)
        return alj_fail_errno(error, failed ? failed : errno, "cannot sync");
    return true;
}

/* For undoing: passes no gate and tells no failure, for which there would be no remedy. */
static void
write_back(int fd, const Run *run)
{
    gsize bytes;
    const char *data = g_bytes_get_data(run->old_data, &bytes);
    for (gsize done = 0; done < bytes;) {
        ssize_t written = pwrite(fd, data + done, bytes - done, (off_t) (run->offset_bytes + done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        done += (gsize) written;
    }
}

static bool
fail_write(GError *take_failure, const char *name, GError **error)
{
    alj_fail_errno(error, alj_error_errno(take_failure), "cannot write the partition table of '%s'", name);
    g_error_free(take_failure);
    return false;
}

bool
alj_table_change_apply(const AljTableChange *change, AljHost *host, int fd, const char *name, GError **error)
{
    GError *failure = NULL;
    for (guint i = change->runs->len; i-- > 0;) {
        const Run *run = run_at(change, i);
        if (write_run(host, fd, run, run->new_data, &failure))
            continue;
        for (; i < change->runs->len; i++)
            write_back(fd, run_at(change, i));
        (void) fsync(fd); /* the failure is told already */
        return fail_write(failure, name, error);
    }
    return true;
}

bool
alj_table_change_revert(const AljTableChange *change, AljHost *host, int fd, const char *name, GError **error)
{
    GError *failure = NULL;
    for (guint i = 0; i < change->runs->len; i++) {
        const Run *run = run_at(change, i);
        if (!write_run(host, fd, run, run->old_data, &failure))
            return fail_write(failure, name, error);
    }
    return true;
}

/* ---- comparing ---- */

typedef struct Tally {
    bool has_old, has_new, has_other;
} Tally;

static bool
tally_run(const AljTableChange *change, const Run *run, AljHost *host, int fd, Tally *tally, GError **error)
{
    gsize bytes;
    const uint8_t *old_data = g_bytes_get_data(run->old_data, &bytes), *new_data = g_bytes_get_data(run->new_data, NULL);
    g_autofree uint8_t *now = g_malloc0(bytes);
    if (alj_data_pread(host, fd, now, bytes, run->offset_bytes, error) < 0)
        return false;
    for (gsize at = 0; at < bytes; at += change->sector_bytes) {
        bool is_old = memcmp(now + at, old_data + at, change->sector_bytes) == 0;
        bool is_new = memcmp(now + at, new_data + at, change->sector_bytes) == 0;
        tally->has_old |= is_old && !is_new;
        tally->has_new |= is_new && !is_old;
        tally->has_other |= !is_old && !is_new;
    }
    return true;
}

bool
alj_table_change_match(const AljTableChange *change, AljHost *host, int fd, AljTableMatch *ret, GError **error)
{
    Tally tally = { 0 };
    for (guint i = 0; i < change->runs->len; i++)
        if (!tally_run(change, run_at(change, i), host, fd, &tally, error))
            return false;
    if (tally.has_other)
        *ret = ALJ_TABLE_OTHER;
    else if (tally.has_old && tally.has_new)
        *ret = ALJ_TABLE_TORN;
    else
        *ret = tally.has_new ? ALJ_TABLE_NEW : ALJ_TABLE_OLD;
    return true;
}

/* ---- as a record ---- */

static GVariant *
format_bytes(GBytes *data)
{
    return g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, data, TRUE);
}

GVariant *
alj_table_change_format(const AljTableChange *change)
{
    GVariantBuilder runs;
    g_variant_builder_init(&runs, G_VARIANT_TYPE("a(tayay)"));
    for (guint i = 0; i < change->runs->len; i++) {
        const Run *run = run_at(change, i);
        g_variant_builder_add(&runs, "(t@ay@ay)", (guint64) run->offset_bytes, format_bytes(run->old_data),
                              format_bytes(run->new_data));
    }
    return g_variant_new("(ua(tayay))", change->sector_bytes, &runs);
}

/* A run must be whole sectors, behind @from, and within what a file offset can say. */
static bool
parse_run(GVariant *value, AljTableChange *change, uint64_t *from)
{
    guint64 offset;
    g_autoptr(GVariant) old_value = NULL, new_value = NULL;
    g_variant_get(value, "(t@ay@ay)", &offset, &old_value, &new_value);
    g_autoptr(GBytes) old_data = g_variant_get_data_as_bytes(old_value), new_data = g_variant_get_data_as_bytes(new_value);
    gsize bytes = g_bytes_get_size(old_data);
    if (bytes == 0 || bytes != g_bytes_get_size(new_data) || bytes % change->sector_bytes != 0 || offset < *from
        || offset > (guint64) INT64_MAX - bytes)
        return false;
    alj_table_change_add(change, offset, g_bytes_get_data(old_data, NULL), g_bytes_get_data(new_data, NULL), bytes);
    *from = offset + bytes;
    return true;
}

AljTableChange *
alj_table_change_parse(GVariant *value)
{
    guint32 sector_bytes;
    uint64_t from = 0;
    g_autoptr(GVariant) runs = NULL;
    g_variant_get(value, "(u@a(tayay))", &sector_bytes, &runs);
    if (sector_bytes == 0 || sector_bytes > SECTOR_MAX)
        return NULL;
    g_autoptr(AljTableChange) change = alj_table_change_new(sector_bytes);
    for (gsize i = 0; i < g_variant_n_children(runs); i++) {
        g_autoptr(GVariant) run = g_variant_get_child_value(runs, i);
        if (!parse_run(run, change, &from))
            return NULL;
    }
    return g_steal_pointer(&change);
}
