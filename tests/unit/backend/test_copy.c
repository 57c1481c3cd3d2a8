/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clone and create-from: the right bytes by the cheapest way, honest sizes, refusals, and nothing left after a failure. */
#include "fixture.h"

#include "backend/blocks/blocks.h"
#include "backend/files/files.h"
#include "base/guard.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define QCOW2 "<target><format type='qcow2'/></target>"
#define QCOW2_NEW "<target><format type='qcow2'/><compat>1.1</compat></target>"

static AljVolDef *
copy(Fixture *f, const char *from, const char *inner, unsigned flags, GError **error)
{
    g_autoptr(AljVolDef) request = fixture_request(f, "copy", inner);
    g_autoptr(AljVolDef) source = alj_vol_def_ref(fixture_find(f, from));
    return alj_files_vol_copy(&f->call, f->pool, request, source, ALJ_POOL_DIR, flags, error);
}

static AljVolDef *
must_copy(Fixture *f, const char *from, const char *inner)
{
    g_autoptr(GError) error = NULL;
    AljVolDef *vol = copy(f, from, inner, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(vol);
    return vol;
}

static void
assert_copy_fails(Fixture *f, const char *from, const char *inner, unsigned flags, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = fixture_list(f);
    fixture_assert_fails(copy(f, from, inner, flags, &error), error, text);
    g_autofree char *after = fixture_list(f);
    g_assert_cmpstr(before, ==, after);
}

static void
make_raw_source(Fixture *f)
{
    shell(f, "truncate -s 4M src; printf start | dd of=src conv=notrunc status=none; "
             "head -c 100000 /dev/urandom | dd of=src bs=1M seek=2 conv=notrunc status=none");
    fixture_scan(f);
}

static void
test_raw_sparse(Fixture *f, gconstpointer unused)
{
    make_raw_source(f);
    g_autoptr(AljVolDef) vol = must_copy(f, "src", "<capacity>4194304</capacity><allocation>0</allocation>");
    shell(f, "cmp src copy");
    g_assert_cmpuint(vol->capacity_bytes, ==, 4194304);
    g_assert_cmpuint(vol->allocation_bytes, <, 1048576);
    g_assert_cmpuint(vol->permissions.mode, ==, 0600);
    g_assert_cmpuint(atomic_load(&f->task.total_bytes), ==, 4194304);
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, 4194304);
}

static void
test_raw_sizes(Fixture *f, gconstpointer unused)
{
    make_raw_source(f);
    g_autoptr(AljVolDef) small = must_copy(f, "src", "<capacity>1</capacity><allocation>0</allocation>");
    g_assert_cmpuint(small->capacity_bytes, ==, 4194304); /* never below the source */
    shell(f, "rm copy");
    g_autoptr(AljVolDef) large = must_copy(f, "src", "<capacity>8388608</capacity><allocation>0</allocation>");
    g_assert_cmpuint(large->capacity_bytes, ==, 8388608);
    g_assert_cmpuint(large->allocation_bytes, <, 1048576);
    shell(f, "cmp -n 4194304 src copy; rm copy");
    g_autoptr(AljVolDef) full = must_copy(f, "src", "<capacity>8388608</capacity>");
    g_assert_cmpuint(full->allocation_bytes, >=, 8388608);
    shell(f, "cmp -n 4194304 src copy");
}

static void
test_raw_reflink(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    make_raw_source(f);
    g_autoptr(AljVolDef) vol = copy(f, "src", "<capacity>4194304</capacity>", ALJ_VOL_CREATE_REFLINK, &error);
    if (vol) { /* the temporary directory is on a file system that shares */
        shell(f, "cmp src copy");
        return;
    }
    g_autofree char *text = g_strdup_printf("failed to clone files from '%s/src': Operation not supported",
                                            f->pool->target_path);
    g_autofree char *all = alj_error_text(error);
    g_assert_cmpstr(all, ==, text);
}

static void
test_from_iso_and_device(Fixture *f, gconstpointer unused)
{
    shell(f, "truncate -s 64K src; printf 'CD001' | dd of=src bs=1 seek=32769 conv=notrunc status=none");
    fixture_scan(f);
    g_assert_cmpint(fixture_find(f, "src")->format, ==, ALJ_FORMAT_ISO);
    g_autoptr(AljVolDef) vol = must_copy(f, "src", "<capacity>65536</capacity><target><format type='iso'/></target>");
    g_assert_cmpint(vol->format, ==, ALJ_FORMAT_ISO);
    shell(f, "cmp src copy");
}

/* A clean image that stands alone is copied as a file: the result is the same to the last byte. */
static void
test_image_as_file(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "src", "<capacity>4194304</capacity>" QCOW2_NEW);
    g_autoptr(AljVolDef) vol = must_copy(f, "src", "<capacity>4194304</capacity>" QCOW2_NEW);
    shell(f, "cmp src copy");
    g_assert_cmpint(vol->format, ==, ALJ_FORMAT_QCOW2);
}

