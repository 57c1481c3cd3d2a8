/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file system of 8 MiB that runs full in the middle of an operation: the error says so, nothing stays. Needs a mount of its
 * own, so root and a private mount namespace; else the whole program is skipped.
 */
#include "fixture.h"

#include "backend/files/files.h"
#include "backend/stream.h"
#include "base/guard.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define SKIPPED 77
#define shell(...) g_free(fixture_shell(__VA_ARGS__))

static void
set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, unused);
    g_assert_cmpint(mount("aljibe-test", f->pool->target_path, "tmpfs", 0, "size=8m,mode=0755"), ==, 0);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    g_assert_cmpint(umount2(f->pool->target_path, MNT_DETACH), ==, 0);
    fixture_tear_down(f, unused);
}

static void
assert_empty_again(Fixture *f, uint64_t available_bytes)
{
    const AljInventory *inventory = fixture_scan(f);
    g_autofree char *left = fixture_shell(f, "ls -A | grep -v src || true");
    g_assert_cmpstr(left, ==, "");
    g_assert_cmpuint(inventory->live.available_bytes, ==, available_bytes);
}

static void
test_create(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    uint64_t available_bytes = fixture_scan(f)->live.available_bytes;
    g_autoptr(AljVolDef) request = fixture_request(f, "v", "<capacity unit='MiB'>64</capacity>");
    g_autofree char *text = g_strdup_printf("cannot allocate 67108864 bytes in file '%s/v': No space left on device",
                                            f->pool->target_path);
    fixture_assert_fails(alj_files_vol_create(&f->call, f->pool, request, 0, &error), error, text);
    assert_empty_again(f, available_bytes);
    request->allocation_bytes = 0; /* without blocks it fits */
    g_autoptr(AljVolDef) sparse = alj_files_vol_create(&f->call, f->pool, request, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(sparse->capacity_bytes, ==, 67108864);
}

static void
test_copy(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "head -c 5M /dev/urandom > src");
    uint64_t available_bytes = fixture_scan(f)->live.available_bytes;
    const char *inners[] = { "<capacity>0</capacity>", "<capacity>0</capacity><target><format type='qcow2'/></target>" };
    for (size_t i = 0; i < G_N_ELEMENTS(inners); i++) {
        g_autoptr(AljVolDef) request = fixture_request(f, "copy", inners[i]);
        g_autoptr(AljVolDef) from = alj_vol_def_ref(fixture_find(f, "src"));
        g_assert_null(alj_files_vol_copy(&f->call, f->pool, request, from, ALJ_POOL_DIR, 0, &error));
        g_assert_nonnull(strstr(error->message, "No space left on device"));
        g_clear_error(&error);
        assert_empty_again(f, available_bytes);
    }
}

static void
test_resize(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "head -c 5M /dev/urandom > src");
    fixture_scan(f);
    g_autoptr(AljVolDef) vol = alj_vol_def_ref(fixture_find(f, "src"));
    fixture_assert_fails(alj_files_vol_resize(&f->call, f->pool, vol, 10485760, ALJ_VOL_RESIZE_ALLOCATE, &error), error,
                         "operation failed: Not enough space left in storage pool");
    fixture_scan(f);
    g_assert_cmpuint(fixture_find(f, "src")->capacity_bytes, ==, 5242880);
}

static void
test_upload(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "truncate -s 64M src");
    g_autofree char *path = g_build_filename(f->pool->target_path, "src", NULL);
    g_autofree char *block = g_malloc0(1 << 20);
    g_autoptr(AljStream) stream = alj_stream_open(alj_medium_new_fd(f->host, open(path, O_RDWR | O_CLOEXEC), path), path, 0, 0,
                                                  ALJ_STREAM_UPLOAD, &f->task, &error);
    int n = 0;
    while (n < 64 && alj_stream_write(stream, block, 1 << 20, &error))
        n++;
    g_assert_cmpint(n, <, 9);
    fixture_assert_fails(false, error, "cannot write to stream: No space left on device");
}

int
main(int argc, char **argv)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        printf("1..0 # SKIP needs root and mount namespaces\n");
        return SKIPPED;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add("/files/full/create", Fixture, NULL, set_up, test_create, tear_down);
    g_test_add("/files/full/copy", Fixture, NULL, set_up, test_copy, tear_down);
    g_test_add("/files/full/resize", Fixture, NULL, set_up, test_resize, tear_down);
    g_test_add("/files/full/upload", Fixture, NULL, set_up, test_upload, tear_down);
    return g_test_run();
}
