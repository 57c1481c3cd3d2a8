/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New volumes of every kind, every refusal with its words, and that a failure at any step leaves nothing behind. */
#include "fixture.h"

#include "backend/files/files.h"
#include "backend/files/qemu_img.h"
#include "base/guard.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define FORMAT(name) "<target><format type='" name "'/></target>"
#define QCOW2 FORMAT("qcow2")

static void
test_raw(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) request = fixture_request(f, "v", "<capacity>1048576</capacity><allocation>0</allocation>");
    g_autoptr(AljVolDef) vol = alj_files_vol_create(&f->call, f->pool, request, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(vol->capacity_bytes, ==, 1048576);
    g_assert_cmpuint(vol->allocation_bytes, ==, 0);
    g_assert_cmpuint(vol->permissions.mode, ==, 0600);
    g_assert_cmpuint(vol->permissions.owner, ==, geteuid());
    g_autofree char *list = fixture_shell(f, "find . -mindepth 1 -printf '%%p %%y %%s %%m\\n'");
    g_assert_cmpstr(list, ==, "./v f 1048576 600\n");
    fixture_scan(f);
    g_assert_cmpint(fixture_find(f, "v")->times.ctime.tv_nsec, ==, vol->times.ctime.tv_nsec);
}

static void
test_raw_allocated(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "full", "<capacity>1048576</capacity>");
    g_assert_cmpuint(fixture_find(f, "full")->allocation_bytes, >=, 1048576);
    fixture_create(f, "more", "<capacity>4096</capacity><allocation>65536</allocation>");
    g_assert_cmpuint(fixture_find(f, "more")->capacity_bytes, ==, 65536);
    fixture_create(f, "part", "<capacity>1048576</capacity><allocation>65536</allocation>");
    g_assert_cmpuint(fixture_find(f, "part")->capacity_bytes, ==, 1048576);
    g_assert_cmpuint(fixture_find(f, "part")->allocation_bytes, ==, 65536);
}

/* D-31: a raw file has no compatibility level and the like, so none is shown. */
static void
test_raw_has_no_options(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "v", "<capacity>4096</capacity><target><format type='raw'/><compat>1.1</compat>"
                           "<features><lazy_refcounts/></features><clusterSize>65536</clusterSize></target>");
    const AljVolDef *vol = fixture_find(f, "v");
    g_assert_null(vol->compat);
    g_assert_false(vol->has_features);
    g_assert_cmpuint(vol->cluster_size_bytes, ==, 0);
}

/* Made as qemu-img makes a raw file, and of the format that was asked for until somebody looks into it. */
static void
test_iso(Fixture *f, gconstpointer unused)
{
    static const uint64_t sizes[][3] = { { 16777216, 16777216, 4096 }, { 16777217, 16778240, 4096 }, { 1024, 1024, 4096 }, { 0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strdup_printf("v%zu", i);
        g_autofree char *inner = g_strdup_printf("<capacity>%" G_GUINT64_FORMAT "</capacity>" FORMAT("iso"), sizes[i][0]);
        g_autoptr(AljVolDef) request = fixture_request(f, name, inner);
        g_autoptr(AljVolDef) vol = alj_files_vol_create(&f->call, f->pool, request, 0, &error);
        g_assert_no_error(error);
        g_assert_cmpint(vol->format, ==, ALJ_FORMAT_ISO);
        g_assert_cmpuint(vol->capacity_bytes, ==, sizes[i][1]);
        g_assert_cmpuint(vol->allocation_bytes, ==, sizes[i][2]);
        fixture_scan(f);
        g_assert_cmpint(fixture_find(f, name)->format, ==, ALJ_FORMAT_RAW);
    }
}

static void
test_permissions(Fixture *f, gconstpointer unused)
{
    bool is_root = geteuid() == 0;
    g_autofree char *inner = g_strdup_printf("<capacity>4096</capacity><target><permissions><mode>0640</mode>"
                                             "<owner>%u</owner><group>%u</group></permissions></target>",
                                             is_root ? 1234 : geteuid(), is_root ? 4321 : getegid());
    mode_t old = umask(0077);
    fixture_create(f, "v", inner);
    umask(old);
    const AljVolDef *vol = fixture_find(f, "v");
    g_assert_cmpuint(vol->permissions.mode, ==, 0640);
    g_assert_cmpuint(vol->permissions.owner, ==, is_root ? 1234 : geteuid());
    g_assert_cmpuint(vol->permissions.group, ==, is_root ? 4321 : getegid());
}

static void
test_dir(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "d", "<capacity>0</capacity><target><format type='dir'/></target>");
    const AljVolDef *vol = fixture_find(f, "d");
    g_assert_cmpint(vol->type, ==, ALJ_VOL_DIR);
    g_assert_cmpuint(vol->permissions.mode, ==, 0600);
}

