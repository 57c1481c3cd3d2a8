/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images we write or grow are images to QEMU: its own check, its own view of them, its own reads and writes. */
#include "base/error.h"
#include "base/guard.h"
#include "host/data.h"
#include "host/image.h"
#include "host/qcow2.h"

#include "tools.h"

#include <errno.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static void
write_image(const Scratch *s, const char *name, const AljQcow2Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    alj_autofd fd = scratch_open(s, name);
    alj_qcow2_write(host, fd, options, NULL, &error);
    g_assert_no_error(error);
}

static void
assert_value(const char *json, const char *key, const char *wanted)
{
    g_autofree char *value = json_value(json, key);
    g_assert_cmpstr(value, ==, wanted);
}

/* `check` finds no fault and no leak, `info` says what was asked for. */
static void
judge(const Scratch *s, const char *name, const AljQcow2Options *options)
{
    g_autofree char *json = scratch_run(s, "qemu-img check -q -f qcow2 %s && qemu-img info --output=json -f qcow2 %s", name, name);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, (options->capacity_bytes + 511) / 512 * 512);
    g_autofree char *cluster =
        g_strdup_printf("%" G_GUINT64_FORMAT, options->cluster_bytes ? options->cluster_bytes : 65536);
    assert_value(json, "virtual-size", size);
    assert_value(json, "cluster-size", cluster);
    assert_value(json, "compat", options->version == 2 ? "0.10" : "1.1");
    assert_value(json, "refcount-bits", "16");
    if (options->version == 3) {
        assert_value(json, "lazy-refcounts", options->lazy_refcounts ? "true" : "false");
        assert_value(json, "extended-l2", options->extended_l2 ? "true" : "false");
        assert_value(json, "corrupt", "false");
        assert_value(json, "compression-type", "zlib");
    }
    assert_value(json, "backing-filename", options->backing_path);
    assert_value(json, "backing-filename-format", options->backing_path ? options->backing_format : NULL);
}

/* Writes at start, middle and end, in an odd place, and reads all back. */
static void
exercise(const Scratch *s, const char *name, uint64_t bytes)
{
    uint64_t middle = bytes / 2 / 512 * 512;
    g_autofree char *nothing = scratch_run(
        s,
        "qemu-io -f qcow2 -c 'write -P 0x11 0 512' -c 'write -P 0x22 %" G_GUINT64_FORMAT " 512' -c 'write -P 0x33 %" G_GUINT64_FORMAT
        " 512' %s && qemu-io -f qcow2 -c 'read -P 0x11 0 512' -c 'read -P 0x22 %" G_GUINT64_FORMAT
        " 512' -c 'read -P 0x33 %" G_GUINT64_FORMAT " 512' -c 'read -P 0 512 512' %s >out && ! grep -q failed out && qemu-img check -q -f qcow2 %s",
        middle, bytes - 512, name, middle, bytes - 512, name, name);
}

