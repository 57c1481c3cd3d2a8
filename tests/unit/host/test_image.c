/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers as QEMU writes them are read as the reference reads them; odd and hostile ones do no harm. */
#include "base/guard.h"
#include "host/image.h"

#include "tools.h"

#include <sys/stat.h>

static void
probe_fd(int fd, AljImageInfo *ret)
{
    static uint8_t head[ALJ_IMAGE_HEAD_BYTES];
    uint8_t tail[512], iso[8];
    struct stat info;
    g_assert_cmpint(fstat(fd, &info), ==, 0);
    ssize_t got = pread(fd, head, sizeof head, 0);
    g_assert_cmpint(got, >=, 0);
    bool has_tail = info.st_size >= 512 && pread(fd, tail, 512, info.st_size - 512) == 512;
    bool has_iso = pread(fd, iso, 8, 32769) == 8;
    alj_image_probe(head, (size_t) got, has_tail ? tail : NULL, has_iso ? iso : NULL, (uint64_t) info.st_size, ret);
}

/* What libvirt says of images made by qemu-img, 16 MiB. */
static const struct {
    const char *name, *make;
    AljVolFormat format, real;
    uint64_t capacity; /* 0: none in the header */
    uint64_t cluster;
    bool has_compat;
    unsigned features;
    bool is_encrypted;
    AljEncryptionFormat encryption;
    bool is_external;
} made[] = {
    { "raw", "create -f raw t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_RAW },
    { "qcow", "create -f qcow t 16M", ALJ_FORMAT_QCOW, ALJ_FORMAT_QCOW, 16777216 },
    { "qcow2-v2", "create -f qcow2 -o compat=0.10 t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536 },
    { "qcow2-v3", "create -f qcow2 -o compat=1.1 t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536, true },
    { "qcow2-512", "create -f qcow2 -o cluster_size=512 t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 512, true },
    { "qcow2-2m", "create -f qcow2 -o cluster_size=2M t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 2097152, true },
    { "qcow2-lazy", "create -f qcow2 -o lazy_refcounts=on t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536,
      true, ALJ_VOL_LAZY_REFCOUNTS },
    { "qcow2-extended", "create -f qcow2 -o extended_l2=on t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536,
      true, ALJ_VOL_EXTENDED_L2 },
    { "qcow2-zstd", "create -f qcow2 -o compression_type=zstd t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536,
      true },
    { "qcow2-data-file", "create -f qcow2 -o data_file=d t 16M", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536, true,
      .is_external = true },
    { "qcow2-luks", "create --object secret,id=s,data=x -f qcow2 -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=100 t 16M",
      ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536, true, 0, true, ALJ_ENCRYPTION_LUKS },
    { "qcow2-aes", "create --object secret,id=s,data=x -f qcow2 -o encrypt.format=aes,encrypt.key-secret=s t 16M",
      ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 16777216, 65536, true, 0, true, ALJ_ENCRYPTION_QCOW },
    { "qcow-aes", "create --object secret,id=s,data=x -f qcow -o encrypt.format=aes,encrypt.key-secret=s t 16M",
      ALJ_FORMAT_QCOW, ALJ_FORMAT_QCOW, 16777216, 0, false, 0, true, ALJ_ENCRYPTION_QCOW },
    { "qcow2-empty", "create -f qcow2 t 0", ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 0, 65536, true },
    { "qed", "create -f qed t 16M", ALJ_FORMAT_QED, ALJ_FORMAT_QED, 16777216 },
    { "vdi", "create -f vdi t 16M", ALJ_FORMAT_VDI, ALJ_FORMAT_VDI, 16777216 },
    { "vdi-static", "create -f vdi -o static=on t 16M", ALJ_FORMAT_VDI, ALJ_FORMAT_VDI, 16777216 },
    { "vmdk", "create -f vmdk t 16M", ALJ_FORMAT_VMDK, ALJ_FORMAT_VMDK, 16777216 },
    { "vmdk-stream", "create -f vmdk -o subformat=streamOptimized t 16M", ALJ_FORMAT_VMDK, ALJ_FORMAT_VMDK, 16777216 },
    { "vmdk-flat", "create -f vmdk -o subformat=monolithicFlat t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK, .is_external = true },
    { "vmdk-extents", "create -f vmdk -o subformat=twoGbMaxExtentSparse t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK,
      .is_external = true },
    { "vpc", "create -f vpc t 16M", ALJ_FORMAT_VPC, ALJ_FORMAT_VPC, 16781312 },
    { "vhdx", "create -f vhdx t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX },
    { "parallels", "create -f parallels t 16M", ALJ_FORMAT_PLOOP, ALJ_FORMAT_PLOOP, 16777216 },
};

static void
test_made(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
        g_test_message("%s", made[i].name);
        g_autofree char *nothing = scratch_run(s, "rm -f t*; qemu-img %s", made[i].make);
        g_autofree char *path = scratch_file(s, "t");
        alj_autofd fd = open(path, O_RDONLY | O_CLOEXEC);
        AljImageInfo info;
        probe_fd(fd, &info);
        g_assert_cmpint(info.format, ==, made[i].format);
        g_assert_cmpint(info.real_format, ==, made[i].real);
        g_assert_cmpuint(info.capacity_bytes, ==, made[i].capacity);
        bool is_empty_image = g_str_has_suffix(made[i].name, "-empty");
        g_assert_cmpint(info.has_capacity, ==, made[i].capacity > 0 || is_empty_image);
        g_assert_cmpuint(info.cluster_size_bytes, ==, made[i].cluster);
        g_assert_cmpint(info.has_compat, ==, made[i].has_compat);
        g_assert_cmpint(info.has_features, ==, made[i].has_compat);
        g_assert_cmpuint(info.features, ==, made[i].features);
        g_assert_cmpint(info.is_encrypted, ==, made[i].is_encrypted);
        g_assert_cmpint(info.encryption, ==, made[i].encryption);
        g_assert_cmpint(info.has_external_data, ==, made[i].is_external);
        g_assert_cmpuint(info.backing_length, ==, 0);
        g_assert_false(info.has_unknown_features);
        g_assert_cmpstr(info.problem, ==, NULL);
    }
}

static void
test_luks(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img"))
        return;
    g_autofree char *nothing =
        scratch_run(s, "qemu-img create --object secret,id=s,data=x -f luks -o key-secret=s,iter-time=100 t 16M");
    g_autofree char *json = scratch_run(s, "qemu-img info --output=json t");
    g_autofree char *size = json_value(json, "virtual-size");
    g_autofree char *path = scratch_file(s, "t");
    alj_autofd fd = open(path, O_RDWR | O_CLOEXEC);
    AljImageInfo info;
    probe_fd(fd, &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_RAW);
    g_assert_true(info.is_encrypted);
    g_assert_cmpint(info.encryption, ==, ALJ_ENCRYPTION_LUKS);
    g_assert_cmpuint(info.capacity_bytes, ==, g_ascii_strtoull(size, NULL, 10));

    g_assert_cmpint(ftruncate(fd, 4096), ==, 0); /* the payload begins behind that */
    probe_fd(fd, &info);
    g_assert_true(info.is_encrypted);
    g_assert_false(info.has_capacity);
    g_assert_cmpstr(info.problem, ==, "the LUKS header says that the data begin behind the end of the file");

    const uint8_t version2 = 2;
    g_assert_cmpint(pwrite(fd, &version2, 1, 7), ==, 1);
    probe_fd(fd, &info);
    g_assert_false(info.is_encrypted);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_RAW);
    g_assert_false(info.has_capacity);
}

static void
test_fixed_vhd_and_snapshots(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img"))
        return;
    g_autofree char *nothing = scratch_run(s, "qemu-img create -f vpc -o subformat=fixed t 16M; dd if=t of=u bs=512 count=1;"
                                              "dd if=t of=u bs=512 seek=32776 skip=32776; qemu-img create -f qcow2 q 16M;"
                                              "qemu-img snapshot -c one q; qemu-img snapshot -c two q");
    g_autofree char *footed = scratch_run(s, "dd if=/dev/zero of=t bs=512 count=1 conv=notrunc");
    g_autofree char *path = scratch_file(s, "t");
    g_autofree char *qcow2 = scratch_file(s, "q");
    alj_autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    alj_autofd qcow2_fd = open(qcow2, O_RDONLY | O_CLOEXEC);
    AljImageInfo info;
    probe_fd(fd, &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_RAW);
    g_assert_cmpint(info.real_format, ==, ALJ_FORMAT_VPC);
    g_assert_false(info.has_capacity);
    g_assert_cmpuint(info.real_capacity_bytes, ==, 16781312);
    probe_fd(qcow2_fd, &info);
    g_assert_cmpuint(info.snapshots, ==, 2);
}

static const struct {
    const char *make, *name;
    bool has_format;
    AljVolFormat format;
} backed[] = {
    { "-f qcow2 -F raw -b base", "base", true, ALJ_FORMAT_RAW },
    { "-f qcow2 -o compat=0.10 -F raw -b base", "base", true, ALJ_FORMAT_RAW },
    { "-f qcow2 -u -F qcow2 -b /a/b.qcow2", "/a/b.qcow2", true, ALJ_FORMAT_QCOW2 },
    { "-f qcow2 -u -F vmdk -b nbd://host/x", "nbd://host/x", true, ALJ_FORMAT_VMDK },
    { "-f qcow -u -F raw -b base", "base", false, ALJ_FORMAT_NONE },
    { "-f qed -F raw -b base", "base", true, ALJ_FORMAT_RAW },
    { "-f qed -u -F qcow2 -b base", "base", false, ALJ_FORMAT_NONE },
    { "-f vmdk -F vmdk -b base.vmdk", "base.vmdk", false, ALJ_FORMAT_NONE },
};

static void
test_backing(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img"))
        return;
    g_autofree char *base = scratch_run(s, "truncate -s 1M base; qemu-img create -f vmdk base.vmdk 1M");
    for (gsize i = 0; i < G_N_ELEMENTS(backed); i++) {
        g_test_message("%s", backed[i].make);
        g_autofree char *nothing = scratch_run(s, "qemu-img create %s t 1M", backed[i].make);
        g_autofree char *path = scratch_file(s, "t");
        g_autofree char *bytes = NULL;
        gsize length = 0;
        g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
        AljImageInfo info;
        alj_image_probe((const uint8_t *) bytes, length, NULL, NULL, length, &info);
        g_assert_cmpuint(info.backing_length, >, 0);
        g_autofree char *name = g_strndup(bytes + info.backing_offset, info.backing_length);
        g_assert_cmpstr(name, ==, backed[i].name);
        g_assert_cmpint(info.has_backing_format, ==, backed[i].has_format);
        g_assert_cmpint(info.backing_format, ==, backed[i].format);
    }
}

/* A header by hand: @length bytes of zeros with some fields set. */
typedef struct Field {
    size_t offset;
    const char *bytes;
    size_t n_bytes;
} Field;

#define FIELD(offset, text) { (offset), (text), sizeof(text) - 1 }
#define MAX_FIELDS 8

static const struct {
    const char *name;
    size_t length;
    Field fields[MAX_FIELDS];
    AljVolFormat format, real;
    bool has_capacity;
    uint64_t capacity, real_capacity;
    const char *problem;
} golden[] = {
    { "empty", 0, { { 0 } }, ALJ_FORMAT_RAW, ALJ_FORMAT_RAW },
    { "iso", 40000, { FIELD(32769, "CD001") }, ALJ_FORMAT_ISO, ALJ_FORMAT_ISO },
    { "iso before qcow2", 40000, { FIELD(0, "QFI\xfb\0\0\0\2"), FIELD(32769, "CD001") }, ALJ_FORMAT_ISO, ALJ_FORMAT_ISO },
    { "qcow2 v2", 72, { FIELD(0, "QFI\xfb\0\0\0\2"), FIELD(20, "\0\0\0\x10"), FIELD(24, "\0\0\0\0\0\x10\0\0") },
      ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, true, 1048576 },
    { "qcow2 v2, only magic and version", 8, { FIELD(0, "QFI\xfb\0\0\0\2") }, ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2 },
    { "qcow2 v3, cut before the size", 31, { FIELD(0, "QFI\xfb\0\0\0\3"), FIELD(20, "\0\0\0\x10") }, ALJ_FORMAT_QCOW2,
      ALJ_FORMAT_QCOW2 },
    { "qcow2 v3, short (D-01), from", 32, { FIELD(0, "QFI\xfb\0\0\0\3"), FIELD(20, "\0\0\0\x10") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_RAW },
    { "qcow2 v3, short (D-01), to", 99, { FIELD(0, "QFI\xfb\0\0\0\3"), FIELD(20, "\0\0\0\x10") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_RAW },
    { "qcow2 v3, cut behind the features", 100, { FIELD(0, "QFI\xfb\0\0\0\3"), FIELD(20, "\0\0\0\x10") },
      ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, true, 0 },
    { "qcow2 v3, whole", 104, { FIELD(0, "QFI\xfb\0\0\0\3"), FIELD(20, "\0\0\0\x10"), FIELD(100, "\0\0\0\x68") },
      ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, true, 0 },
    { "qcow2 v4", 104, { FIELD(0, "QFI\xfb\0\0\0\4") }, ALJ_FORMAT_RAW, ALJ_FORMAT_RAW },
    { "qcow2, clusters of 2^63 (D-27)", 72, { FIELD(0, "QFI\xfb\0\0\0\2"), FIELD(20, "\0\0\0\x3f") }, ALJ_FORMAT_UNKNOWN,
      ALJ_FORMAT_UNKNOWN, .problem = "the qcow2 header says a cluster size that is not 512 bytes to 2 MiB" },
    { "qcow2, 2^64-1 bytes (D-27)", 72,
      { FIELD(0, "QFI\xfb\0\0\0\2"), FIELD(20, "\0\0\0\x10"), FIELD(24, "\xff\xff\xff\xff\xff\xff\xff\xff") },
      ALJ_FORMAT_UNKNOWN, ALJ_FORMAT_UNKNOWN, .problem = "the header says a capacity no file can have" },
    { "vmdk, too many sectors", 512, { FIELD(0, "KDMV\1\0\0\0"), FIELD(12, "\0\0\0\0\0\0\0\x40") }, ALJ_FORMAT_UNKNOWN,
      ALJ_FORMAT_UNKNOWN, .problem = "the vmdk header says a capacity no file can have" },
    { "vmdk 4", 512, { FIELD(0, "KDMV\4\0\0\0") }, ALJ_FORMAT_RAW, ALJ_FORMAT_RAW },
    { "cow", 2048, { FIELD(0, "OOOM\0\0\0\2/base"), FIELD(1036, "\0\0\0\0\0\1\0\0") }, ALJ_FORMAT_COW, ALJ_FORMAT_COW, true,
      65536 },
    { "qed", 64, { FIELD(0, "QED\0"), FIELD(48, "\0\0\1\0\0\0\0\0") }, ALJ_FORMAT_QED, ALJ_FORMAT_QED, true, 65536 },
    { "vdi", 512, { FIELD(64, "\x7f\x10\xda\xbe\1\0\1\0"), FIELD(368, "\0\0\1\0\0\0\0\0") }, ALJ_FORMAT_VDI, ALJ_FORMAT_VDI,
      true, 65536 },
    { "vdi of another version", 512, { FIELD(64, "\x7f\x10\xda\xbe\2\0\1\0") }, ALJ_FORMAT_RAW, ALJ_FORMAT_RAW },
    { "vpc", 512, { FIELD(0, "conectix"), FIELD(12, "\0\1\0\0"), FIELD(40, "\0\0\0\0\0\1\0\0"), FIELD(60, "\0\0\0\3") },
      ALJ_FORMAT_VPC, ALJ_FORMAT_VPC, true, 65536 },
    { "parallels", 64, { FIELD(0, "WithoutFreeSpace\2\0\0\0"), FIELD(36, "\x80\0\0\0") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_PARALLELS, .real_capacity = 65536 },
    { "ploop", 64, { FIELD(0, "WithouFreSpacExt\2\0\0\0"), FIELD(36, "\x80\0\0\0\0\0\0\0") }, ALJ_FORMAT_PLOOP,
      ALJ_FORMAT_PLOOP, true, 65536 },
    { "bochs", 512, { FIELD(0, "Bochs Virtual HD Image"), FIELD(64, "\0\0\2\0"), FIELD(88, "\0\0\1\0") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_BOCHS, .real_capacity = 65536 },
    { "cloop", 512, { FIELD(0, "#!/bin/sh\n#V2.0 Format\nmodprobe"), FIELD(128, "\0\0\4\0\0\0\0\x40") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_CLOOP, .real_capacity = 65536 },
    { "dmg", 512, { FIELD(0, "koly\0\0\0\4\0\0\2\0"), FIELD(492, "\0\0\0\0\0\0\0\x80") }, ALJ_FORMAT_RAW, ALJ_FORMAT_DMG,
      .real_capacity = 65536 },
    { "vhdx", 512, { FIELD(0, "vhdxfile") }, ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX },
    { "luks of a third version", 592, { FIELD(0, "LUKS\xba\xbe\0\3") }, ALJ_FORMAT_RAW, ALJ_FORMAT_RAW },
};

static uint8_t *
golden_bytes(gsize row)
{
    uint8_t *bytes = g_malloc0(golden[row].length + 1);
    for (const Field *field = golden[row].fields; field < golden[row].fields + MAX_FIELDS && field->bytes; field++)
        memcpy(bytes + field->offset, field->bytes, field->n_bytes);
    return bytes;
}

/* Probes a copy of exactly @length bytes, so that the sanitizer sees each byte too many. */
static void
probe_exact(const uint8_t *bytes, gsize length, AljImageInfo *ret)
{
    g_autofree uint8_t *copy = g_malloc(length + 1);
    uint8_t *head = copy + 1; /* unaligned as well */
    memcpy(head, bytes, length);
    const uint8_t *tail = length >= 512 ? head + length - 512 : NULL;
    const uint8_t *iso = length >= 32777 ? head + 32769 : NULL;
    alj_image_probe(head, length, tail, iso, length, ret);
}

static void
test_golden(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_test_message("%s", golden[i].name);
        g_autofree uint8_t *bytes = golden_bytes(i);
        AljImageInfo info;
        probe_exact(bytes, golden[i].length, &info);
        g_assert_cmpint(info.format, ==, golden[i].format);
        g_assert_cmpint(info.real_format, ==, golden[i].real);
        g_assert_cmpint(info.has_capacity, ==, golden[i].has_capacity);
        g_assert_cmpuint(info.capacity_bytes, ==, golden[i].capacity);
        g_assert_cmpuint(info.real_capacity_bytes, ==, golden[i].real_capacity);
        g_assert_cmpstr(info.problem, ==, golden[i].problem);
    }
}

/* What holds of every answer, whatever the bytes. */
static void
check_sane(const AljImageInfo *info, gsize length)
{
    g_assert_cmpuint(info->capacity_bytes, <=, INT64_MAX);
    g_assert_cmpuint(info->real_capacity_bytes, <=, INT64_MAX);
    g_assert_true(info->has_capacity || info->capacity_bytes == 0);
    g_assert_true(info->format != ALJ_FORMAT_UNKNOWN || (info->problem && !info->has_capacity));
    g_assert_cmpuint(info->backing_length, <=, 1023);
    g_assert_true(info->backing_length == 0 || info->backing_offset + info->backing_length <= length);
    g_assert_true(info->cluster_size_bytes == 0
                  || (info->cluster_size_bytes >= 512 && info->cluster_size_bytes <= 2097152));
    g_assert_true(info->format == info->real_format || info->format == ALJ_FORMAT_RAW);
}

static void
test_truncated(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autofree uint8_t *bytes = golden_bytes(i);
        gsize step = golden[i].length > 4096 ? 7 : 1; /* iso: 40,000 zeros hold no news */
        for (gsize length = 0; length <= golden[i].length; length += step) {
            AljImageInfo info;
            probe_exact(bytes, length, &info);
            check_sane(&info, length);
        }
    }
}

static void
test_mutated(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20090113);
    gint64 end_usec = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
    static uint8_t bytes[4096];
    while (g_get_monotonic_time() < end_usec) {
        gsize row = (gsize) g_rand_int_range(rand, 0, G_N_ELEMENTS(golden));
        gsize length = MIN(golden[row].length, sizeof bytes);
        g_autofree uint8_t *seed = golden_bytes(row);
        memcpy(bytes, seed, length);
        if (length < sizeof bytes && g_rand_boolean(rand)) { /* more room behind the header, with rubbish in it */
            memset(bytes + length, g_rand_int_range(rand, 0, 256), sizeof bytes - length);
            length = sizeof bytes;
        }
        for (gint32 n = length > 0 ? g_rand_int_range(rand, 0, 12) : 0; n > 0; n--) {
            gsize near = g_rand_boolean(rand) ? MIN(length, 128) : length;
            bytes[g_rand_int_range(rand, 0, (gint32) near)] = (uint8_t) g_rand_int_range(rand, 0, 256);
        }
        AljImageInfo info;
        probe_exact(bytes, length, &info);
        check_sane(&info, length);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/host/image/" name, Scratch, NULL, scratch_set_up, func, scratch_tear_down)
    ADD("made-by-qemu", test_made);
    ADD("luks", test_luks);
    ADD("fixed-vhd-and-snapshots", test_fixed_vhd_and_snapshots);
    ADD("backing", test_backing);
    g_test_add_func("/host/image/golden", test_golden);
    g_test_add_func("/host/image/truncated", test_truncated);
    g_test_add_func("/host/image/mutated", test_mutated);
    return g_test_run();
}