static void
write_pattern(Fixture *f, const char *name)
{
    shell(f, "qemu-io -c 'write -P 0x5a 1M 64k' -c 'write -P 0x33 3M 4k' '%s' > ../io.log", name);
}

static void
test_image_options(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img") || !fixture_has_tool("qemu-io"))
        return;
    fixture_create(f, "src", "<capacity>4194304</capacity>" QCOW2_NEW);
    write_pattern(f, "src");
    g_autoptr(AljVolDef) old = must_copy(f, "src", "<capacity>4194304</capacity>" QCOW2);
    g_assert_null(old->compat);
    shell(f, "qemu-img compare -q src copy; qemu-img check -q copy; rm copy");
    /* D-05: more than the source is honoured. */
    g_autoptr(AljVolDef) large = must_copy(f, "src", "<capacity>8388608</capacity>" QCOW2_NEW);
    g_assert_cmpuint(large->capacity_bytes, ==, 8388608);
    shell(f, "qemu-img compare -q src copy; qemu-img check -q copy");
}

/* What is not blank is cleared first: that ends with the task, and is seen to go on. */
static void
test_to_device(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!fixture_has_tool("qemu-img"))
        return;
    shell(f, "qemu-img create -q -f qcow2 src 4M; yes | head -c 6M > ../node");
    fixture_scan(f);
    g_autoptr(AljVolDef) vol = alj_vol_def_new("node");
    vol->path = g_build_filename(f->base, "node", NULL);
    alj_autofd fd = open(vol->path, O_RDWR | O_CLOEXEC);
    atomic_store(&f->task.is_cancelled, true);
    fixture_assert_fails(alj_block_vol_fill(&f->call, vol, fd, fixture_find(f, "src"), false, &error), error,
                         "operation aborted: 'copy' was cancelled");
    shell(f, "yes | head -c 6M | cmp ../node -");
    atomic_store(&f->task.is_cancelled, false);
    g_assert_true(alj_block_vol_fill(&f->call, vol, fd, fixture_find(f, "src"), false, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, 4 << 20);
    shell(f, "cmp -n 4194304 ../node /dev/zero; yes | head -c 2M > ../rest; tail -c 2M ../node | cmp - ../rest");
}

static void
test_conversions(Fixture *f, gconstpointer unused)
{
    const char *formats[] = { "raw", "qcow2", "qed", "vmdk", "vdi" };
    if (!fixture_has_tool("qemu-img"))
        return;
    make_raw_source(f);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *inner = g_strdup_printf("<capacity>4194304</capacity><allocation>0</allocation><target>"
                                                 "<format type='%s'/></target>", formats[i]);
        g_autoptr(AljVolDef) vol = must_copy(f, "src", inner);
        g_assert_cmpstr(alj_vol_format_name(vol->format), ==, formats[i]);
        g_assert_cmpuint(vol->capacity_bytes, ==, 4194304);
        g_assert_cmpuint(vol->allocation_bytes, <, 3145728); /* two of four blocks of vdi */
        g_assert_cmpuint(vol->permissions.mode, ==, 0600);
        shell(f, "qemu-img compare -q -f raw -F %s src copy; mv copy from-%s", formats[i], formats[i]);
    }
    fixture_scan(f);
    g_autoptr(AljVolDef) back = must_copy(f, "from-vdi", "<capacity>8388608</capacity><allocation>0</allocation>");
    g_assert_cmpuint(back->capacity_bytes, ==, 8388608);
    shell(f, "cmp -n 4194304 src copy");
}

/* D-07: an overlay becomes a volume that stands alone, and says so. */
static void
test_overlay(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img") || !fixture_has_tool("qemu-io"))
        return;
    fixture_create(f, "base", "<capacity>4194304</capacity>" QCOW2);
    write_pattern(f, "base");
    fixture_create(f, "src", "<capacity>4194304</capacity>" QCOW2 "<backingStore><path>base</path></backingStore>");
    shell(f, "qemu-io -c 'write -P 0x77 0 4k' src > ../io.log");
    fixture_scan(f);
    g_autofree char *same = g_strdup_printf("<capacity>4194304</capacity>" QCOW2 "<backingStore><path>%s/base</path>"
                                            "<format type='qcow2'/></backingStore>", f->pool->target_path);
    g_autoptr(AljVolDef) vol = must_copy(f, "src", same);
    g_assert_null(vol->backing);
    shell(f, "qemu-img compare -q src copy; qemu-img check -q copy; rm copy");
    assert_copy_fails(f, "src", "<capacity>4194304</capacity>" QCOW2 "<backingStore><path>/other</path></backingStore>", 0,
                      "internal error: a different backing store cannot be specified.");
    assert_copy_fails(f, "base", "<capacity>4194304</capacity>" QCOW2 "<backingStore><path>/other</path></backingStore>", 0,
                      "internal error: a different backing store cannot be specified.");
}