static void
test_matrix(Scratch *s, gconstpointer unused)
{
    static const uint64_t sizes[] = { 0, 1, 511, 512, 513, MIB, 10 * GIB + 512, TIB, 8 * TIB };
    static const uint64_t clusters[] = { 512, 4096, 0, 2 * MIB };
    if (!have_tool("qemu-img") || !have_tool("qemu-io"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(clusters); j++)
            for (unsigned version = 2; version <= 3; version++) {
                /* Clusters of 512 bytes end at 128 GiB: L1 tables above 32 MiB are no longer opened. */
                if (clusters[j] == 512 && sizes[i] > 128 * GIB)
                    continue;
                AljQcow2Options options = {
                    .capacity_bytes = sizes[i], .cluster_bytes = clusters[j], .version = version,
                    .lazy_refcounts = version == 3 && i % 2 == 0,
                };
                g_test_message("%" G_GUINT64_FORMAT " in %" G_GUINT64_FORMAT ", version %u", sizes[i], clusters[j], version);
                write_image(s, "t", &options);
                judge(s, "t", &options);
                if (sizes[i] >= MIB && version == 3)
                    exercise(s, "t", (sizes[i] + 511) / 512 * 512);
            }
}

static void
test_extended_l2(Scratch *s, gconstpointer unused)
{
    static const uint64_t clusters[] = { 16384, 65536, 2 * MIB };
    if (!have_tool("qemu-img") || !have_tool("qemu-io"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(clusters); i++) {
        AljQcow2Options options = {
            .capacity_bytes = 3 * GIB + 512, .cluster_bytes = clusters[i], .version = 3, .extended_l2 = true,
        };
        write_image(s, "t", &options);
        judge(s, "t", &options);
        exercise(s, "t", options.capacity_bytes);
    }
}

static void
test_equal_to_qemus(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img"))
        return;
    AljQcow2Options options = { .capacity_bytes = 10 * GIB, .version = 2 };
    write_image(s, "ours", &options);
    g_autofree char *same = scratch_run(s, "qemu-img create -q -f qcow2 -o compat=0.10 theirs 10G && qemu-img compare ours theirs");
    g_assert_cmpstr(same, ==, "Images are identical.\n");
    g_autofree char *path = scratch_file(s, "ours");
    struct stat info;
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_size, ==, 4 * 65536);
    g_assert_cmpint(info.st_blocks * 512, <=, 3 * 4096); /* header, refcount table, refcount block; the L1 table is a hole */
}

static void
test_backing(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img") || !have_tool("qemu-io"))
        return;
    g_autofree char *base = scratch_run(s, "qemu-img create -q -f raw base 1M && qemu-io -f raw -c 'write -P 0x55 4096 4096' base");
    for (unsigned version = 2; version <= 3; version++) {
        AljQcow2Options options = {
            .capacity_bytes = 2 * MIB, .version = version, .backing_path = "base", .backing_format = "raw",
            .cluster_bytes = version == 2 ? 512 : 0,
        };
        write_image(s, "t", &options);
        judge(s, "t", &options);
        g_autofree char *nothing = scratch_run(
            s, "qemu-io -f qcow2 -c 'write -P 0x66 8192 512' -c 'read -P 0x55 4096 4096' -c 'read -P 0x66 8192 512'"
               " -c 'read -P 0 1M 1M' t >out && ! grep -q failed out && qemu-img check -q t");
    }
    g_autofree char *slashes = g_strnfill(1023 - strlen("./base"), '/');
    g_autofree char *long_name = g_strconcat("./", slashes, "base", NULL);
    AljQcow2Options options = { .capacity_bytes = MIB, .version = 3, .backing_path = long_name, .backing_format = "raw" };
    write_image(s, "t", &options);
    judge(s, "t", &options);
}

static void
test_preallocated(Scratch *s, gconstpointer unused)
{
    static const struct {
        uint64_t capacity, cluster;
        unsigned version;
        bool extended;
    } rows[] = {
        { 0, 0, 3, false },         { 512, 512, 2, false },       { MIB + 512, 512, 3, false }, { 64 * MIB, 4096, 2, false },
        { 10 * GIB + 512, 0, 2, false }, { 3 * GIB, 16384, 3, true }, { 5 * GIB, 2 * MIB, 3, false },
    };
    if (!have_tool("qemu-img") || !have_tool("qemu-io"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        AljQcow2Options options = {
            .capacity_bytes = rows[i].capacity, .cluster_bytes = rows[i].cluster, .version = rows[i].version,
            .extended_l2 = rows[i].extended, .preallocate_metadata = true,
        };
        g_test_message("%" G_GUINT64_FORMAT, rows[i].capacity);
        write_image(s, "t", &options);
        judge(s, "t", &options);
        if (rows[i].capacity >= MIB) {
            g_autofree char *map = scratch_run(s, "qemu-img map --output=json -f qcow2 t | grep -c '\"present\": false'; true");
            g_assert_cmpstr(map, ==, "0\n");
            exercise(s, "t", rows[i].capacity);
        }
    }
}

static const struct {
    AljQcow2Options options;
    AljError code;
    const char *message;
} refused[] = {
    { { .version = 2, .cluster_bytes = 1000 }, ALJ_ERROR_INVALID_ARG,
      "cluster size 1000 is not a power of two between 512 and 2097152" },
    { { .version = 2, .cluster_bytes = 256 }, ALJ_ERROR_INVALID_ARG,
      "cluster size 256 is not a power of two between 512 and 2097152" },
    { { .version = 2, .cluster_bytes = 4 * MIB }, ALJ_ERROR_INVALID_ARG,
      "cluster size 4194304 is not a power of two between 512 and 2097152" },
    { { .version = 4 }, ALJ_ERROR_CONFIG_UNSUPPORTED, "qcow2 version 4 is not supported" },
    { { .version = 2, .lazy_refcounts = true }, ALJ_ERROR_CONFIG_UNSUPPORTED,
      "lazy_refcounts not supported with compat level 0.10" },
    { { .version = 2, .extended_l2 = true }, ALJ_ERROR_CONFIG_UNSUPPORTED,
      "'extended_l2' not supported with compat level 0.10" },
    { { .version = 3, .extended_l2 = true, .cluster_bytes = 8192 }, ALJ_ERROR_CONFIG_UNSUPPORTED,
      "'extended_l2' needs a cluster size of at least 16384" },
    { { .version = 3, .preallocate_metadata = true, .backing_path = "b" }, ALJ_ERROR_CONFIG_UNSUPPORTED,
      "metadata preallocation conflicts with backing store" },
    { { .version = 2, .capacity_bytes = UINT64_MAX }, ALJ_ERROR_OVERFLOW,
      "capacity 18446744073709551615 is too large for a file" },
    { { .version = 2, .capacity_bytes = TIB, .cluster_bytes = 512 }, ALJ_ERROR_OVERFLOW,
      "capacity 1099511627776 is too large for a qcow2 image with clusters of 512 bytes" },
    { { .version = 2, .cluster_bytes = 512, .backing_path = "0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" },
      ALJ_ERROR_CONFIG_UNSUPPORTED, "the backing store path does not fit into a cluster of 512 bytes" },
};

static void
test_refused(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    alj_autofd fd = scratch_open(s, "t");
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(alj_qcow2_write(host, fd, &refused[i].options, NULL, &error));
        g_assert_error(error, ALJ_ERROR, (int) refused[i].code);
        g_assert_cmpstr(error->message, ==, refused[i].message);
    }
    g_assert_cmpuint(alj_host_calls(host), ==, 0); /* nothing was touched */
}

static void
grow(const Scratch *s, const char *name, uint64_t bytes, bool wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    g_autofree char *path = scratch_file(s, name);
    alj_autofd fd = open(path, O_RDWR | O_CLOEXEC);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    gsize before_length, after_length;
    g_assert_true(g_file_get_contents(path, &before, &before_length, NULL));
    bool is_done = false;
    g_assert_true(alj_qcow2_grow(host, fd, bytes, &is_done, &error));
    g_assert_no_error(error);
    g_assert_cmpint(is_done, ==, wanted);
    g_assert_true(g_file_get_contents(path, &after, &after_length, NULL));
    if (!is_done) {
        g_assert_cmpuint(before_length, ==, after_length);
        g_assert_cmpint(memcmp(before, after, after_length), ==, 0);
    }
}

static void
test_grow(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img") || !have_tool("qemu-io"))
        return;
    for (unsigned version = 2; version <= 3; version++) {
        AljQcow2Options options = { .capacity_bytes = 10 * MIB, .version = version };
        write_image(s, "t", &options);
        g_autofree char *nothing = scratch_run(s, "qemu-io -f qcow2 -c 'write -P 0x77 9M 1M' t");
        grow(s, "t", 10 * MIB, true);
        grow(s, "t", 11 * MIB - 100, true); /* one L1 entry is enough; rounded up to 512 */
        grow(s, "t", 3 * TIB, true);
        grow(s, "t", TIB, false);            /* shrink */
        grow(s, "t", 5 * TIB, false);        /* 8192 entries fill the cluster of the L1 table: 4 TiB */
        options.capacity_bytes = 3 * TIB;
        judge(s, "t", &options);
        exercise(s, "t", 3 * TIB);
        g_autofree char *kept = scratch_run(s, "qemu-io -f qcow2 -c 'read -P 0x77 9M 1M' t");
    }
    g_autofree char *theirs = scratch_run(s, "qemu-img create -q -f qcow2 t 1G"); /* ends within the L1 table */
    grow(s, "t", TIB, true);
    exercise(s, "t", TIB);
}

static void
test_grow_leaves_alone(Scratch *s, gconstpointer unused)
{
    static const char *const commands[] = {
        "qemu-img create -q -f qcow2 t 1M && qemu-img snapshot -c s t",
        "qemu-img create -q -f raw b 1M && qemu-img create -q -f qcow2 -F raw -b b t",
        "qemu-img create -q -f qcow2 -o data_file=d t 1M",
        "qemu-img create -q -f qcow2 t 1M && qemu-img bitmap --add t b",
        "qemu-img create -q -f qcow2 --object secret,id=s,data=x -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=100 t 1M",
        "qemu-img create -q -f qcow t 1M",
        "qemu-img create -q -f qcow2 t 0",
        "printf 'QFI\\373' >t",
    };
    if (!have_tool("qemu-img"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_test_message("%s", commands[i]);
        g_autofree char *nothing = scratch_run(s, "rm -f t; %s", commands[i]);
        grow(s, "t", 2 * MIB, false);
    }
}

/* Makes the 1st, 2nd, … host call fail until all pass. */
static void
test_nth_write(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    AljQcow2Options options = { .capacity_bytes = 64 * MIB, .version = 3, .preallocate_metadata = true };
    unsigned nth = 1;
    for (;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_autofd fd = scratch_open(s, "t");
        struct stat info;
        alj_host_fail_nth(host, nth, ENOSPC);
        if (alj_qcow2_write(host, fd, &options, NULL, &error))
            break;
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_SYSTEM);
        g_assert_true(g_str_has_suffix(error->message, ": No space left on device"));
        g_assert_cmpint(alj_error_errno(error), ==, ENOSPC);
        g_assert_cmpint(fstat(fd, &info), ==, 0);
        g_assert_cmpint(info.st_size, <=, 64 * (gint64) MIB + 6 * 65536);
        uint8_t magic[4] = { 0 };
        g_assert_cmpint(pread(fd, magic, 4, 0), >=, 0);
        g_assert_cmpuint(magic[0], ==, 0); /* a half-written image is none */
    }
    g_assert_cmpuint(nth, ==, 7); /* size, refcount table and blocks, L1, L2, header */
}

static void
test_nth_grow(Scratch *s, gconstpointer unused)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    AljQcow2Options options = { .capacity_bytes = MIB, .version = 2 };
    write_image(s, "t", &options);
    g_autofree char *path = scratch_file(s, "t");
    alj_autofd fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t before[112], after[112];
    g_assert_cmpint(pread(fd, before, sizeof before, 0), ==, sizeof before);
    unsigned nth = 1;
    for (;; nth++) {
        g_autoptr(GError) error = NULL;
        bool is_done = true;
        g_assert_cmpint(pwrite(fd, "rubbish", 7, 3 * 65536 + 64), ==, 7); /* behind the entries of the L1 table */
        alj_host_fail_nth(host, nth, EIO);
        if (alj_qcow2_grow(host, fd, TIB, &is_done, &error))
            break;
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_SYSTEM);
        g_assert_true(g_str_has_suffix(error->message, ": Input/output error"));
        g_assert_false(is_done);
        g_assert_cmpint(pread(fd, after, sizeof after, 0), ==, sizeof after);
        g_assert_cmpint(memcmp(before, after, sizeof after), ==, 0);
    }
    g_assert_cmpuint(nth, ==, 7); /* read, read, clear, flush, write, flush */
    if (have_tool("qemu-img"))
        g_free(scratch_run(s, "qemu-img check -q -f qcow2 t"));
}

