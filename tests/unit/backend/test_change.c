/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resize, wipe and delete: what they do to the file, what they refuse, and that a failed one changes nothing. */
#include "fixture.h"

#include "backend/files/files.h"
#include "base/guard.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define QCOW2 "<target><format type='qcow2'/></target>"
#define SPARSE "<allocation>0</allocation>"

/* ---- resize ---- */

static AljVolDef *
resize(Fixture *f, const char *name, uint64_t bytes, unsigned flags, GError **error)
{
    g_autoptr(AljVolDef) vol = alj_vol_def_ref(fixture_find(f, name));
    return alj_files_vol_resize(&f->call, f->pool, vol, bytes, flags, error);
}

static void
assert_resized(Fixture *f, const char *name, uint64_t bytes, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = resize(f, name, bytes, flags, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(vol->capacity_bytes, ==, bytes);
    if (flags & ALJ_VOL_RESIZE_ALLOCATE)
        g_assert_cmpuint(vol->allocation_bytes, >=, bytes);
}

static void
assert_resize_fails(Fixture *f, const char *name, uint64_t bytes, unsigned flags, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = fixture_list(f);
    fixture_assert_fails(resize(f, name, bytes, flags, &error), error, text);
    g_autofree char *after = fixture_list(f);
    g_assert_cmpstr(before, ==, after);
}

static void
test_resize_raw(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "v", "<capacity>1048576</capacity>" SPARSE);
    assert_resized(f, "v", 3000001, 0);
    assert_resized(f, "v", 4194304, 0);
    assert_resized(f, "v", 1048576, ALJ_VOL_RESIZE_SHRINK);
    fixture_create(f, "full", "<capacity>1048576</capacity>");
    assert_resized(f, "full", 2097152, ALJ_VOL_RESIZE_ALLOCATE);
    assert_resized(f, "full", 524288, ALJ_VOL_RESIZE_SHRINK); /* D-24 */
    fixture_create(f, "holes", "<capacity>1048576</capacity>" SPARSE);
    shell(f, "printf data | dd of=holes bs=1 seek=500000 conv=notrunc status=none");
    assert_resized(f, "holes", 2097152, ALJ_VOL_RESIZE_ALLOCATE); /* the old part as well */
    shell(f, "test \"$(tail -c +500001 holes | head -c 4)\" = data");
    assert_resized(f, "holes", 2097152, ALJ_VOL_RESIZE_ALLOCATE);
}

static void
test_resize_refusals(Fixture *f, gconstpointer unused)
{
    const char *below = "invalid argument: can't shrink capacity below existing allocation";
    const char *shrink = "invalid argument: Can't shrink capacity below current capacity unless shrink flag "
                         "explicitly specified";
    fixture_create(f, "sparse", "<capacity>1048576</capacity>" SPARSE);
    fixture_create(f, "full", "<capacity>1048576</capacity>");
    fixture_create(f, "image", "<capacity>10485760</capacity>" QCOW2);
    shell(f, "mkdir dir");
    fixture_scan(f);
    assert_resize_fails(f, "sparse", 4096, 0, shrink);
    assert_resize_fails(f, "full", 4096, 0, below);
    assert_resize_fails(f, "image", 9437184, 0, shrink);
    assert_resize_fails(f, "image", 20971520, ALJ_VOL_RESIZE_ALLOCATE,
                        "Operation not supported: preallocate is only supported for raw type volume");
    assert_resize_fails(f, "sparse", UINT64_C(1) << 60, ALJ_VOL_RESIZE_ALLOCATE,
                        "operation failed: Not enough space left in storage pool");
    g_autofree char *dir = g_strdup_printf("Unable to open '%s/dir': Is a directory", f->pool->target_path);
    assert_resize_fails(f, "dir", 4096, 0, dir);
    g_autofree char *large = g_strdup_printf("Failed to truncate file '%s/sparse': File too large", f->pool->target_path);
    assert_resize_fails(f, "sparse", UINT64_MAX, 0, large);
    /* D-03: what counts is the file, not what was once seen of it. */
    shell(f, "truncate -s 10M sparse");
    assert_resize_fails(f, "sparse", 2097152, 0, shrink);
    shell(f, "rm sparse");
    g_autoptr(GError) error = NULL;
    g_assert_null(resize(f, "sparse", 1, 0, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_NO_VOL));
}

