/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes empty qcow2 images. The file is laid out in one pass, without gaps:
 *
 *     header | refcount table | refcount blocks | L1 table | L2 tables | data
 *
 * the last two only with preallocated metadata. Every part is an array whose n-th entry follows from n, so
 * each is written in large pieces, and parts that are all zeros are left as holes. Runs on the thread of
 * the job; owns nothing. Source: QEMU's docs/interop/qcow2.txt.
 */
#include "host/qcow2.h"

#include "base/error.h"
#include "host/bytes.h"
#include "host/data.h"
#include "host/qcow2_layout.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_CLUSTER_BYTES         65536
#define SECTOR_BYTES                  512
#define EXTENDED_L2_MIN_CLUSTER_BYTES 16384
#define REFCOUNT_ORDER                4 /* 16 bits: all that version 2 has, and QEMU's default */
#define REFCOUNT_BYTES                2
#define MAX_FILE_BYTES                (UINT64_C(1) << 56) /* what an L2 entry can address */
#define PIECE_BYTES                   (1u << 20)
#define FORMAT_NAME_MAX               64
#define HEADER_MAX_BYTES              4096

/* Numbers of clusters and entries. Parts follow each other in this order, the header being cluster 0. */
typedef struct Layout {
    uint64_t capacity_bytes;
    unsigned cluster_bits;
    unsigned l2_entry_bytes;
    uint64_t reftable_clusters, refblock_clusters, l1_clusters, l2_clusters, data_clusters;
    uint64_t l1_entries;
} Layout;

static uint64_t
divide_up(uint64_t value, uint64_t by)
{
    return value / by + (value % by != 0);
}

static uint64_t
reftable_offset(const Layout *layout)
{
    return UINT64_C(1) << layout->cluster_bits;
}

static uint64_t
refblock_offset(const Layout *layout)
{
    return reftable_offset(layout) + (layout->reftable_clusters << layout->cluster_bits);
}

static uint64_t
l1_offset(const Layout *layout)
{
    return refblock_offset(layout) + (layout->refblock_clusters << layout->cluster_bits);
}

static uint64_t
l2_offset(const Layout *layout)
{
    return l1_offset(layout) + (layout->l1_clusters << layout->cluster_bits);
}

static uint64_t
data_offset(const Layout *layout)
{
    return l2_offset(layout) + (layout->l2_clusters << layout->cluster_bits);
}

static uint64_t
total_clusters(const Layout *layout)
{
    return 1 + layout->reftable_clusters + layout->refblock_clusters + layout->l1_clusters +
           layout->l2_clusters + layout->data_clusters;
}

static bool
check_options(const AljQcow2Options *options, uint64_t cluster_bytes, GError **error)
{
    bool is_power_of_two = (cluster_bytes & (cluster_bytes - 1)) == 0;
    if (!is_power_of_two || cluster_bytes >> QCOW2_CLUSTER_BITS_MIN == 0 ||
        cluster_bytes >> QCOW2_CLUSTER_BITS_MAX > 1)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                        "cluster size %" G_GUINT64_FORMAT " is not a power of two between 512 and 2097152",
                        cluster_bytes);
    if (options->version != 2 && options->version != 3)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "qcow2 version %u is not supported",
                        options->version);
    if (options->version == 2 && options->lazy_refcounts)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "lazy_refcounts not supported with compat level 0.10");
    if (options->version == 2 && options->extended_l2)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "'extended_l2' not supported with compat level 0.10");
    if (options->extended_l2 && cluster_bytes < EXTENDED_L2_MIN_CLUSTER_BYTES)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "'extended_l2' needs a cluster size of at least %u", EXTENDED_L2_MIN_CLUSTER_BYTES);
    if (options->backing_path && options->preallocate_metadata)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "metadata preallocation conflicts with backing store");
    if (options->backing_format && strlen(options->backing_format) > FORMAT_NAME_MAX)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                        "the name of the backing format is longer than %u bytes", FORMAT_NAME_MAX);
    return true;
}

/* Refcount blocks and their table count themselves: their number grows until nothing is missing. */
static void
plan_refcounts(Layout *layout)
{
    uint64_t cluster_bytes = UINT64_C(1) << layout->cluster_bits;
    uint64_t blocks, tables;
    for (;;) {
        blocks = divide_up(total_clusters(layout), cluster_bytes / REFCOUNT_BYTES);
        tables = divide_up(blocks * sizeof(uint64_t), cluster_bytes);
        if (blocks == layout->refblock_clusters && tables == layout->reftable_clusters)
            return;
        layout->refblock_clusters = blocks;
        layout->reftable_clusters = tables;
    }
}