static void
test_locked_by_another(Scratch *s, gconstpointer unused)
{
    AljQcow2Options options = { .capacity_bytes = MIB, .version = 2 };
    write_image(s, "t", &options);
    g_autofree char *path = scratch_file(s, "t");
    alj_autofd other = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 101, .l_len = 1 }; /* as a writing QEMU */
    g_assert_cmpint(fcntl(other, F_OFD_SETLK, &lock), ==, 0);
    grow(s, "t", 2 * MIB, false);
    lock.l_type = F_UNLCK;
    g_assert_cmpint(fcntl(other, F_OFD_SETLK, &lock), ==, 0);
    grow(s, "t", 2 * MIB, true);
}

static void
test_cancelled(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    AljQcow2Options options = { .capacity_bytes = MIB, .version = 2 };
    AljTask task = { .is_cancelled = true };
    alj_autofd fd = scratch_open(s, "t");
    g_assert_false(alj_qcow2_write(host, fd, &options, &task, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_ABORTED);
    g_assert_cmpstr(error->message, ==, "'create' was cancelled");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/host/qcow2/" name, Scratch, NULL, scratch_set_up, func, scratch_tear_down)
    ADD("matrix", test_matrix);
    ADD("extended-l2", test_extended_l2);
    ADD("equal-to-qemus", test_equal_to_qemus);
    ADD("backing", test_backing);
    ADD("preallocated", test_preallocated);
    ADD("refused", test_refused);
    ADD("grow", test_grow);
    ADD("grow-leaves-alone", test_grow_leaves_alone);
    ADD("nth-failure-write", test_nth_write);
    ADD("nth-failure-grow", test_nth_grow);
    ADD("locked-by-another", test_locked_by_another);
    ADD("cancelled", test_cancelled);
    return g_test_run();
}