static void
test_refusals(Fixture *f, gconstpointer unused)
{
    shell(f, "mkdir dir");
    fixture_create(f, "src", "<capacity>1048576</capacity>" QCOW2);
    assert_copy_fails(f, "dir", "<capacity>0</capacity>", 0,
                      "internal error: cannot copy from volume to a directory volume");
    assert_copy_fails(f, "src", "<capacity>0</capacity><target><format type='dir'/></target>", 0,
                      "internal error: cannot copy from volume to a directory volume");
    assert_copy_fails(f, "src", "<capacity>0</capacity>" QCOW2, ALJ_VOL_CREATE_REFLINK,
                      "unsupported flags (0x2) in function storageBackendCreateQemuImg");
    assert_copy_fails(f, "src", "<capacity>0</capacity>", ALJ_VOL_CREATE_PREALLOC,
                      "unsupported configuration: metadata preallocation is not supported for raw volumes");
}

/* S-04: a header that leads out of the pools is not followed; the source's bytes are all that can be had. */
static void
test_hostile_source(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img"))
        return;
    shell(f, "truncate -s 1M ../secret; qemu-img create -q -f qcow2 -b ../secret -F raw src");
    fixture_scan(f);
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: image '%s/src' is not used: its backing file "
                                            "is not a volume of an active pool", f->pool->target_path);
    assert_copy_fails(f, "src", "<capacity>1048576</capacity>", 0, text);
    /* A disk whose guest has written a header since the scan is still copied as bytes. */
    shell(f, "truncate -s 1M guest");
    fixture_scan(f);
    shell(f, "dd if=src of=guest conv=notrunc status=none");
    g_autoptr(AljVolDef) vol = must_copy(f, "guest", "<capacity>1048576</capacity>");
    shell(f, "cmp guest copy");
}

static void
test_vanished_source(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    make_raw_source(f);
    shell(f, "rm src");
    fixture_assert_fails(copy(f, "src", "<capacity>1</capacity>", 0, &error), error,
                         "cannot open volume 'src': No such file or directory");
}

/* ---- failures ---- */

static const char *attempt_from, *attempt_inner;

static bool
attempt(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = copy(f, attempt_from, attempt_inner, 0, error);
    return vol != NULL;
}

static void
take_back(Fixture *f)
{
    shell(f, "rm copy");
}

static void
test_each_failure(Fixture *f, gconstpointer unused)
{
    static const char *const pairs[][2] = {
        { "src", "<capacity>8388608</capacity><allocation>0</allocation>" },
        { "src", "<capacity>8388608</capacity>" },
        { "image", "<capacity>1048576</capacity>" QCOW2 },
        { "image", "<capacity>2097152</capacity><allocation>0</allocation>" },
        { "src", "<capacity>4194304</capacity>" QCOW2_NEW },
        { "src", "<capacity>4194304</capacity><target><format type='vdi'/></target>" },
    };
    make_raw_source(f);
    fixture_create(f, "image", "<capacity>1048576</capacity>" QCOW2);
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        attempt_from = pairs[i][0];
        attempt_inner = pairs[i][1];
        g_test_message("%s -> %s", attempt_from, attempt_inner);
        fixture_fail_each(f, attempt, take_back);
    }
}

typedef struct Canceller {
    Fixture *f;
    uint64_t after_bytes;
} Canceller;

static void *
cancel_later(void *data)
{
    Canceller *canceller = data;
    gint64 give_up_usec = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    while (atomic_load(&canceller->f->task.done_bytes) < canceller->after_bytes && g_get_monotonic_time() < give_up_usec)
        g_usleep(200);
    atomic_store(&canceller->f->task.is_cancelled, true);
    return NULL;
}

static void
test_cancelled_midway(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "head -c 256M /dev/zero > src");
    fixture_scan(f);
    g_autofree char *before = fixture_shell(f, "ls -A");
    Canceller canceller = { f, 1 };
    GThread *thread = g_thread_new("cancel", cancel_later, &canceller);
    g_autoptr(AljVolDef) vol = copy(f, "src", "<capacity>268435456</capacity>", 0, &error);
    g_thread_join(thread);
    g_assert_null(vol);
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
    g_autofree char *after = fixture_shell(f, "ls -A");
    g_assert_cmpstr(before, ==, after);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/files/copy/raw-sparse", test_raw_sparse);
    fixture_add("/files/copy/raw-sizes", test_raw_sizes);
    fixture_add("/files/copy/raw-reflink", test_raw_reflink);
    fixture_add("/files/copy/from-iso", test_from_iso_and_device);
    fixture_add("/files/copy/image-as-file", test_image_as_file);
    fixture_add("/files/copy/image-options", test_image_options);
    fixture_add("/files/copy/to-device", test_to_device);
    fixture_add("/files/copy/conversions", test_conversions);
    fixture_add("/files/copy/overlay", test_overlay);
    fixture_add("/files/copy/refusals", test_refusals);
    fixture_add("/files/copy/hostile-source", test_hostile_source);
    fixture_add("/files/copy/vanished-source", test_vanished_source);
    fixture_add("/files/copy/each-failure", test_each_failure);
    fixture_add("/files/copy/cancelled-midway", test_cancelled_midway);
    return g_test_run();
}