static void
check_image(Fixture *f, const char *name)
{
    g_autofree char *program = g_find_program_in_path("qemu-img");
    if (program)
        shell(f, "qemu-img check -q '%s'", name);
}

static void
test_qcow2(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "old", "<capacity>1000000</capacity>" QCOW2);
    const AljVolDef *vol = fixture_find(f, "old");
    g_assert_cmpint(vol->format, ==, ALJ_FORMAT_QCOW2);
    g_assert_cmpuint(vol->capacity_bytes, ==, 1000448); /* rounded up to 1 KiB */
    g_assert_null(vol->compat);
    g_assert_cmpuint(vol->cluster_size_bytes, ==, 65536);
    fixture_create(f, "new", "<capacity>1048576</capacity><target><format type='qcow2'/><compat>1.1</compat>"
                             "<features><lazy_refcounts/></features><clusterSize>131072</clusterSize></target>");
    vol = fixture_find(f, "new");
    g_assert_cmpstr(vol->compat, ==, "1.1");
    g_assert_cmpuint(vol->features, ==, ALJ_VOL_LAZY_REFCOUNTS);
    g_assert_cmpuint(vol->cluster_size_bytes, ==, 131072);
    fixture_create(f, "features", "<capacity>1048576</capacity><target><format type='qcow2'/>"
                                  "<features><extended_l2/></features></target>");
    g_assert_cmpuint(fixture_find(f, "features")->features, ==, ALJ_VOL_EXTENDED_L2);
    check_image(f, "old");
    check_image(f, "new");
    check_image(f, "features");
}

static void
test_qcow2_preallocated(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) meta = fixture_request(f, "meta", "<capacity>4194304</capacity><allocation>0</allocation>" QCOW2);
    g_autoptr(AljVolDef) full = fixture_request(f, "full", "<capacity>4194304</capacity>" QCOW2);
    g_autoptr(AljVolDef) one = alj_files_vol_create(&f->call, f->pool, meta, ALJ_VOL_CREATE_PREALLOC, &error);
    g_assert_no_error(error);
    g_autoptr(AljVolDef) two = alj_files_vol_create(&f->call, f->pool, full, ALJ_VOL_CREATE_PREALLOC, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(one->physical_bytes, >, 4194304);
    g_assert_cmpuint(one->allocation_bytes, <, 4194304);
    g_assert_cmpuint(two->allocation_bytes, >=, 4194304);
    check_image(f, "meta");
    check_image(f, "full");
}

/* D-06: the base's real format is recorded when the document names none. */
static void
test_backing(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "raw", "<capacity>2097152</capacity>");
    fixture_create(f, "base", "<capacity>2097152</capacity>" QCOW2);
    g_autofree char *by_path = g_strdup_printf(QCOW2 "<backingStore><path>%s/base</path></backingStore>",
                                               f->pool->target_path);
    fixture_create(f, "top", by_path);
    fixture_create(f, "on-raw", "<capacity>4194304</capacity>" QCOW2 "<backingStore><path>raw</path></backingStore>");
    fixture_create(f, "stated", QCOW2 "<backingStore><path>base</path><format type='raw'/></backingStore>");
    const AljVolDef *top = fixture_find(f, "top");
    g_assert_cmpuint(top->capacity_bytes, ==, 2097152); /* none was given: the base's */
    g_assert_true(top->backing->has_format);
    g_assert_cmpint(top->backing->format, ==, ALJ_FORMAT_QCOW2);
    g_assert_cmpint(fixture_find(f, "on-raw")->backing->format, ==, ALJ_FORMAT_RAW);
    g_assert_cmpuint(fixture_find(f, "on-raw")->capacity_bytes, ==, 4194304);
    g_assert_cmpint(fixture_find(f, "stated")->backing->format, ==, ALJ_FORMAT_RAW);
    check_image(f, "top");
}

