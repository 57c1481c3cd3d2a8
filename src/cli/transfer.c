/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes between a local file and a volume, for vol-upload and vol-download.
 * Blocks on the connection and on the file. */
#include "cli/transfer.h"

#include "base/guard.h"
#include "cli/file.h"
#include "cli/interrupt.h"
#include "cli/lookup.h"
#include "cli/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CHUNK_BYTES (256 * 1024)

typedef struct Transfer {
    AljCli *cli;
    AljibeStream *stream;
    const char *vol; /* as typed */
    int fd;
    bool is_sparse;
    bool is_regular;      /* the local file */
    uint64_t done_bytes;  /* holes included */
    uint64_t total_bytes; /* 0: unknown */
    gint64 start_usec, shown_usec;
} Transfer;

static void
transfer_clear(Transfer *transfer)
{
    if (transfer->shown_usec)
        fputs("\r\033[K", stderr);
    transfer->shown_usec = 0;
    g_clear_pointer(&transfer->stream, aljibe_stream_free); /* aborts it unless it was finished */
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transfer, transfer_clear)

/* Counts @bytes and draws the line of progress twice a second. */
static void
advance(Transfer *transfer, uint64_t bytes)
{
    gint64 now_usec = g_get_monotonic_time();
    transfer->done_bytes += bytes;
    if (transfer->cli->is_quiet || !isatty(STDERR_FILENO) ||
        now_usec - transfer->start_usec < G_USEC_PER_SEC ||
        now_usec - transfer->shown_usec < G_USEC_PER_SEC / 2)
        return;
    double seconds = (double) (now_usec - transfer->start_usec) / G_USEC_PER_SEC;
    g_autofree char *done = alj_size_text(transfer->done_bytes);
    g_autofree char *total = transfer->total_bytes ? alj_size_text(transfer->total_bytes) : NULL;
    g_autofree char *rate = alj_size_text((uint64_t) ((double) transfer->done_bytes / seconds));
    fputs("\r\033[K", stderr);
    if (total) /* the name of a volume, two sizes and a size per second */
        fprintf(stderr, _("%s: %s of %s, %s/s"), transfer->vol, done, total, rate);
    else
        fprintf(stderr, _("%s: %s, %s/s"), transfer->vol, done, rate);
    transfer->shown_usec = now_usec;
}

typedef enum Doing { SENDING, RECEIVING, CLOSING } Doing;

/* The command's own line, and below it the reason if it was here and not at the server. */
static bool
fail_here(Transfer *transfer, Doing doing, int os_errno)
{
    AljCli *cli = transfer->cli;
    transfer_clear(transfer);
    if (doing == SENDING)
        (void) alj_cli_fail(cli, "cannot send data to volume %s", transfer->vol);
    else if (doing == RECEIVING)
        (void) alj_cli_fail(cli, "cannot receive data from volume %s", transfer->vol);
    else
        (void) alj_cli_fail(cli, "cannot close volume %s", transfer->vol);
    if (alj_interrupt_seen())
        (void) alj_cli_fail(cli, "interrupted");
    else if (os_errno && doing == SENDING)
        (void) alj_cli_fail(cli, "send handler failed: %s", g_strerror(os_errno));
    else if (os_errno)
        (void) alj_cli_fail(cli, "recv handler failed: %s", g_strerror(os_errno));
    return false;
}

static bool
finish(Transfer *transfer)
{
    if (aljibe_stream_finish(transfer->stream, alj_cli_error(transfer->cli)) < 0)
        return fail_here(transfer, CLOSING, 0);
    return true;
}

/* --- upload --- */

/* Sends what is read until @end; UINT64_MAX: until nothing is left. */
static bool
send_data(Transfer *transfer, uint64_t end)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    while (transfer->done_bytes < end) {
        ssize_t got = read(transfer->fd, buffer, (size_t) MIN(CHUNK_BYTES, end - transfer->done_bytes));
        int read_errno = got < 0 ? errno : 0;
        if (alj_interrupt_seen() || (got < 0 && read_errno != EINTR))
            return fail_here(transfer, SENDING, read_errno);
        if (got == 0)
            return true;
        if (got < 0)
            continue;
        if (aljibe_stream_send(transfer->stream, buffer, (size_t) got, alj_cli_error(transfer->cli)) < 0)
            return fail_here(transfer, SENDING, 0);
        advance(transfer, (uint64_t) got);
    }
    return true;
}

/* Goes from hole to hole; a hole at the end is sent too, so that the server knows the length. */
static bool
send_sparse(Transfer *transfer)
{
    while (transfer->done_bytes < transfer->total_bytes) {
        off_t at = (off_t) transfer->done_bytes;
        off_t data = lseek(transfer->fd, at, SEEK_DATA);
        if (data < 0) /* ENXIO: no more data; else a file system that cannot tell */
            data = errno == ENXIO ? (off_t) transfer->total_bytes : at;
        if (data > at) {
            if (aljibe_stream_send_hole(transfer->stream, (uint64_t) (data - at),
                                        alj_cli_error(transfer->cli)) < 0)
                return fail_here(transfer, SENDING, 0);
            advance(transfer, (uint64_t) (data - at));
            continue;
        }
        off_t hole = lseek(transfer->fd, at, SEEK_HOLE);
        (void) lseek(transfer->fd, at, SEEK_SET); /* it could be sought a moment ago */
        uint64_t before = transfer->done_bytes;
        if (!send_data(transfer, hole > at ? (uint64_t) hole : transfer->total_bytes))
            return false;
        if (transfer->done_bytes == before)
            return true; /* the file became shorter meanwhile */
    }
    return true;
}

