/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers as QEMU writes them are read as the reference reads them; odd and hostile ones do no harm. */
#include "base/guard.h"
#include "host/image.h"

#include "probe_bytes.h"
#include "tools.h"

#define LISTING_BYTES 4096 /* what a listing reads at first */

static void
probe_file(const Scratch *s, const char *name, AljImageInfo *ret)
{
    g_autofree char *path = scratch_file(s, name), *bytes = NULL;
    gsize length = 0;
    AljImageInfo thorough;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    probe_bytes((const uint8_t *) bytes, length, ALJ_IMAGE_HEAD_BYTES, alj_image_may_have_footer(name), &thorough);
    probe_bytes((const uint8_t *) bytes, length, LISTING_BYTES, alj_image_may_have_footer(name), ret);
    g_assert_cmpint(thorough.real_format, ==, ret->real_format); /* a short head may cost a second read, but no fact */
    g_assert_cmpuint(thorough.capacity_bytes, ==, ret->capacity_bytes);
    g_assert_cmpuint(thorough.real_capacity_bytes, ==, ret->real_capacity_bytes);
    g_assert_cmpuint(thorough.backing_length, ==, ret->backing_length);
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
    uint64_t real_capacity; /* 0: not said besides */
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
    { "vmdk-flat", "create -f vmdk -o subformat=monolithicFlat t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK, .is_external = true,
      .real_capacity = 16777216 },
    { "vmdk-extents", "create -f vmdk -o subformat=twoGbMaxExtentSparse t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK,
      .is_external = true, .real_capacity = 16777216 },
    { "vmdk-two-extents", "create -f vmdk -o subformat=twoGbMaxExtentFlat t 3G", ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK,
      .is_external = true, .real_capacity = UINT64_C(3) << 30 },
    { "vpc", "create -f vpc t 16M", ALJ_FORMAT_VPC, ALJ_FORMAT_VPC, 16781312 },
    { "vhdx", "create -f vhdx t 16M", ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX, .real_capacity = 16777216 },
    { "vhdx-fixed", "create -f vhdx -o subformat=fixed t 3M", ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX, .real_capacity = 3145728 },
    { "vhdx-large", "create -f vhdx t 2T", ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX,
      .real_capacity = UINT64_C(2) << 40 },
    { "parallels", "create -f parallels t 16M", ALJ_FORMAT_PLOOP, ALJ_FORMAT_PARALLELS, 16777216 },
};