static void
test_tool_formats(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *format;
        AljVolFormat listed;
    } rows[] = {
        { "qcow", ALJ_FORMAT_QCOW }, { "qed", ALJ_FORMAT_QED }, { "vmdk", ALJ_FORMAT_VMDK },
        { "vdi", ALJ_FORMAT_VDI },   { "vpc", ALJ_FORMAT_VPC },
    };
    if (!fixture_has_tool("qemu-img"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *inner = g_strdup_printf("<capacity>16777216</capacity><target><format type='%s'/></target>",
                                                 rows[i].format);
        fixture_create(f, rows[i].format, inner);
        const AljVolDef *vol = fixture_find(f, rows[i].format);
        g_assert_cmpint(vol->format, ==, rows[i].listed);
        g_assert_cmpuint(vol->capacity_bytes, >=, 16777216);
        g_assert_cmpuint(vol->permissions.mode, ==, 0600);
    }
    fixture_create(f, "over", "<target><format type='qed'/></target><backingStore><path>qcow</path></backingStore>");
    g_assert_cmpuint(fixture_find(f, "over")->capacity_bytes, ==, 16777216);
}

/* The program gets a descriptor of a hidden file; people are told the path they know. */
static void
test_tool_errors(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img"))
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) request = fixture_request(f, "a", "<capacity>1048576</capacity>" FORMAT("cow"));
    g_autofree char *text = g_strdup_printf("internal error: Child process (/usr/bin/qemu-img create -f cow %s 1024K) unexpected "
                                            "exit status 1: qemu-img: %s: Unknown file format 'cow'\n", request->path, request->path);
    fixture_assert_fails(alj_files_vol_create(&f->call, f->pool, request, 0, &error), error, text);
}

#define LUKS_SECRET                                                                                          \
    "<encryption format='luks'><secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/></encryption>"

static void
test_luks(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img"))
        return;
    fixture_create(f, "raw", "<capacity>4194304</capacity><target>" LUKS_SECRET "</target>");
    const AljVolDef *raw = fixture_find(f, "raw");
    g_assert_nonnull(raw->encryption);
    g_assert_cmpint(raw->encryption->format, ==, ALJ_ENCRYPTION_LUKS);
    g_assert_cmpuint(raw->capacity_bytes, ==, 4194304);
}

static void
test_options(Fixture *f, gconstpointer unused)
{
    const AljBase base = { .is_there = true, .format = ALJ_FORMAT_RAW };
    g_autoptr(AljVolDef) vol = fixture_request(f, "v", "<capacity>4096</capacity><allocation>0</allocation><target>"
        "<format type='qcow2'/><nocow/><compat>1.1</compat><clusterSize>65536</clusterSize><features><lazy_refcounts/>"
        "<extended_l2/></features><encryption format='luks'><secret type='passphrase' usage='x'/>"
        "<cipher name='aes' size='256' mode='xts' hash='sha256'/><ivgen name='plain64' hash='sha1'/></encryption></target>");
    g_autofree char *options = alj_qemu_img_options(vol, &base, "secret0", ALJ_VOL_CREATE_PREALLOC);
    g_assert_cmpstr(options, ==,
                    "backing_fmt=raw,encrypt.format=luks,encrypt.key-secret=secret0,encrypt.cipher-alg=aes-256,"
                    "encrypt.cipher-mode=xts,encrypt.hash-alg=sha256,encrypt.ivgen-alg=plain64,encrypt.ivgen-hash-alg=sha1,"
                    "preallocation=metadata,nocow=on,compat=1.1,cluster_size=65536,lazy_refcounts=on,extended_l2=on");
    g_autoptr(AljVolDef) evil = fixture_request(f, "e", "<capacity>1</capacity><target><encryption format='luks'>"
        "<secret type='passphrase' usage='x'/><cipher name='a,b' size='1'/></encryption></target>");
    const AljBase none = { 0 };
    g_autofree char *doubled = alj_qemu_img_options(evil, &none, "s", 0);
    g_assert_cmpstr(doubled, ==, "key-secret=s,cipher-alg=a,,b-1");
}

static void
test_progress(Fixture *f, gconstpointer unused)
{
    atomic_store(&f->task.total_bytes, 1000);
    alj_qemu_img_progress("    (25.00/100%)", &f->task);
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, 250);
    alj_qemu_img_progress("    (nan/100%)", &f->task);
    alj_qemu_img_progress("noise", &f->task);
    alj_qemu_img_progress("(1e9/100%)", &f->task);
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, 250);
}