static bool
plan_layout(const AljQcow2Options *options, Layout *ret, GError **error)
{
    uint64_t cluster_bytes = options->cluster_bytes != 0 ? options->cluster_bytes : DEFAULT_CLUSTER_BYTES;
    if (!check_options(options, cluster_bytes, error))
        return false;
    if (options->capacity_bytes > INT64_MAX - SECTOR_BYTES)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity %" G_GUINT64_FORMAT " is too large for a file",
                        options->capacity_bytes);
    Layout layout = {
        .capacity_bytes = divide_up(options->capacity_bytes, SECTOR_BYTES) * SECTOR_BYTES,
        .cluster_bits = (unsigned) __builtin_ctzll(cluster_bytes),
        .l2_entry_bytes = options->extended_l2 ? 16 : 8,
    };
    uint64_t clusters = divide_up(layout.capacity_bytes, cluster_bytes);
    layout.l1_entries = divide_up(clusters, cluster_bytes / layout.l2_entry_bytes);
    layout.l1_clusters = divide_up(layout.l1_entries * sizeof(uint64_t), cluster_bytes);
    if (options->preallocate_metadata) {
        layout.l2_clusters = layout.l1_entries;
        layout.data_clusters = clusters;
    }
    plan_refcounts(&layout);
    if (layout.l1_entries * sizeof(uint64_t) > QCOW2_L1_MAX_BYTES ||
        layout.reftable_clusters << layout.cluster_bits > QCOW2_REFTABLE_MAX_BYTES ||
        total_clusters(&layout) > MAX_FILE_BYTES >> layout.cluster_bits)
        return alj_fail(error, ALJ_ERROR_OVERFLOW,
                        "capacity %" G_GUINT64_FORMAT
                        " is too large for a qcow2 image with clusters of %" G_GUINT64_FORMAT " bytes",
                        options->capacity_bytes, cluster_bytes);
    *ret = layout;
    return true;
}

static size_t
put_extension(uint8_t *at, uint32_t type, const void *data, size_t length)
{
    put_be(at, 4, type);
    put_be(at + 4, 4, length);
    memcpy(at + 8, data, length);
    return 8 + (length + 7) / 8 * 8;
}

/* Names of feature bits, for programs too old to know one of them to name it in their refusal. */
static size_t
put_feature_names(uint8_t *at)
{
    enum { INCOMPATIBLE, COMPATIBLE, AUTOCLEAR };
    static const struct {
        uint8_t type, bit;
        char name[46];
    } names[] = {
        { INCOMPATIBLE, 0, "dirty bit" },
        { INCOMPATIBLE, 1, "corrupt bit" },
        { INCOMPATIBLE, 2, "external data file" },
        { INCOMPATIBLE, 3, "compression type" },
        { INCOMPATIBLE, 4, "extended L2 entries" },
        { COMPATIBLE, 0, "lazy refcounts" },
        { AUTOCLEAR, 0, "bitmaps" },
        { AUTOCLEAR, 1, "raw external data" },
    };
    return put_extension(at, QCOW2_EXTENSION_FEATURE_NAMES, names, sizeof names);
}

static void
put_fields(uint8_t *header, const AljQcow2Options *options, const Layout *layout)
{
    memcpy(header, QCOW2_MAGIC, 4);
    put_be(header + QCOW2_AT_VERSION, 4, options->version);
    put_be(header + QCOW2_AT_CLUSTER_BITS, 4, layout->cluster_bits);
    put_be(header + QCOW2_AT_CAPACITY, 8, layout->capacity_bytes);
    put_be(header + QCOW2_AT_L1_ENTRIES, 4, layout->l1_entries);
    put_be(header + QCOW2_AT_L1_OFFSET, 8, layout->l1_entries > 0 ? l1_offset(layout) : 0);
    put_be(header + QCOW2_AT_REFTABLE_OFFSET, 8, reftable_offset(layout));
    put_be(header + QCOW2_AT_REFTABLE_CLUSTERS, 4, layout->reftable_clusters);
    if (options->version == 2)
        return;
    put_be(header + QCOW2_AT_INCOMPATIBLE, 8, options->extended_l2 ? QCOW2_INCOMPATIBLE_EXTENDED_L2 : 0);
    put_be(header + QCOW2_AT_COMPATIBLE, 8, options->lazy_refcounts ? QCOW2_COMPATIBLE_LAZY : 0);
    put_be(header + QCOW2_AT_REFCOUNT_ORDER, 4, REFCOUNT_ORDER);
    put_be(header + QCOW2_AT_HEADER_BYTES, 4, QCOW2_FULL_HEADER_BYTES);
}

