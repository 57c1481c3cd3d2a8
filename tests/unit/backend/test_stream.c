/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uploads and downloads: offsets, lengths, holes both ways, and what is left of the old data (nothing). */
#include "fixture.h"

#include "backend/stream.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define KIB 1024
#define MIB (1024 * 1024)

static AljStream *
open_stream(Fixture *f, uint64_t offset, uint64_t length, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(f->pool->target_path, "v", NULL);
    int fd = open(path, (flags & ALJ_STREAM_UPLOAD ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    AljStream *stream = alj_stream_open(alj_medium_new_fd(f->host, fd, path), path, offset, length, flags, &f->task, &error);
    g_assert_no_error(error);
    return stream;
}

/* The whole stream as text: data as it is, holes as "<N>". */
static char *
download(Fixture *f, uint64_t offset, uint64_t length, unsigned flags)
{
    g_autoptr(AljStream) stream = open_stream(f, offset, length, flags);
    GString *text = g_string_new(NULL);
    char buffer[7]; /* odd, so that blocks do not fall on anything round */
    for (;;) {
        g_autoptr(GError) error = NULL;
        uint64_t hole_bytes = 0;
        gssize got = alj_stream_read(stream, buffer, sizeof buffer, &hole_bytes, &error);
        g_assert_no_error(error);
        if (got > 0)
            g_string_append_len(text, buffer, got);
        else if (hole_bytes > 0)
            g_string_append_printf(text, "<%" G_GUINT64_FORMAT ">", hole_bytes);
        else
            return g_string_free(text, FALSE);
    }
}

static void
assert_download(Fixture *f, uint64_t offset, uint64_t length, const char *expected)
{
    g_autofree char *text = download(f, offset, length, 0);
    g_assert_cmpstr(text, ==, expected);
}

static void
test_download(Fixture *f, gconstpointer unused)
{
    shell(f, "printf 0123456789abcdef > v");
    assert_download(f, 0, 0, "0123456789abcdef");
    assert_download(f, 10, 0, "abcdef");
    assert_download(f, 2, 9, "23456789a");
    assert_download(f, 10, 1000, "abcdef");
    assert_download(f, 10, UINT64_MAX, "abcdef");
    assert_download(f, 16, 0, "");
    assert_download(f, 1000, 5, "");
    g_assert_cmpuint(atomic_load(&f->task.done_bytes), ==, 16 + 6 + 9 + 6 + 6);
}

static void
test_download_sparse(Fixture *f, gconstpointer unused)
{
    shell(f, "truncate -s 1M v; printf %%04096d 7 | dd of=v bs=4096 seek=64 conv=notrunc status=none");
    g_autofree char *all = download(f, 0, 0, ALJ_STREAM_SPARSE);
    g_assert_true(g_str_has_prefix(all, "<262144>0000"));
    g_assert_true(g_str_has_suffix(all, "00007<782336>"));
    g_autofree char *part = download(f, 262144 - 10, 20, ALJ_STREAM_SPARSE);
    g_assert_cmpstr(part, ==, "<10>0000000000");
    g_autofree char *hole = download(f, 100, 50, ALJ_STREAM_SPARSE);
    g_assert_cmpstr(hole, ==, "<50>");
    g_autofree char *beyond = download(f, 2 * MIB, 0, ALJ_STREAM_SPARSE);
    g_assert_cmpstr(beyond, ==, "");
    shell(f, "truncate -s 0 v");
    g_autofree char *empty = download(f, 0, 0, ALJ_STREAM_SPARSE);
    g_assert_cmpstr(empty, ==, "");
}

static void
test_offset_too_large(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    fixture_assert_fails(alj_stream_open(alj_medium_new_fd(f->host, fd, "v"), "/p/v", UINT64_MAX, 0, 0, NULL, &error), error,
                         "Unable to seek /p/v to 18446744073709551615: Invalid argument");
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1); /* it was taken nevertheless */
}

static void
upload(Fixture *f, uint64_t offset, uint64_t length, const char *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljStream) stream = open_stream(f, offset, length, ALJ_STREAM_UPLOAD);
    g_assert_true(alj_stream_write(stream, data, strlen(data), &error));
    g_assert_true(alj_stream_finish(stream, &error));
    g_assert_no_error(error);
}

static void
test_upload(Fixture *f, gconstpointer unused)
{
    shell(f, "printf 0123456789 > v");
    upload(f, 0, 0, "AB");
    assert_download(f, 0, 0, "AB23456789");
    upload(f, 8, 0, "XYZ"); /* a file grows (D-26) */
    assert_download(f, 0, 0, "AB234567XYZ");
    upload(f, 2, 3, "___");
    assert_download(f, 0, 0, "AB___567XYZ");
    upload(f, 4096, 0, "!");
    g_autofree char *size = fixture_shell(f, "stat -c %%s v");
    g_assert_cmpstr(size, ==, "4097\n");
}