static void
test_made(Scratch *s, gconstpointer unused)
{
    if (!have_tool("qemu-img"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
        g_test_message("%s", made[i].name);
        g_autofree char *nothing = scratch_run(s, "rm -f t*; qemu-img %s", made[i].make);
        AljImageInfo info;
        probe_file(s, "t", &info);
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
        g_assert_cmpuint(info.real_capacity_bytes, ==, made[i].real_capacity);
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
    AljImageInfo info;
    probe_file(s, "t", &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_RAW);
    g_assert_true(info.is_encrypted);
    g_assert_cmpint(info.encryption, ==, ALJ_ENCRYPTION_LUKS);
    g_assert_cmpuint(info.capacity_bytes, ==, g_ascii_strtoull(size, NULL, 10));

    g_free(scratch_run(s, "truncate -s 4096 t")); /* the payload begins behind that */
    probe_file(s, "t", &info);
    g_assert_true(info.is_encrypted);
    g_assert_false(info.has_capacity);
    g_assert_cmpstr(info.problem, ==, "the LUKS header says that the data begin behind the end of the file");
}

static void
test_luks2(Scratch *s, gconstpointer unused)
{
    AljImageInfo info;
    if (!have_tool("cryptsetup"))
        return;
    g_free(scratch_run(s, "truncate -s 32M t && printf x | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 "
                          "--pbkdf-force-iterations 1000 --offset 40960 t -"));
    probe_file(s, "t", &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_RAW); /* plain bytes, to clients and to QEMU */
    g_assert_cmpint(info.real_format, ==, ALJ_FORMAT_LUKS2);
    g_assert_false(info.is_encrypted);
    g_assert_false(info.has_capacity);
    g_assert_cmpuint(info.real_capacity_bytes, ==, (32 << 20) - 40960 * 512);
}

static void
test_iso(Scratch *s, gconstpointer unused)
{
    AljImageInfo info;
    if (!have_tool("genisoimage"))
        return;
    g_free(scratch_run(s, "mkdir d && printf x > d/x && genisoimage -quiet -J -r -o t d"));
    probe_file(s, "t", &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_ISO);
    g_assert_false(info.has_capacity);
    g_free(scratch_run(s, "printf 'QFI\\373\\0\\0\\0\\2' | dd of=t conv=notrunc")); /* the area before it is anybody's */
    probe_file(s, "t", &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_ISO);
}

/* A footer is believed only of a file that is named as one that has it: see image.c. */
static void
test_footers(Scratch *s, gconstpointer unused)
{
    AljImageInfo info;
    if (!have_tool("qemu-img"))
        return;
    g_free(scratch_run(s, "qemu-img create -f vpc -o subformat=fixed t.VHD 16M; dd if=/dev/zero of=t.VHD bs=512 count=1 "
                          "conv=notrunc; cp t.VHD t.raw"));
    probe_file(s, "t.VHD", &info);
    g_assert_cmpint(info.format, ==, ALJ_FORMAT_RAW);
    g_assert_cmpint(info.real_format, ==, ALJ_FORMAT_VPC);
    g_assert_false(info.has_capacity);
    g_assert_cmpuint(info.real_capacity_bytes, ==, 16781312);
    probe_file(s, "t.raw", &info);
    g_assert_cmpint(info.real_format, ==, ALJ_FORMAT_RAW);
    g_assert_cmpuint(info.real_capacity_bytes, ==, 0);
}

static void
test_snapshots(Scratch *s, gconstpointer unused)
{
    AljImageInfo info;
    if (!have_tool("qemu-img"))
        return;
    g_free(scratch_run(s, "qemu-img create -f qcow2 q 16M; qemu-img snapshot -c one q; qemu-img snapshot -c two q"));
    probe_file(s, "q", &info);
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
        probe_bytes((const uint8_t *) bytes, length, LISTING_BYTES, false, &info);
        g_assert_cmpuint(info.backing_length, >, 0);
        g_autofree char *name = g_strndup(bytes + info.backing_offset, info.backing_length);
        g_assert_cmpstr(name, ==, backed[i].name);
        g_assert_cmpint(info.has_backing_format, ==, backed[i].has_format);
        g_assert_cmpint(info.backing_format, ==, backed[i].format);
    }
}

/* A name may stand anywhere in the first cluster: a listing reads on only where a header says so. */
static void
test_backing_further(Scratch *s, gconstpointer unused)
{
    static const struct {
        unsigned at;
        bool is_found;
    } places[] = { { 4094, true }, { 4096, true }, { 65532, true }, { 65533, false }, { 70000, false } };
    if (!have_tool("qemu-img"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        unsigned at = places[i].at;
        g_free(scratch_run(s, "qemu-img create -f qcow2 -o compat=0.10 t 1M; printf base | dd of=t bs=1 seek=%u conv=notrunc;"
                              "printf '\\%03o\\%03o\\%03o\\0\\0\\0\\4' | dd of=t bs=1 seek=13 conv=notrunc",
                           at, at >> 16, at >> 8 & 0xff, at & 0xff));
        AljImageInfo info;
        probe_file(s, "t", &info);
        g_assert_cmpint(info.format, ==, ALJ_FORMAT_QCOW2);
        g_assert_cmpuint(info.backing_length, ==, places[i].is_found ? 4 : 0);
        g_assert_cmpuint(info.backing_offset, ==, places[i].is_found ? at : 0);
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

#define VHDX_BYTES ((320 << 10) + 8)
#define VHDX_COUNT "\1\0\0\0"
/* Region table at 192 KiB, metadata table at 256 KiB, the size in the last 8 bytes. */
#define VHDX(n_regions, n_items, region, item)                                                               \
    FIELD(0, "vhdxfile"), FIELD(196608, "regi"), FIELD(196608 + 8, n_regions),                               \
        FIELD(196608 + 16, "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e" region),          \
        FIELD(262144, "metadata\0\0" n_items),                                                               \
        FIELD(262144 + 32, "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8" item),            \
        FIELD(VHDX_BYTES - 8, "\0\0\1\0\0\0\0\0")
#define LUKS2_JSON(offset)                                                                                   \
    "{\"keyslots\":{\"0\":{\"area\":{\"offset\":\"32768\"}}},\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\": \"" offset "\"}}}"

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
      ALJ_FORMAT_PARALLELS, true, 65536 },
    { "bochs", 512, { FIELD(0, "Bochs Virtual HD Image"), FIELD(64, "\0\0\2\0"), FIELD(88, "\0\0\1\0") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_BOCHS, .real_capacity = 65536 },
    { "cloop", 512, { FIELD(0, "#!/bin/sh\n#V2.0 Format\nmodprobe"), FIELD(128, "\0\0\4\0\0\0\0\x40") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_CLOOP, .real_capacity = 65536 },
    { "dmg", 512, { FIELD(0, "koly\0\0\0\4\0\0\2\0"), FIELD(492, "\0\0\0\0\0\0\0\x80") }, ALJ_FORMAT_RAW, ALJ_FORMAT_DMG,
      .real_capacity = 65536 },
    { "vhdx", 512, { FIELD(0, "vhdxfile") }, ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX },
    { "vhdx, whole", VHDX_BYTES, { VHDX(VHDX_COUNT, "\1\0", "\0\0\4\0\0\0\0\0", "\0\0\1\0") }, ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX,
      .real_capacity = 65536 },
    { "vhdx, entries without end", VHDX_BYTES, { VHDX("\xff\xff\xff\xff", "\xff\xff", "\0\0\4\0\0\0\0\0", "\0\0\1\0") },
      ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX, .real_capacity = 65536 },
    { "vhdx, no entries", VHDX_BYTES, { VHDX("\0\0\0\0", "\1\0", "\0\0\4\0\0\0\0\0", "\0\0\1\0") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_VHDX },
    { "vhdx, metadata behind the end", VHDX_BYTES, { VHDX(VHDX_COUNT, "\1\0", "\xff\xff\xff\xff\xff\xff\xff\xff", "\0\0\1\0") },
      ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX },
    { "vhdx, item in the table", VHDX_BYTES, { VHDX(VHDX_COUNT, "\1\0", "\0\0\4\0\0\0\0\0", "\0\0\0\0") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_VHDX },
    { "vhdx, item behind the end", VHDX_BYTES, { VHDX(VHDX_COUNT, "\1\0", "\0\0\4\0\0\0\0\0", "\1\0\1\0") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_VHDX },
    { "luks 2", 16384, { FIELD(0, "LUKS\xba\xbe\0\2\0\0\0\0\0\0\x40\0"), FIELD(4096, LUKS2_JSON("4096")) }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_LUKS2, .real_capacity = 12288 },
    { "luks 2, data behind the end", 16384,
      { FIELD(0, "LUKS\xba\xbe\0\2\0\0\0\0\0\0\x40\0"), FIELD(4096, LUKS2_JSON("16384")) }, ALJ_FORMAT_RAW, ALJ_FORMAT_LUKS2 },
    { "luks 2, an offset beyond all numbers", 16384,
      { FIELD(0, "LUKS\xba\xbe\0\2\0\0\0\0\0\0\x40\0"), FIELD(4096, LUKS2_JSON("99999999999999999999")) }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_LUKS2 },
    { "luks 2, a header beyond the file", 8192,
      { FIELD(0, "LUKS\xba\xbe\0\2\xff\xff\xff\xff\xff\xff\xff\xff"), FIELD(4096, LUKS2_JSON("4096")) }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_LUKS2, .real_capacity = 4096 },
    { "luks 2, no header", 4096, { FIELD(0, "LUKS\xba\xbe\0\2") }, ALJ_FORMAT_RAW, ALJ_FORMAT_LUKS2 },
    { "vmdk text", 512, { FIELD(0, "# Disk DescriptorFile\nRW 100 FLAT \"a\" 0\nRW 28 SPARSE \"b\"\n") }, ALJ_FORMAT_RAW,
      ALJ_FORMAT_VMDK, .real_capacity = 65536 },
    { "vmdk text, more than there is", 512,
      { FIELD(0, "# Disk DescriptorFile\nRW 18446744073709551615 FLAT \"a\" 0\nRW 1 FLAT \"b\" 0\n") }, ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK },
    { "vmdk text, blanks and an empty number", 512,
      { FIELD(0, "# Disk DescriptorFile\n \tRW\t 64 \tFLAT \"a\" 0\r\nRW  FLAT \"b\" 0\nRWX 1 FLAT \"c\"\nRDONLY 64 ZERO") },
      ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK, .real_capacity = 65536 },
    { "fixed vhd", 1024, { FIELD(512, "conectix"), FIELD(524, "\0\1\0\0"), FIELD(560, "\0\0\0\0\0\0\2\0"), FIELD(572, "\0\0\0\2") },
      ALJ_FORMAT_RAW, ALJ_FORMAT_VPC, .real_capacity = 512 },
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

static void
test_golden(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_test_message("%s", golden[i].name);
        g_autofree uint8_t *bytes = golden_bytes(i);
        AljImageInfo info;
        probe_bytes(bytes, golden[i].length, LISTING_BYTES, true, &info);
        g_assert_cmpint(info.format, ==, golden[i].format);
        g_assert_cmpint(info.real_format, ==, golden[i].real);
        g_assert_cmpint(info.has_capacity, ==, golden[i].has_capacity);
        g_assert_cmpuint(info.capacity_bytes, ==, golden[i].capacity);
        g_assert_cmpuint(info.real_capacity_bytes, ==, golden[i].real_capacity);
        g_assert_cmpstr(info.problem, ==, golden[i].problem);
    }
}

static void
test_truncated(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autofree uint8_t *bytes = golden_bytes(i);
        gsize step = golden[i].length > 65536 ? 997 : golden[i].length > 4096 ? 7 : 1; /* zeros hold no news */
        for (gsize length = 0; length <= golden[i].length; length += step) {
            AljImageInfo info;
            probe_bytes(bytes, length, LISTING_BYTES, true, &info);
            probe_check(&info, length);
        }
    }
}

/* Bytes of @row with some changed, mostly where headers, tables and their entries are. (transfer full) */
static uint8_t *
mutate(GRand *rand, gsize row, gsize *ret_length)
{
    gsize length = MAX(golden[row].length, LISTING_BYTES);
    g_autofree uint8_t *seed = golden_bytes(row);
    uint8_t *bytes = g_malloc(length);
    memcpy(bytes, seed, golden[row].length);
    memset(bytes + golden[row].length, g_rand_int_range(rand, 0, 256), length - golden[row].length);
    *ret_length = g_rand_boolean(rand) ? length : golden[row].length;
    for (gint32 n = *ret_length > 0 ? g_rand_int_range(rand, 0, 12) : 0; n > 0; n--) {
        const Field *field = &golden[row].fields[g_rand_int_range(rand, 0, MAX_FIELDS)];
        gsize at = field->bytes ? field->offset + (gsize) g_rand_int_range(rand, 0, 128) : (gsize) g_rand_int(rand);
        bytes[at % *ret_length] = (uint8_t) g_rand_int_range(rand, 0, 256);
    }
    return bytes;
}

static void
test_mutated(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20090113);
    for (unsigned round = 0; round < 30000; round++) {
        gsize length = 0;
        g_autofree uint8_t *bytes = mutate(rand, (gsize) g_rand_int_range(rand, 0, G_N_ELEMENTS(golden)), &length);
        AljImageInfo info;
        probe_bytes(bytes, length, LISTING_BYTES, g_rand_boolean(rand), &info);
        probe_check(&info, length);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/host/image/" name, Scratch, NULL, scratch_set_up, func, scratch_tear_down)
    ADD("made-by-qemu", test_made);
    ADD("luks", test_luks);
    ADD("luks2", test_luks2);
    ADD("iso", test_iso);
    ADD("footers", test_footers);
    ADD("snapshots", test_snapshots);
    ADD("backing", test_backing);
    ADD("backing-further", test_backing_further);
    g_test_add_func("/host/image/golden", test_golden);
    g_test_add_func("/host/image/truncated", test_truncated);
    g_test_add_func("/host/image/mutated", test_mutated);
    return g_test_run();
}
