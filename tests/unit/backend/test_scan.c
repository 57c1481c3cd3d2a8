/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a scan makes of every kind of entry, what it does not read twice, and that no entry can make it fail. */
#include "fixture.h"

#include "backend/files/files.h"
#include "base/guard.h"
#include "host/files.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))

static void
test_empty(Fixture *f, gconstpointer unused)
{
    const AljInventory *inventory = fixture_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 0);
    g_assert_cmpuint(inventory->n_skipped, ==, 0);
    g_assert_cmpuint(inventory->live.capacity_bytes, >, 0);
    g_assert_cmpuint(inventory->live.allocation_bytes + inventory->live.available_bytes, ==, inventory->live.capacity_bytes);
    g_assert_cmpuint(inventory->live.permissions.mode, ==, 0755);
    g_assert_cmpuint(inventory->live.permissions.owner, ==, geteuid());
}

static void
test_missing(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("cannot open directory '%s': No such file or directory", f->pool->target_path);
    g_assert_cmpint(rmdir(f->pool->target_path), ==, 0);
    fixture_assert_fails(alj_files_scan(&f->call, f->pool, NULL, &error), error, text);
    g_assert_true(g_file_set_contents(f->pool->target_path, "", 0, NULL));
    g_free(text);
    text = g_strdup_printf("cannot open directory '%s': Not a directory", f->pool->target_path);
    fixture_assert_fails(alj_files_scan(&f->call, f->pool, NULL, &error), error, text);
}

static void
test_kinds(Fixture *f, gconstpointer unused)
{
    shell(f, "truncate -s 1M sparse; printf 0123456789 > small; : > empty; mkdir sub; mkdir -m 0700 'lost+found'; "
             "printf x > .hidden; dd if=/dev/zero of=full bs=64K count=1 status=none; chmod 4755 small; "
             "mkfifo pipe; ln -s nowhere dangling; ln -s loop loop; ln -s /dev/null device; printf x > \"a\tb\"; "
             "printf x > \"$(printf 'bad\\001')\"; printf x > \"$(printf 'latin\\361')\"; printf x > \"$(printf 'a\\nb')\"; "
             "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")'");
    const AljInventory *inventory = fixture_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 8);
    g_assert_cmpuint(inventory->n_skipped, ==, 8);
    g_assert_cmpuint(inventory->problems->len, ==, 0);

    const AljVolDef *vol = fixture_find(f, "sparse");
    g_autofree char *path = g_build_filename(f->pool->target_path, "sparse", NULL);
    g_assert_cmpstr(vol->path, ==, path);
    g_assert_cmpstr(vol->key, ==, path);
    g_assert_cmpint(vol->type, ==, ALJ_VOL_FILE);
    g_assert_cmpint(vol->format, ==, ALJ_FORMAT_RAW);
    g_assert_cmpuint(vol->capacity_bytes, ==, 1048576);
    g_assert_cmpuint(vol->physical_bytes, ==, 1048576);
    g_assert_cmpuint(vol->allocation_bytes, ==, 0);
    vol = fixture_find(f, "small");
    g_assert_cmpuint(vol->capacity_bytes, ==, 10);
    g_assert_cmpuint(vol->permissions.mode, ==, 0755); /* without the setuid bit */
    g_assert_true(vol->times.is_known);
    g_assert_cmpuint(fixture_find(f, "full")->allocation_bytes, ==, 65536);
    vol = fixture_find(f, "sub");
    g_assert_cmpint(vol->type, ==, ALJ_VOL_DIR);
    g_assert_cmpint(vol->format, ==, ALJ_FORMAT_DIR);
    g_assert_cmpuint(vol->capacity_bytes + vol->allocation_bytes, ==, 0);
    g_assert_nonnull(fixture_find(f, "lost+found"));
    g_assert_nonnull(fixture_find(f, ".hidden"));
    g_assert_nonnull(fixture_find(f, "a\tb"));
    g_assert_nonnull(fixture_find(f, "empty"));
}