static void
test_resize_images(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "v", "<capacity>1048576</capacity>" QCOW2);
    assert_resized(f, "v", 4194304, 0); /* by ourselves */
    if (!fixture_has_tool("qemu-img"))
        return;
    shell(f, "qemu-img check -q v; qemu-img create -q -f qcow2 -o cluster_size=512 small 1M; "
             "qemu-img create -q -f qed qed 1M; qemu-img create -q -f qcow2 snapped 1M; qemu-img snapshot -c s snapped");
    fixture_create(f, "top", "<target><format type='qcow2'/><compat>1.1</compat></target>"
                             "<backingStore><path>qed</path></backingStore>");
    assert_resized(f, "snapped", 8388608, 0);
    assert_resized(f, "small", 16777216, 0);
    assert_resized(f, "qed", 2097152, 0);
    assert_resized(f, "top", 4194304, 0);
    assert_resized(f, "small", 1048576, ALJ_VOL_RESIZE_SHRINK);
    shell(f, "qemu-img check -q snapped; qemu-img check -q small; qemu-img check -q top");
    shell(f, "qemu-img create -q -f vmdk vmdk 1M");
    fixture_scan(f);
    g_autofree char *refused = g_strdup_printf("internal error: Child process (/usr/bin/qemu-img resize %s/vmdk 2097152) unexpected exit "
                                               "status 1: qemu-img: Image format driver does not support resize\n",
                                               f->pool->target_path);
    assert_resize_fails(f, "vmdk", 2097152, 0, refused);
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) odd = resize(f, "small", 1048577, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(odd->capacity_bytes, ==, 1048576 + 512);
}

/* What documents call raw may be an image all the same: of that nothing is cut off. A disk that only begins like one is a disk. */
static void
test_resize_hidden_images(Fixture *f, gconstpointer unused)
{
#define CUT(name, what) \
    "Requested operation is not valid: volume '" name "' is not cut off, because that would destroy the " what            \
    " image in it; qemu-img can convert it, or truncate the file if it is a raw disk all the same"
    shell(f, "truncate -s 4M vhdx parallels luks2 text fixed.vhd fixed odd; printf vhdxfile | dd of=vhdx conv=notrunc status=none; "
             "printf 'WithoutFreeSpace\\2' | dd of=parallels conv=notrunc status=none; "
             "printf 'LUKS\\272\\276\\0\\2' | dd of=luks2 conv=notrunc status=none; "
             "printf 'WithoutFreeSpace\\7' | dd of=text conv=notrunc status=none; "
             "printf 'QFI\\373\\0\\0\\0\\3' | dd of=odd conv=notrunc status=none; "
             "printf '\\377\\377\\377\\377' | dd of=odd bs=1 seek=24 conv=notrunc status=none; "
             "{ printf 'conectix\\0\\0\\0\\2\\0\\1\\0\\0'; head -c 32 /dev/zero; printf '\\0\\0\\0\\0\\0\\77\\376\\0'; "
             "head -c 4 /dev/zero; printf '\\0\\0\\0\\2'; } | dd of=footer status=none; "
             "for name in fixed.vhd fixed; do dd if=footer of=$name bs=1 seek=4193792 conv=notrunc status=none; done; rm footer");
    fixture_scan(f);
    assert_resize_fails(f, "vhdx", 1048576, ALJ_VOL_RESIZE_SHRINK, CUT("vhdx", "vhdx"));
    assert_resize_fails(f, "parallels", 1048576, ALJ_VOL_RESIZE_SHRINK, CUT("parallels", "parallels"));
    assert_resize_fails(f, "luks2", 1048576, ALJ_VOL_RESIZE_SHRINK, CUT("luks2", "luks2"));
    assert_resize_fails(f, "fixed.vhd", 1048576, ALJ_VOL_RESIZE_SHRINK, CUT("fixed.vhd", "vpc"));
    assert_resize_fails(f, "odd", 1048576, ALJ_VOL_RESIZE_SHRINK, "Requested operation is not valid: volume 'odd' is not cut off, "
                        "because it may be an image: the qcow2 header says a cluster size that is not 512 bytes to 2 MiB");
    assert_resized(f, "text", 1048576, ALJ_VOL_RESIZE_SHRINK);  /* no version of Parallels */
    assert_resized(f, "fixed", 1048576, ALJ_VOL_RESIZE_SHRINK); /* its name does not say VHD: a last sector like any other */
    assert_resized(f, "vhdx", 8388608, 0);
#undef CUT
}

static uint64_t attempt_bytes;
static unsigned attempt_flags;
static const char *attempt_name;

static bool
attempt_resize(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = resize(f, attempt_name, attempt_bytes, attempt_flags, error);
    return vol != NULL;
}

static void
cut_back(Fixture *f)
{
    shell(f, "truncate -s 1M v");
}

static void
test_resize_each_failure(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "v", "<capacity>1048576</capacity>");
    attempt_name = "v";
    attempt_bytes = 2097152;
    attempt_flags = 0;
    fixture_fail_each(f, attempt_resize, cut_back);
    attempt_flags = ALJ_VOL_RESIZE_ALLOCATE;
    fixture_fail_each(f, attempt_resize, cut_back);
}