int
alj_cli_upload(AljCli *cli, const AljArgs *args)
{
    const char *file = alj_args_text(args, "file");
    struct stat st;
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    alj_autofd fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return alj_cli_fail(cli, "cannot read %s", file);

    g_auto(AljInterrupt) interrupt;
    alj_interrupt_watch(&interrupt);
    g_auto(Transfer) transfer = { .cli = cli,
                                  .vol = alj_args_text(args, "vol"),
                                  .fd = fd,
                                  .is_regular = S_ISREG(st.st_mode),
                                  .is_sparse = alj_args_has(args, "sparse"),
                                  .total_bytes = S_ISREG(st.st_mode) ? (uint64_t) st.st_size : 0,
                                  .start_usec = g_get_monotonic_time() };
    transfer.stream =
        aljibe_vol_upload(vol, alj_args_number(args, "offset"), alj_args_number(args, "length"),
                          transfer.is_sparse ? ALJIBE_VOL_SPARSE_STREAM : 0, alj_cli_error(cli));
    if (!transfer.stream)
        return alj_cli_fail(cli, "cannot upload to volume %s", transfer.vol);
    bool is_sent =
        transfer.is_sparse && transfer.is_regular ? send_sparse(&transfer) : send_data(&transfer, UINT64_MAX);
    return is_sent && finish(&transfer) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- download --- */

/* A hole in a regular file is skipped; in anything else it is zeros. */
static bool
write_hole(const Transfer *transfer, uint64_t bytes)
{
    static const char zeros[CHUNK_BYTES];
    if (transfer->is_regular && bytes <= G_MAXINT64)
        return lseek(transfer->fd, (off_t) bytes, SEEK_CUR) >= 0;
    if (transfer->is_regular) {
        errno = EFBIG;
        return false;
    }
    for (uint64_t left = bytes; left > 0; left -= MIN(left, CHUNK_BYTES)) {
        if (alj_interrupt_seen() || !alj_file_write(transfer->fd, zeros, (size_t) MIN(left, CHUNK_BYTES)))
            return false;
    }
    return true;
}

static bool
receive(Transfer *transfer)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    for (;;) {
        uint64_t hole = 0;
        ssize_t got =
            aljibe_stream_recv(transfer->stream, buffer, CHUNK_BYTES, &hole, alj_cli_error(transfer->cli));
        if (got < 0 || alj_interrupt_seen())
            return fail_here(transfer, RECEIVING, 0);
        if (got == 0 && hole == 0)
            break;
        if (!(hole ? write_hole(transfer, hole) : alj_file_write(transfer->fd, buffer, (size_t) got)))
            return fail_here(transfer, RECEIVING, errno);
        advance(transfer, hole ? hole : (uint64_t) got);
    }
    /* a hole at the end has moved the position only */
    off_t end = transfer->is_regular ? lseek(transfer->fd, 0, SEEK_CUR) : 0;
    if (transfer->is_regular && ftruncate(transfer->fd, end) < 0)
        return fail_here(transfer, RECEIVING, errno);
    return true;
}

/* Opens @file for writing and tells whether it is new. */
static int
open_target(const char *file, bool *ret_is_new)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    *ret_is_new = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    return fd;
}

static int
download_to(AljCli *cli, const AljArgs *args, AljibeVol *vol, int fd)
{
    struct stat st;
    g_auto(AljInterrupt) interrupt;
    alj_interrupt_watch(&interrupt);
    g_auto(Transfer) transfer = { .cli = cli,
                                  .vol = alj_args_text(args, "vol"),
                                  .fd = fd,
                                  .is_regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode),
                                  .is_sparse = alj_args_has(args, "sparse"),
                                  .start_usec = g_get_monotonic_time() };
    transfer.stream =
        aljibe_vol_download(vol, alj_args_number(args, "offset"), alj_args_number(args, "length"),
                            transfer.is_sparse ? ALJIBE_VOL_SPARSE_STREAM : 0, alj_cli_error(cli));
    if (!transfer.stream)
        return alj_cli_fail(cli, "cannot download from volume %s", transfer.vol);
    return receive(&transfer) && finish(&transfer) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
alj_cli_download(AljCli *cli, const AljArgs *args)
{
    const char *file = alj_args_text(args, "file");
    bool is_new = false;
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    alj_autofd fd = open_target(file, &is_new);
    if (fd < 0)
        return alj_cli_fail(cli, "cannot create %s", file);
    int status = download_to(cli, args, vol, fd);
    if (close(alj_steal_fd(&fd)) < 0 && status == EXIT_SUCCESS)
        status = alj_cli_fail(cli, "cannot close file %s", file); /* network file systems report late */
    if (status != EXIT_SUCCESS && is_new)
        (void) unlink(file); /* half a volume is of no use */
    return status;
}