/* ---- refusals ---- */

typedef struct Refusal {
    const char *inner;
    unsigned flags;
    const char *text;
    const char *compat; /* (nullable) put in behind the parser, which has an opinion of its own */
    unsigned features;
} Refusal;

#define NO_DRIVER "this function is not supported by the connection driver: "
#define CONFIG "unsupported configuration: "
#define CAP "<capacity>4096</capacity>"
#define BACKING "<backingStore><path>/etc/hostname</path></backingStore>"

#define ENCRYPTED(format, how)                                                                               \
    "<target><format type='" format "'/><encryption format='" how "'><secret type='passphrase' usage='x'/>"  \
    "</encryption></target>"

static const Refusal refusals[] = {
    { CAP BACKING, 0, NO_DRIVER "backing storage not supported for raw volumes" },
    { CAP FORMAT("iso") BACKING, 0, CONFIG "cannot set backing store for raw volume" },
    { CAP FORMAT("dir") BACKING, 0, NO_DRIVER "backing storage not supported for directories volumes" },
    { CAP FORMAT("dir"), 1, "unsupported flags (0x1) in function createFileDir" },
    { CAP FORMAT("ploop"), 0, "internal error: unable to find ploop, please install ploop tools" },
    { CAP, 1, CONFIG "metadata preallocation is not supported for raw volumes" },
    { CAP FORMAT("vmdk"), 1, CONFIG "metadata preallocation only available with qcow2" },
    { CAP QCOW2 BACKING, 1, CONFIG "metadata preallocation conflicts with backing store" },
    { CAP QCOW2, 2, "unsupported flags (0x2) in function storageBackendCreateQemuImg" },
    { CAP "<target><format type='vmdk'/><compat>1.1</compat></target>", 0, CONFIG "compatibility option only available with qcow2" },
    { CAP "<target><format type='iso'/><features/></target>", 0, CONFIG "compatibility option only available with qcow2" },
    { CAP QCOW2, 0, CONFIG "lazy_refcounts not supported with compat level 0.10", "0.10", ALJ_VOL_LAZY_REFCOUNTS },
    { CAP QCOW2, 0, CONFIG "'extended_l2' not supported with compat level 0.10", "0.10", ALJ_VOL_EXTENDED_L2 },
    { CAP "<target><encryption format='luks'/></target>", 0,
      "invalid argument: A single <secret type='passphrase'...> element is expected in encryption description" },
    { CAP ENCRYPTED("raw", "luks2"), 0, "internal error: Only luks encryption is supported for raw files" },
    { CAP ENCRYPTED("iso", "qcow"), 0, "internal error: Only luks encryption is supported for raw files" },
    { CAP ENCRYPTED("qcow2", "qcow"), 0, CONFIG "creation of qcow2 encrypted image is not supported" },
    { CAP ENCRYPTED("qcow2", "luks2"), 0, CONFIG "unsupported volume encryption format 3" },
    { CAP ENCRYPTED("vmdk", "luks"), 0, CONFIG "volume encryption unsupported with format vmdk" },
    { CAP ENCRYPTED("ploop", "luks"), 0, CONFIG "encrypted ploop volumes are not supported with ploop init" },
};

static void
test_refusals(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljVolDef) request = fixture_request(f, "v", refusals[i].inner);
        if (refusals[i].compat) {
            g_free(request->compat);
            request->compat = g_strdup(refusals[i].compat);
            request->features = refusals[i].features;
        }
        g_test_message("%s", refusals[i].text);
        fixture_assert_fails(alj_files_vol_plan(&f->call, f->pool, request, refusals[i].flags, &error), error,
                             refusals[i].text);
        fixture_assert_fails(alj_files_vol_create(&f->call, f->pool, request, refusals[i].flags, &error), error,
                             refusals[i].text);
    }
    g_autofree char *list = fixture_list(f);
    g_assert_cmpstr(list, ==, "");
}

static void
assert_create_fails(Fixture *f, const char *inner, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) request = fixture_request(f, "v", inner);
    fixture_assert_fails(alj_files_vol_create(&f->call, f->pool, request, 0, &error), error, text);
}

