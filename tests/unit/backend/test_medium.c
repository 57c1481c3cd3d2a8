/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies between media: what is data, what becomes a hole, where it ends, and what stops it. */
#include "fixture.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define MIB (UINT64_C(1) << 20)

static AljMedium *
open_file(Fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->pool->target_path, name, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(fd, >=, 0);
    return alj_medium_new_fd(f->host, fd, name);
}

static void
copy(Fixture *f, uint64_t bytes, bool is_blank)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljMedium) from = open_file(f, "from"), to = open_file(f, "to");
    atomic_store(&f->task.done_bytes, 0);
    g_assert_true(alj_medium_copy(from, to, bytes, is_blank, &f->task, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, bytes);
}

static void
test_copy(Fixture *f, gconstpointer unused)
{
    shell(f, "truncate -s 3M from; printf beginning | dd of=from conv=notrunc status=none; "
             "printf end | dd of=from bs=1 seek=3145725 conv=notrunc status=none");
    copy(f, 3 * MIB, true);
    shell(f, "cmp from to; test $(stat -c %%b to) -le 1024"); /* two chunks of data at most */
    shell(f, "tr '\\0' x < from > to");
    copy(f, 3 * MIB, false); /* over old data */
    shell(f, "cmp from to");
}

/* Zeros that were written are no data worth keeping. */
static void
test_written_zeros(Fixture *f, gconstpointer unused)
{
    shell(f, "head -c 2M /dev/zero > from; printf 7 >> from");
    copy(f, 2 * MIB + 1, true);
    shell(f, "cmp from to; test $(stat -c %%b to) -le 8");
}

static void
test_other_lengths(Fixture *f, gconstpointer unused)
{
    shell(f, "printf 0123456789 > from; printf ABCDEFGHIJKLMNOP > to");
    copy(f, 4, false);
    shell(f, "test $(cat to) = 0123EFGHIJKLMNOP");
    copy(f, 13, false); /* a source that is shorter goes on as zeros */
    shell(f, "test \"$(tr '\\0' _ < to)\" = 0123456789___NOP");
    copy(f, 0, false);
}

static void
test_stopped(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljMedium) from = open_file(f, "from"), to = open_file(f, "to");
    shell(f, "printf data > from");
    atomic_store(&f->task.is_cancelled, true);
    fixture_assert_fails(alj_medium_copy(from, to, 4, true, &f->task, &error), error, "operation aborted: 'copy' was cancelled");
    atomic_store(&f->task.is_cancelled, false);
    for (unsigned nth = 1;; nth++) {
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_done = alj_medium_copy(from, to, 4, true, &f->task, &error);
        alj_host_fail_nth(f->host, 0, 0);
        if (is_done)
            break;
        g_assert_nonnull(error);
        g_assert_cmpint(alj_error_errno(error), ==, EIO);
        g_clear_error(&error);
        g_assert_cmpuint(nth, <, 100);
    }
}

/* A medium that knows of no holes, and one that is liable to say anything. */
static bool
endless_extent(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error)
{
    *ret_is_data = true;
    *ret_end_bytes = offset_bytes; /* an extent without an end */
    return true;
}

static void
test_odd_extents(Fixture *f, gconstpointer unused)
{
    shell(f, "printf 0123456789 > from");
    bool (*const extents[])(AljMedium *, uint64_t, bool *, uint64_t *, GError **) = { NULL, endless_extent };
    for (size_t i = 0; i < G_N_ELEMENTS(extents); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljMedium) from = open_file(f, "from"), to = open_file(f, "to");
        AljMediumOps ops = *from->ops;
        const AljMediumOps *own = from->ops;
        ops.extent = extents[i];
        from->ops = &ops;
        g_assert_true(alj_medium_copy(from, to, 10, true, &f->task, &error));
        from->ops = own;
        shell(f, "cmp from to; rm to");
    }
}

/* One that writes zeros byte by byte, and is told after the first time that nobody wants them any more. */
static AljTask *task_to_cancel;
static uint64_t zeroed_bytes;

static bool
slow_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, GError **error)
{
    zeroed_bytes += bytes;
    atomic_store(&task_to_cancel->is_cancelled, true);
    return true;
}

/* A large hole is cleared piece by piece: the work is seen to go on, and can be ended. */
static void
test_stopped_in_hole(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljMedium) from = open_file(f, "from"), to = open_file(f, "to");
    AljMediumOps ops = *to->ops;
    const AljMediumOps *own = to->ops;
    shell(f, "truncate -s 100G from to");
    ops.zero = slow_zero;
    to->ops = &ops;
    task_to_cancel = &f->task;
    fixture_assert_fails(alj_medium_copy(from, to, 100 * 1024 * MIB, false, &f->task, &error), error,
                         "operation aborted: 'copy' was cancelled");
    to->ops = own;
    g_assert_cmpuint(zeroed_bytes, >, 0);
    g_assert_cmpuint(zeroed_bytes, <=, 1024 * MIB);
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, zeroed_bytes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/medium/copy", test_copy);
    fixture_add("/medium/written-zeros", test_written_zeros);
    fixture_add("/medium/other-lengths", test_other_lengths);
    fixture_add("/medium/stopped", test_stopped);
    fixture_add("/medium/stopped-in-hole", test_stopped_in_hole);
    fixture_add("/medium/odd-extents", test_odd_extents);
    return g_test_run();
}