/* Links of ours to files and directories, in a directory that only we (or root) can write, are volumes; others are not. */
static void
test_links(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "printf secret > ../outside; ln -s ../outside file; mkdir d; ln -s d dir; chmod 0755 .");
    fixture_scan(f);
    g_assert_nonnull(fixture_find(f, "file"));
    g_assert_cmpuint(fixture_find(f, "file")->capacity_bytes, ==, 6);
    g_assert_cmpint(fixture_find(f, "dir")->type, ==, ALJ_VOL_DIR);
    g_assert_cmpuint(fixture_find(f, "dir")->capacity_bytes, ==, 0);
    shell(f, "chmod 0777 .");
    fixture_scan(f);
    g_assert_null(fixture_find(f, "file"));
    g_assert_null(fixture_find(f, "dir"));
    g_assert_null(alj_files_vol_probe(&f->call, f->pool, "file", &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_NO_VOL));
    shell(f, "chmod 0755 .");
    if (geteuid() == 0) {
        shell(f, "chown -h 65534 file");
        fixture_scan(f);
        g_assert_null(fixture_find(f, "file"));
    }
}

/* A link of root's to a block device is a volume of type file with the size of the device, and can be a clone's source. */
static void
test_device(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *device = fixture_shell(f, "head -c 65536 /dev/urandom > ../disk; losetup -f --show ../disk 2> ../log || :");
    if (*g_strstrip(device) == '\0') {
        g_test_skip("no loop device to be had");
        return;
    }
    shell(f, "ln -s %s dev", device);
    fixture_scan(f);
    const AljVolDef *vol = fixture_find(f, "dev");
    g_assert_cmpint(vol->type, ==, ALJ_VOL_FILE);
    g_assert_cmpuint(vol->capacity_bytes, ==, 65536);
    g_assert_cmpuint(vol->physical_bytes, ==, 65536);
    g_autoptr(AljVolDef) request = fixture_request(f, "copy", "<capacity>0</capacity>");
    g_autoptr(AljVolDef) copy = alj_files_vol_copy(&f->call, f->pool, request, vol, ALJ_POOL_DIR, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(copy->capacity_bytes, ==, 65536);
    shell(f, "cmp copy ../disk; losetup -d %s", device);
}

static void
test_temporaries(Fixture *f, gconstpointer unused)
{
    const char *prefix = alj_host_tmp_prefix(f->host);
    shell(f, "printf x > %sdead; mkdir %sdeaddir; printf x > %sowned; printf x > .aljibe-new.0123456789abcdef.other; "
             "printf x > %slocked", prefix, prefix, prefix, prefix);
    g_autofree char *owned = g_strconcat(prefix, "owned", NULL);
    g_autofree char *locked = g_strconcat(f->pool->target_path, "/", prefix, "locked", NULL);
    alj_autofd fd = open(locked, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(flock(fd, LOCK_EX), ==, 0); /* as another process of this host would */
    f->call.own_name(&f->call, owned, true);
    const AljInventory *inventory = fixture_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 0);
    g_assert_cmpuint(inventory->n_skipped, ==, 0);
    f->call.own_name(&f->call, owned, false);
    g_autofree char *left = fixture_shell(f, "ls -A");
    g_autofree char *expected = g_strdup_printf(".aljibe-new.0123456789abcdef.other\n%slocked\n%sowned\n", prefix, prefix);
    g_autofree char *swapped = g_strdup_printf("%slocked\n%sowned\n.aljibe-new.0123456789abcdef.other\n", prefix, prefix);
    g_assert_true(strcmp(left, expected) == 0 || strcmp(left, swapped) == 0); /* by the digits of this host */
}

/* D-01: the beginning of a version 3 header and nothing more; and a header that lies. */
static void
test_sick_headers(Fixture *f, gconstpointer unused)
{
    shell(f, "printf 'QFI\\373\\000\\000\\000\\003' > short; truncate -s 40 short; "
             "printf 'QFI\\373\\000\\000\\000\\003' > lying; truncate -s 1M lying");
    const AljInventory *inventory = fixture_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 2);
    g_assert_cmpint(fixture_find(f, "short")->format, ==, ALJ_FORMAT_RAW);
    const AljVolDef *lying = fixture_find(f, "lying");
    g_assert_cmpint(lying->format, ==, ALJ_FORMAT_UNKNOWN);
    g_assert_cmpuint(lying->capacity_bytes, ==, 1048576);
    g_assert_cmpuint(inventory->problems->len, ==, 1);
    g_assert_true(g_str_has_prefix(g_ptr_array_index(inventory->problems, 0), "lying: "));
}