/*
 * Repeats @attempt with each call on the host failing. A change that cannot be taken back may have happened then, but never in part and
 * never more than was asked: @check tells, and @restore makes things as before.
 */
static void
fail_each_loosely(Fixture *f, bool (*attempt)(Fixture *f, GError **error), const char *check, const char *restore)
{
    bool is_good = false;
    for (unsigned nth = 1; !is_good; nth++) {
        g_autoptr(GError) error = NULL;
        shell(f, "%s", restore);
        fixture_scan(f);
        alj_host_fail_nth(f->host, nth, EIO);
        is_good = attempt(f, &error) && alj_host_calls(f->host) < nth; /* else it managed without the one that failed */
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(!is_good || !error);
        shell(f, "%s", check);
        g_assert_cmpuint(g_hash_table_size(f->owned), ==, 0);
    }
}

/* By qemu-img: at any failure the image is sound, holds what it held, and is of the old or the new size. */
static void
test_resize_tool_each_failure(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img"))
        return;
    shell(f, "head -c 65536 /dev/urandom > ../content; qemu-img convert -f raw -O qed ../content ../image");
    attempt_name = "v";
    attempt_bytes = 1048576;
    attempt_flags = 0;
    fail_each_loosely(f, attempt_resize,
                      "qemu-img check -q v; qemu-img convert -f qed -O raw v ../now; cmp -n 65536 ../now ../content; "
                      "case $(stat -c %s ../now) in 65536|1048576) ;; *) exit 1;; esac; test \"$(ls -A)\" = v",
                      "cp ../image v");
}

/* ---- wipe ---- */

static AljVolDef *
wipe(Fixture *f, const char *name, AljWipe how, GError **error)
{
    g_autoptr(AljVolDef) vol = alj_vol_def_ref(fixture_find(f, name));
    return alj_files_vol_wipe(&f->call, f->pool, vol, how, error);
}

/* D-04: the size stays; an image is a raw volume of the size of its file afterwards. */
static void
test_wipe_zero(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "head -c 5000 /dev/urandom > odd");
    fixture_create(f, "image", "<capacity>1048576</capacity>" QCOW2);
    uint64_t file_bytes = fixture_find(f, "image")->physical_bytes;
    g_autoptr(AljVolDef) odd = wipe(f, "odd", ALJ_WIPE_ZERO, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(odd->physical_bytes, ==, 5000);
    shell(f, "cmp -n 5000 odd /dev/zero");
    g_autoptr(AljVolDef) image = wipe(f, "image", ALJ_WIPE_ZERO, &error);
    g_assert_no_error(error);
    g_assert_cmpint(image->format, ==, ALJ_FORMAT_RAW);
    g_assert_cmpuint(image->capacity_bytes, ==, file_bytes);
}

static void
test_wipe_pattern(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!fixture_has_tool("scrub"))
        return;
    shell(f, "head -c 65536 /dev/zero | tr '\\0' x > v");
    fixture_scan(f);
    g_autoptr(AljVolDef) vol = wipe(f, "v", ALJ_WIPE_RANDOM, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(vol->physical_bytes, ==, 65536);
    g_autofree char *left = fixture_shell(f, "tr -dc x < v | wc -c");
    g_assert_cmpint(atoi(left), <, 4096);
}

static void
test_wipe_refusals(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "mkdir dir; echo > v; echo > gone");
    fixture_scan(f);
    shell(f, "rm gone");
    fixture_assert_fails(wipe(f, "v", ALJ_WIPE_TRIM, &error), error,
                         "argument unsupported: 'trim' algorithm not supported");
    g_autofree char *dir = g_strdup_printf("Failed to open storage volume with path '%s/dir': Is a directory",
                                           f->pool->target_path);
    fixture_assert_fails(wipe(f, "dir", ALJ_WIPE_ZERO, &error), error, dir);
    g_autofree char *gone = g_strdup_printf("Failed to open storage volume with path '%s/gone': No such file or directory",
                                            f->pool->target_path);
    fixture_assert_fails(wipe(f, "gone", ALJ_WIPE_ZERO, &error), error, gone);
}

static bool
attempt_wipe(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = wipe(f, "v", ALJ_WIPE_ZERO, error);
    return vol != NULL;
}

/* What is wiped already reads the same, however far a wipe got. */
static void
test_wipe_each_failure(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "v", "<capacity>65536</capacity>");
    fixture_fail_each(f, attempt_wipe, NULL);
}

static bool
attempt_pattern(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) vol = wipe(f, "v", ALJ_WIPE_RANDOM, error);
    return vol != NULL;
}