/* Fields, extensions and the backing name, all of which must lie in the first cluster. @header: zeros. */
static bool
make_header(const AljQcow2Options *options, const Layout *layout, uint8_t header[static HEADER_MAX_BYTES],
            size_t *ret_length, GError **error)
{
    size_t name_length = options->backing_path ? strlen(options->backing_path) : 0;
    if (name_length > QCOW2_BACKING_NAME_MAX)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "backing store path '%.64s...' is longer than %u bytes",
                        options->backing_path, QCOW2_BACKING_NAME_MAX);
    put_fields(header, options, layout);
    size_t end = options->version == 2 ? QCOW2_V2_HEADER_BYTES : QCOW2_FULL_HEADER_BYTES;
    if (name_length > 0 && options->backing_format)
        end += put_extension(header + end, QCOW2_EXTENSION_BACKING_FORMAT, options->backing_format,
                             strlen(options->backing_format));
    uint64_t cluster_bytes = UINT64_C(1) << layout->cluster_bits;
    if (options->version >= 3 && cluster_bytes >= HEADER_MAX_BYTES) /* no room in small clusters */
        end += put_feature_names(header + end);
    end += 8; /* an extension of type 0 ends the list */
    if (end + name_length > cluster_bytes)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "the backing store path does not fit into a cluster of %" G_GUINT64_FORMAT " bytes",
                        cluster_bytes);
    if (name_length > 0) {
        memcpy(header + end, options->backing_path, name_length);
        put_be(header + QCOW2_AT_BACKING_OFFSET, 8, end);
        put_be(header + QCOW2_AT_BACKING_LENGTH, 4, name_length);
    }
    *ret_length = end + name_length;
    return true;
}

/* One table of the image: @count entries of @entry_bytes from @offset on, each filled by its number. */
typedef struct Table {
    uint64_t offset, count;
    unsigned entry_bytes;
    void (*fill)(const Layout *layout, uint64_t index, uint8_t *entry);
} Table;

static void
fill_reftable(const Layout *layout, uint64_t index, uint8_t *entry)
{
    put_be(entry, 8, refblock_offset(layout) + (index << layout->cluster_bits));
}

static void
fill_refblock(const Layout *layout, uint64_t index, uint8_t *entry)
{
    put_be(entry, REFCOUNT_BYTES, 1); /* every cluster of a new image is used once */
}

static void
fill_l1(const Layout *layout, uint64_t index, uint8_t *entry)
{
    put_be(entry, 8, (l2_offset(layout) + (index << layout->cluster_bits)) | QCOW2_ENTRY_COPIED);
}

static void
fill_l2(const Layout *layout, uint64_t index, uint8_t *entry)
{
    put_be(entry, 8, (data_offset(layout) + (index << layout->cluster_bits)) | QCOW2_ENTRY_COPIED);
    if (layout->l2_entry_bytes == 16)
        put_be(entry + 8, 8, UINT32_MAX); /* all 32 subclusters allocated, none zero by its bit */
}

static bool
write_table(AljHost *host, int fd, const Layout *layout, const Table *table, AljTask *task, GError **error)
{
    uint64_t piece_entries = MIN(table->count, PIECE_BYTES / table->entry_bytes);
    g_autofree uint8_t *piece = g_malloc(piece_entries * table->entry_bytes);
    for (uint64_t done = 0; done < table->count; done += piece_entries) {
        uint64_t n = MIN(piece_entries, table->count - done);
        for (uint64_t i = 0; i < n; i++)
            table->fill(layout, done + i, piece + i * table->entry_bytes);
        if (!alj_task_check(task, "create", error) ||
            !alj_data_pwrite(host, fd, piece, n * table->entry_bytes,
                             table->offset + done * table->entry_bytes, error))
            return false;
        alj_task_add(task, n * table->entry_bytes);
    }
    return true;
}

bool
alj_qcow2_write(AljHost *host, int fd, const AljQcow2Options *options, AljTask *task, GError **error)
{
    Layout layout;
    uint8_t header[HEADER_MAX_BYTES] = { 0 };
    size_t header_bytes = 0;
    if (!plan_layout(options, &layout, error) || !make_header(options, &layout, header, &header_bytes, error))
        return false;

    uint64_t file_bytes = total_clusters(&layout) << layout.cluster_bits;
    int failed = alj_host_gate(host, "ftruncate");
    if (failed == 0 && ftruncate(fd, (off_t) file_bytes) < 0)
        failed = errno;
    if (failed != 0)
        return alj_fail_errno(error, failed,
                              "cannot set the size of the image to %" G_GUINT64_FORMAT " bytes", file_bytes);

    const Table tables[] = {
        { reftable_offset(&layout), layout.refblock_clusters, sizeof(uint64_t), fill_reftable },
        { refblock_offset(&layout), total_clusters(&layout), REFCOUNT_BYTES, fill_refblock },
        { l1_offset(&layout), layout.l2_clusters, sizeof(uint64_t),
          fill_l1 }, /* without L2 tables it is all zeros */
        { l2_offset(&layout), layout.data_clusters, layout.l2_entry_bytes, fill_l2 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
        if (!write_table(host, fd, &layout, &tables[i], task, error))
            return false;
    return alj_data_pwrite(host, fd, header, header_bytes, 0,
                           error); /* last: until then the file is no image */
}