/* Each call on the host failing in turn never empties the list: at worst one volume is sick. */
static void
test_each_failure(Fixture *f, gconstpointer unused)
{
    shell(f, "printf data > a; printf data > b");
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        g_autoptr(AljInventory) inventory = alj_files_scan(&f->call, f->pool, NULL, &error);
        unsigned calls = alj_host_calls(f->host);
        alj_host_fail_nth(f->host, 0, 0);
        if (calls < nth) {
            g_assert_cmpuint(nth, >, 8);
            break;
        }
        if (!inventory) { /* the directory itself */
            g_assert_nonnull(error);
            continue;
        }
        g_assert_cmpuint(inventory->vols->len, ==, 2);
        g_assert_cmpuint(inventory->problems->len, ==, 1);
    }
}

/* What may not be opened is left out and counted, as clients know it. */
static void
test_unreadable(Fixture *f, gconstpointer unused)
{
    unsigned n_left_out = 0;
    shell(f, "printf x > closed; chmod 0 closed; mkdir sealed; chmod 0 sealed");
    for (unsigned nth = 2; nth < 8; nth++) { /* root can open it: the host says no in the system's place */
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EACCES);
        g_autoptr(AljInventory) inventory = alj_files_scan(&f->call, f->pool, NULL, &error);
        alj_host_fail_nth(f->host, 0, 0);
        n_left_out += inventory && inventory->vols->len == 1 && inventory->n_skipped == 1 && inventory->problems->len == 0;
    }
    g_assert_cmpuint(n_left_out, >=, 2);
    fixture_scan(f);
    g_assert_nonnull(fixture_find(f, "sealed"));
    g_assert_true((fixture_find(f, "closed") == NULL) == (geteuid() != 0));
}

static void
age(Fixture *f)
{
    g_usleep(50 * 1000); /* beyond two ticks of the clock: from then on times can be believed */
}