/* D-10: what fits is written, then the transfer fails; always. */
static void
test_upload_beyond_length(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "printf 0123456789 > v");
    g_autoptr(AljStream) stream = open_stream(f, 2, 4, ALJ_STREAM_UPLOAD);
    g_assert_true(alj_stream_write(stream, "ab", 2, &error));
    g_assert_false(alj_stream_write(stream, "cdef", 4, &error));
    g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_STREAMS);
    g_assert_cmpint(alj_error_errno(error), ==, ENOSPC);
    fixture_assert_fails(false, error, "cannot write to stream: No space left on device");
    assert_download(f, 0, 0, "01abcd6789");
    fixture_assert_fails(alj_stream_write(stream, "x", 1, &error), error, "cannot write to stream: No space left on device");
    assert_download(f, 0, 0, "01abcd6789");
}

/* D-09: where a hole was sent, old data is gone. */
static void
test_upload_holes(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "head -c 1M /dev/zero | tr '\\0' x > v");
    g_autoptr(AljStream) stream = open_stream(f, 1, 0, ALJ_STREAM_UPLOAD | ALJ_STREAM_SPARSE);
    g_assert_true(alj_stream_write_hole(stream, 512 * KIB, &error));
    g_assert_true(alj_stream_write(stream, "data", 4, &error));
    g_assert_true(alj_stream_write_hole(stream, MIB, &error)); /* over the end: the file becomes longer */
    g_assert_true(alj_stream_finish(stream, &error));
    g_assert_no_error(error);
    g_autofree char *facts = fixture_shell(f, "stat -c %%s v; tr -d '\\0' < v; echo; expr $(stat -c %%b v) '<' 1100");
    g_assert_cmpstr(facts, ==, "1572869\nxdata\n1\n");
}

static void
test_upload_hole_beyond_length(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    shell(f, "printf 0123456789 > v");
    g_autoptr(AljStream) stream = open_stream(f, 2, 4, ALJ_STREAM_UPLOAD | ALJ_STREAM_SPARSE);
    fixture_assert_fails(alj_stream_write_hole(stream, 100, &error), error,
                         "cannot write to stream: No space left on device");
    g_autofree char *text = fixture_shell(f, "tr '\\0' - < v");
    g_assert_cmpstr(text, ==, "01----6789");
    g_autoptr(AljStream) endless = open_stream(f, 2, 0, ALJ_STREAM_UPLOAD | ALJ_STREAM_SPARSE);
    g_assert_false(alj_stream_write_hole(endless, UINT64_MAX, &error));
    g_assert_nonnull(error);
}

static void
test_cancelled(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    char buffer[4];
    shell(f, "printf 0123456789 > v");
    g_autoptr(AljStream) down = open_stream(f, 0, 0, 0);
    g_autoptr(AljStream) up = open_stream(f, 0, 0, ALJ_STREAM_UPLOAD);
    atomic_store(&f->task.is_cancelled, true);
    g_assert_cmpint(alj_stream_read(down, buffer, sizeof buffer, NULL, &error), ==, -1);
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
    g_clear_error(&error);
    g_assert_false(alj_stream_write(up, "x", 1, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
}

static void
test_each_failure(Fixture *f, gconstpointer unused)
{
    shell(f, "head -c 64K /dev/zero | tr '\\0' x > v");
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljStream) up = open_stream(f, 0, 0, ALJ_STREAM_UPLOAD | ALJ_STREAM_SPARSE);
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_good = alj_stream_write(up, "x", 1, &error) && alj_stream_write_hole(up, 128 * KIB, &error)
            && alj_stream_finish(up, &error);
        unsigned calls = alj_host_calls(f->host);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_good == (error == NULL));
        if (calls < nth) {
            g_assert_true(is_good);
            g_assert_cmpuint(nth, >, 4);
            break;
        }
        if (error)
            g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_STREAMS);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/stream/download", test_download);
    fixture_add("/stream/download-sparse", test_download_sparse);
    fixture_add("/stream/offset-too-large", test_offset_too_large);
    fixture_add("/stream/upload", test_upload);
    fixture_add("/stream/upload-beyond-length", test_upload_beyond_length);
    fixture_add("/stream/upload-holes", test_upload_holes);
    fixture_add("/stream/upload-hole-beyond-length", test_upload_hole_beyond_length);
    fixture_add("/stream/cancelled", test_cancelled);
    fixture_add("/stream/each-failure", test_each_failure);
    return g_test_run();
}