/* With patterns: whatever fails, the file keeps its size and nothing else is touched. */
static void
test_wipe_pattern_each_failure(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("scrub"))
        return;
    shell(f, "head -c 5000 /dev/urandom > ../content; cp ../content beside");
    fail_each_loosely(f, attempt_pattern, "test $(stat -c %s v) = 5000; cmp beside ../content; test \"$(ls -A | xargs)\" = 'beside v'",
                      "cp ../content v");
}

/* ---- delete ---- */

static bool
delete (Fixture *f, const char *name, unsigned flags, GError **error)
{
    return alj_files_vol_delete(&f->call, f->pool, fixture_find(f, name), flags, error);
}

static void
test_delete(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "echo > v; mkdir d; mkdir full; echo > full/x; echo > ../target; ln -s ../target link; mkdir ../far; ln -s ../far dirlink");
    fixture_scan(f);
    fixture_assert_fails(delete (f, "v", ALJ_VOL_DELETE_WITH_SNAPSHOTS, &error), error,
                         "unsupported flags (0x2) in function virStorageBackendVolDeleteLocal");
    g_assert_true(delete (f, "v", 0, &error));
    g_assert_true(delete (f, "v", 0, &error)); /* gone already: fine */
    g_assert_true(delete (f, "d", 0, &error));
    g_assert_true(delete (f, "link", 0, &error));
    g_assert_true(delete (f, "dirlink", 0, &error));
    g_autofree char *text = g_strdup_printf("cannot remove directory '%s/full': Directory not empty", f->pool->target_path);
    fixture_assert_fails(delete (f, "full", 0, &error), error, text);
    g_autofree char *left = fixture_shell(f, "ls; cat ../target; ls -d ../far");
    g_assert_cmpstr(left, ==, "full\n\n../far\n");
}

static bool
attempt_delete(Fixture *f, GError **error)
{
    return delete (f, attempt_name, 0, error);
}

/* A deletion that fails leaves the whole volume or, when only its durability is in doubt, nothing; and never touches another. */
static void
test_delete_each_failure(Fixture *f, gconstpointer unused)
{
    attempt_name = "v";
    shell(f, "echo content > ../content; cp ../content beside");
    fail_each_loosely(f, attempt_delete, "cmp beside ../content; if test -e v; then cmp v ../content; fi", "cp ../content v");
    attempt_name = "d";
    fail_each_loosely(f, attempt_delete, "cmp beside ../content; if test -e d; then test -d d; fi", "mkdir -p d");
}

static void
test_delete_wrong_kind(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "echo > v");
    fixture_scan(f);
    shell(f, "rm v; mkdir v");
    g_autofree char *text = g_strdup_printf("cannot unlink file '%s/v': Is a directory", f->pool->target_path);
    fixture_assert_fails(delete (f, "v", 0, &error), error, text);
}

/* ---- open ---- */

static void
test_open(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "printf data > v; mkdir d; printf x > gone; printf x > fifo");
    fixture_scan(f);
    shell(f, "rm gone fifo; mkfifo fifo");
    char buffer[8] = "";
    g_autoptr(AljMedium) medium = alj_files_vol_open(&f->call, f->pool, fixture_find(f, "v"), O_RDWR, &error);
    g_assert_no_error(error);
    g_assert_cmpint(medium->ops->read(medium, buffer, sizeof buffer, 0, &error), ==, 4);
    g_assert_cmpstr(buffer, ==, "data");
    const char *const rows[][2] = { { "d", "Is a directory" }, { "gone", "No such file or directory" },
                                    { "fifo", "No such device or address" } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("Unable to open stream for '%s/%s': %s", f->pool->target_path, rows[i][0],
                                                rows[i][1]);
        AljMedium *none = alj_files_vol_open(&f->call, f->pool, fixture_find(f, rows[i][0]), O_RDONLY, &error);
        fixture_assert_fails(none, error, text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/files/resize/raw", test_resize_raw);
    fixture_add("/files/resize/refusals", test_resize_refusals);
    fixture_add("/files/resize/images", test_resize_images);
    fixture_add("/files/resize/hidden-images", test_resize_hidden_images);
    fixture_add("/files/resize/each-failure", test_resize_each_failure);
    fixture_add("/files/resize/tool-each-failure", test_resize_tool_each_failure);
    fixture_add("/files/wipe/zero", test_wipe_zero);
    fixture_add("/files/wipe/pattern", test_wipe_pattern);
    fixture_add("/files/wipe/refusals", test_wipe_refusals);
    fixture_add("/files/wipe/each-failure", test_wipe_each_failure);
    fixture_add("/files/wipe/pattern-each-failure", test_wipe_pattern_each_failure);
    fixture_add("/files/delete/all", test_delete);
    fixture_add("/files/delete/each-failure", test_delete_each_failure);
    fixture_add("/files/delete/wrong-kind", test_delete_wrong_kind);
    fixture_add("/files/open/all", test_open);
    return g_test_run();
}