/* Whether less than two ticks of the clock have passed since @path was changed. */
static bool
is_young(const char *path)
{
    struct timespec now, tick;
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    clock_getres(CLOCK_REALTIME_COARSE, &tick);
    gint64 age_nsec = (now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec - st.st_ctim.tv_nsec;
    return age_nsec < 2 * tick.tv_nsec;
}

/* A file read so soon after a change that another change might keep its time is read again. */
static void
test_young(Fixture *f, gconstpointer unused)
{
    g_autofree char *path = g_build_filename(f->pool->target_path, "v", NULL);
    bool was_young = false;
    for (unsigned i = 0; i < 1000 && !was_young; i++) { /* a busy machine may be slower than the clock */
        alj_autofd fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        g_assert_cmpint(write(fd, "data", 4), ==, 4);
        fixture_scan(f);
        was_young = is_young(path);
    }
    if (!was_young) {
        g_test_skip("this machine is slower than its clock");
        return;
    }
    g_autoptr(AljVolDef) young = alj_vol_def_ref(fixture_find(f, "v"));
    age(f);
    fixture_scan(f);
    g_assert_true(young != fixture_find(f, "v"));
    g_autoptr(AljVolDef) aged = alj_vol_def_ref(fixture_find(f, "v"));
    fixture_scan(f);
    g_assert_true(aged == fixture_find(f, "v"));
}

static void
test_reuse(Fixture *f, gconstpointer unused)
{
    shell(f, "printf data > kept; printf data > touched; printf data > replaced; printf data > gone");
    age(f);
    fixture_scan(f);
    g_autoptr(AljVolDef) kept = alj_vol_def_ref(fixture_find(f, "kept"));
    g_autoptr(AljVolDef) touched = alj_vol_def_ref(fixture_find(f, "touched"));
    g_autoptr(AljVolDef) replaced = alj_vol_def_ref(fixture_find(f, "replaced"));
    shell(f, "touch -r kept ref; printf DATA > touched; touch -r ref touched; printf DATA > new; touch -r ref new; "
             "mv new replaced; rm gone ref");
    fixture_scan(f);
    g_assert_true(kept == fixture_find(f, "kept"));
    g_assert_true(touched != fixture_find(f, "touched"));
    g_assert_true(replaced != fixture_find(f, "replaced"));
    g_assert_null(fixture_find(f, "gone"));
    g_assert_cmpuint(f->inventory->vols->len, ==, 3);
}

/* A scan of unchanged files costs one look at each. */
static void
test_reuse_costs(Fixture *f, gconstpointer unused)
{
    shell(f, "for i in $(seq 40); do printf data > f$i; truncate -s 1M s$i; done");
    age(f);
    alj_host_fail_nth(f->host, 0, 0);
    fixture_scan(f);
    unsigned first = alj_host_calls(f->host);
    alj_host_fail_nth(f->host, 0, 0);
    fixture_scan(f);
    unsigned second = alj_host_calls(f->host);
    g_assert_cmpuint(first, >=, 3 * 40 + 40); /* stat, open, read; the sparse ones are not opened */
    g_assert_cmpuint(second, <=, 80 + 5);
}

static void
test_backing(Fixture *f, gconstpointer unused)
{
    fixture_create(f, "base", "<capacity>1048576</capacity><target><format type='qcow2'/></target>");
    fixture_create(f, "top", "<capacity>1048576</capacity><target><format type='qcow2'/></target>"
                             "<backingStore><path>base</path></backingStore>");
    const AljBacking *backing = fixture_find(f, "top")->backing;
    g_autofree char *path = g_build_filename(f->pool->target_path, "base", NULL);
    g_assert_nonnull(backing);
    g_assert_cmpstr(backing->path, ==, path);
    g_assert_cmpint(backing->format, ==, ALJ_FORMAT_QCOW2);
    g_assert_true(backing->permissions.has_mode);
    g_assert_cmpuint(backing->permissions.mode, ==, 0600);
    g_assert_true(backing->times.is_known);
    age(f);
    fixture_scan(f);
    g_autoptr(AljVolDef) top = alj_vol_def_ref(fixture_find(f, "top"));
    fixture_scan(f);
    g_assert_true(top == fixture_find(f, "top"));
    shell(f, "chmod 0644 base"); /* the overlay's file stays as it is, what its document shows does not */
    fixture_scan(f);
    g_assert_cmpuint(fixture_find(f, "top")->backing->permissions.mode, ==, 0644);
    g_assert_cmpuint(top->backing->permissions.mode, ==, 0600);
    shell(f, "rm base");
    fixture_scan(f);
    g_assert_cmpstr(fixture_find(f, "top")->backing->path, ==, path);
    g_assert_false(fixture_find(f, "top")->backing->permissions.has_mode);
    g_assert_cmpint(fixture_find(f, "top")->backing->format, ==, ALJ_FORMAT_QCOW2); /* its header says so */
}

/* Names that are not files of known pools are told, and nothing else is done with them. */
static void
test_strange_backing(Fixture *f, gconstpointer unused)
{
    if (!fixture_has_tool("qemu-img"))
        return;
    shell(f, "mkfifo ../pipe; c='qemu-img create -q -f qcow2 -u -F qcow2'; $c -b \"$PWD/../pipe\" fifo 1M; "
             "$c -b 'json:{\"driver\":\"nbd\"}' json 1M; $c -b nbd://10.0.0.1/x nbd 1M; $c -b other other2 1M; mv other2 other");
    gint64 before = g_get_monotonic_time();
    fixture_scan(f);
    g_assert_cmpint(g_get_monotonic_time() - before, <, 5 * G_USEC_PER_SEC);
    g_assert_cmpstr(fixture_find(f, "json")->backing->path, ==, "json:{\"driver\":\"nbd\"}");
    g_assert_cmpstr(fixture_find(f, "nbd")->backing->path, ==, "nbd://10.0.0.1/x");
    g_assert_cmpint(fixture_find(f, "nbd")->backing->format, ==, ALJ_FORMAT_RAW);
    g_assert_false(fixture_find(f, "fifo")->backing->permissions.has_mode);
    g_assert_cmpint(fixture_find(f, "other")->backing->format, ==, ALJ_FORMAT_QCOW2);
}

static void
test_many(Fixture *f, gconstpointer unused)
{
    shell(f, "i=0; while [ $i -lt 1500 ]; do echo > v$i; i=$((i+1)); done");
    age(f);
    fixture_scan(f);
    g_assert_cmpuint(f->inventory->vols->len, ==, 1500);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < f->inventory->vols->len; i++)
        g_hash_table_add(names, ((AljVolDef *) g_ptr_array_index(f->inventory->vols, i))->name);
    g_assert_cmpuint(g_hash_table_size(names), ==, 1500);
}