static void
test_refused_while_made(Fixture *f, gconstpointer unused)
{
    assert_create_fails(f, CAP QCOW2 "<backingStore><path>nosuch</path></backingStore>",
                        "inaccessible backing store volume nosuch: No such file or directory");
    assert_create_fails(f, CAP QCOW2 "<backingStore><path>json:{}</path></backingStore>",
                        "inaccessible backing store volume json:{}: No such file or directory");
    shell(f, "mkfifo ../pipe");
    g_autofree char *pipe = g_strdup_printf(CAP QCOW2 "<backingStore><path>%s/pipe</path></backingStore>", f->base);
    g_autofree char *text = g_strdup_printf("inaccessible backing store volume %s/pipe: No such device or address", f->base);
    assert_create_fails(f, pipe, text);
    assert_create_fails(f, CAP "<target><format type='qcow2'/><encryption format='luks'><secret type='passphrase' usage='none'/>"
                           "</encryption></target>", "Secret not found: no secret with matching usage 'none'");
    g_autofree char *nocow = g_strdup_printf("unable to control COW flag on '%s/v', not btrfs: Function not implemented",
                                             f->pool->target_path);
    assert_create_fails(f, CAP "<target><nocow/></target>", nocow);
    g_autofree char *list = fixture_list(f);
    g_assert_cmpstr(list, ==, "");
    fixture_create(f, "ok", CAP "<target><format type='qcow2'/><nocow/></target>");
}

/* 7.4: what a header names is not followed out of the pools, not even by way of a base. */
static void
test_vetted_base(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img"))
        return;
    shell(f, "printf secret > ../secret; truncate -s 1M ../secret; qemu-img create -q -f qcow2 -b ../secret -F raw evil; "
             "qemu-img create -q -f qcow2 -o data_file=data evil2 1M; qemu-img create -q -f qcow2 -u -b evil3 -F qcow2 tmp 1M; mv tmp evil3");
    fixture_scan(f);
    g_autofree char *outside = g_strdup_printf("Requested operation is not valid: image '%s/evil' is not used: "
                                               "its backing file is not a volume of an active pool", f->pool->target_path);
    g_autofree char *data = g_strdup_printf("Requested operation is not valid: image '%s/evil2' is not used: "
                                            "its data is in other files", f->pool->target_path);
    g_autofree char *self = g_strdup_printf("Requested operation is not valid: image '%s/evil3' is not used: "
                                            "it is its own backing file", f->pool->target_path);
    assert_create_fails(f, QCOW2 "<backingStore><path>evil</path></backingStore>", outside);
    assert_create_fails(f, QCOW2 "<backingStore><path>evil2</path></backingStore>", data);
    assert_create_fails(f, QCOW2 "<backingStore><path>evil3</path></backingStore>", self);
}

/* D-06: a base whose format nobody states is recorded as what it is, and the overlay is as large as a guest would see it. */
static void
test_found_base(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *make, *format;
        uint64_t capacity;
    } bases[] = {
        { "qemu-img create -q -f vhdx base 16M", "vhdx", 16777216 },
        { "qemu-img create -q -f parallels base 16M", "parallels", 16777216 },
        { "qemu-img create -q -f vmdk base 16M", "vmdk", 16777216 },
        { "truncate -s 3M base; printf 'LUKS\\272\\276\\0\\2' | dd of=base conv=notrunc status=none", "raw", 3145728 },
        { "truncate -s 3M base; printf conectix | dd of=base bs=512 seek=6143 conv=sync,notrunc status=none", "raw", 3145728 },
    };
    if (!fixture_has_tool("qemu-img"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(bases); i++) {
        shell(f, "rm -f *; %s", bases[i].make);
        fixture_scan(f);
        fixture_create(f, "over", "<target><format type='qcow2'/></target><backingStore><path>base</path></backingStore>");
        g_assert_cmpuint(fixture_find(f, "over")->capacity_bytes, ==, bases[i].capacity);
        g_autofree char *told = fixture_shell(f, "qemu-img info --output=json over");
        g_autofree char *format = g_strdup_printf("\"backing-filename-format\": \"%s\"", bases[i].format);
        g_assert_nonnull(strstr(told, format));
        shell(f, "qemu-img compare -q -f qcow2 -F %s over base", bases[i].format);
    }
}