static void
test_cancelled(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "echo > v");
    atomic_store(&f->task.is_cancelled, true);
    g_assert_null(alj_files_scan(&f->call, f->pool, NULL, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
}

static void
test_stat(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljVolStat now;
    fixture_create(f, "raw", "<capacity>4096</capacity><allocation>0</allocation>");
    fixture_create(f, "image", "<capacity>1048576</capacity><target><format type='qcow2'/></target>");
    shell(f, "truncate -s 10000 raw; chmod 0640 raw; touch image");
    g_assert_true(alj_files_vol_stat(&f->call, f->pool, fixture_find(f, "raw"), &now, &error));
    g_assert_cmpuint(now.capacity_bytes, ==, 10000);
    g_assert_cmpuint(now.permissions.mode, ==, 0640);
    g_assert_true(alj_files_vol_stat(&f->call, f->pool, fixture_find(f, "image"), &now, &error));
    g_assert_cmpuint(now.capacity_bytes, ==, 1048576);
    g_assert_cmpuint(now.physical_bytes, <, 1048576);
    shell(f, "rm raw; rm image; mkfifo image");
    g_autofree char *text = g_strdup_printf("Storage volume not found: no storage vol with matching path '%s'",
                                            fixture_find(f, "raw")->path);
    fixture_assert_fails(alj_files_vol_stat(&f->call, f->pool, fixture_find(f, "raw"), &now, &error), error, text);
    g_assert_false(alj_files_vol_stat(&f->call, f->pool, fixture_find(f, "image"), &now, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_NO_VOL));
}

/* What clients take for raw stays raw in all that a pool acts upon; what it is besides is said. */
static void
test_real_formats(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *name, *make;
        AljVolFormat real;
        uint64_t real_capacity;
    } images[] = {
        { "a", "qemu-img create -q -f vhdx a 16M", ALJ_FORMAT_VHDX, 16777216 },
        { "b.vhd", "qemu-img create -q -f vpc -o subformat=fixed b.vhd 16M", ALJ_FORMAT_VPC, 16781312 },
        { "c.img", "cp b.vhd c.img", ALJ_FORMAT_NONE, 0 },
        { "d", "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentFlat d 16M", ALJ_FORMAT_VMDK, 16777216 },
        { "d-f001", "true", ALJ_FORMAT_NONE, 0 },
    };
    if (!fixture_has_tool("qemu-img"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(images); i++)
        g_free(fixture_shell(f, "%s", images[i].make));
    fixture_scan(f);
    for (size_t i = 0; i < G_N_ELEMENTS(images); i++) {
        const AljVolDef *vol = fixture_find(f, images[i].name);
        g_test_message("%s", images[i].name);
        g_assert_cmpint(vol->format, ==, ALJ_FORMAT_RAW);
        g_assert_cmpuint(vol->capacity_bytes, ==, vol->physical_bytes);
        g_assert_cmpint(vol->real_format, ==, images[i].real);
        g_assert_cmpuint(vol->real_capacity_bytes, ==, images[i].real_capacity);
        g_assert_null(vol->problem);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/files/scan/empty", test_empty);
    fixture_add("/files/scan/missing", test_missing);
    fixture_add("/files/scan/kinds", test_kinds);
    fixture_add("/files/scan/links", test_links);
    fixture_add("/files/scan/device", test_device);
    fixture_add("/files/scan/temporaries", test_temporaries);
    fixture_add("/files/scan/sick-headers", test_sick_headers);
    fixture_add("/files/scan/each-failure", test_each_failure);
    fixture_add("/files/scan/unreadable", test_unreadable);
    fixture_add("/files/scan/young", test_young);
    fixture_add("/files/scan/reuse", test_reuse);
    fixture_add("/files/scan/reuse-costs", test_reuse_costs);
    fixture_add("/files/scan/backing", test_backing);
    fixture_add("/files/scan/strange-backing", test_strange_backing);
    fixture_add("/files/scan/many", test_many);
    fixture_add("/files/scan/cancelled", test_cancelled);
    fixture_add("/files/scan/stat", test_stat);
    fixture_add("/files/scan/real-formats", test_real_formats);
    return g_test_run();
}