static void
test_plan_names(Fixture *f, gconstpointer unused)
{
    static const char *const bad[][2] = {
        { "a/b", "Requested operation is not valid: volume name 'a/b' cannot contain '/'" },
        { "a\001", "invalid argument: a volume cannot have the name 'a\001'" },
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = fixture_request(f, "v", CAP);
    g_assert_true(alj_files_vol_plan(&f->call, f->pool, vol, 0, &error));
    g_autofree char *path = g_build_filename(f->pool->target_path, "v", NULL);
    g_assert_cmpstr(vol->path, ==, path);
    g_assert_cmpstr(vol->key, ==, path);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_free(vol->name);
        vol->name = g_strdup(bad[i][0]);
        bool is_fine = alj_files_vol_plan(&f->call, f->pool, vol, 0, &error);
        g_assert_false(is_fine);
        if (i == 0)
            fixture_assert_fails(is_fine, error, bad[i][1]);
        g_clear_error(&error);
    }
    g_free(vol->name);
    vol->name = g_strnfill(256, 'x');
    g_assert_false(alj_files_vol_plan(&f->call, f->pool, vol, 0, &error));
    g_assert_true(g_str_has_suffix(error->message, "File name too long"));
}

/* Anything of that name is in the way, a dangling link included (S-02); also when it comes after the plan. */
static void
test_exists(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: volume target path '%s/v' already exists",
                                            f->pool->target_path);
    const char *kinds[] = { "ln -s nowhere v", "mkfifo v", "mkdir v", "printf x > v" };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(AljVolDef) vol = fixture_request(f, "v", CAP);
        shell(f, "%s", kinds[i]);
        fixture_assert_fails(alj_files_vol_plan(&f->call, f->pool, vol, 0, &error), error, text);
        fixture_assert_fails(alj_files_vol_create(&f->call, f->pool, vol, 0, &error), error, text);
        g_autofree char *list = fixture_shell(f, "ls -A");
        g_assert_cmpstr(list, ==, "v\n");
        shell(f, "rm -r v");
    }
}

/* ---- failures ---- */

static const char *attempt_inner;

static bool
attempt(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) request = fixture_request(f, "v", attempt_inner);
    g_autoptr(AljVolDef) made = alj_files_vol_create(&f->call, f->pool, request, 0, error);
    return made != NULL;
}

static void
take_back(Fixture *f)
{
    shell(f, "rm -r v");
}

static void
test_each_failure(Fixture *f, gconstpointer unused)
{
    const char *inners[] = { CAP, CAP "<allocation>0</allocation>", CAP FORMAT("dir"), CAP QCOW2,
                             QCOW2 "<backingStore><path>base</path></backingStore>", CAP FORMAT("qed") };
    fixture_create(f, "base", CAP QCOW2);
    for (size_t i = 0; i < G_N_ELEMENTS(inners); i++) {
        attempt_inner = inners[i];
        fixture_fail_each(f, attempt, take_back);
    }
}

static void
test_cancelled(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) request = fixture_request(f, "v", "<capacity>1048576</capacity>");
    atomic_store(&f->task.is_cancelled, true);
    g_assert_null(alj_files_vol_create(&f->call, f->pool, request, 0, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
    g_autofree char *list = fixture_list(f);
    g_assert_cmpstr(list, ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/files/create/raw", test_raw);
    fixture_add("/files/create/raw-allocated", test_raw_allocated);
    fixture_add("/files/create/raw-has-no-options", test_raw_has_no_options);
    fixture_add("/files/create/iso", test_iso);
    fixture_add("/files/create/permissions", test_permissions);
    fixture_add("/files/create/dir", test_dir);
    fixture_add("/files/create/qcow2", test_qcow2);
    fixture_add("/files/create/qcow2-preallocated", test_qcow2_preallocated);
    fixture_add("/files/create/backing", test_backing);
    fixture_add("/files/create/tool-formats", test_tool_formats);
    fixture_add("/files/create/tool-errors", test_tool_errors);
    fixture_add("/files/create/luks", test_luks);
    fixture_add("/files/create/options", test_options);
    fixture_add("/files/create/progress", test_progress);
    fixture_add("/files/create/refusals", test_refusals);
    fixture_add("/files/create/refused-while-made", test_refused_while_made);
    fixture_add("/files/create/vetted-base", test_vetted_base);
    fixture_add("/files/create/found-base", test_found_base);
    fixture_add("/files/create/plan-names", test_plan_names);
    fixture_add("/files/create/exists", test_exists);
    fixture_add("/files/create/each-failure", test_each_failure);
    fixture_add("/files/create/cancelled", test_cancelled);
    return g_test_run();
}
