/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A socket that carries frames both ways (link.h). Owns the descriptor and both buffers; runs on the thread of whoever holds the
 * connection. What the server announces is never believed: buffers grow by what has come.
 */
#include "rpc/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

#define READ_BYTES      (256 * 1024)
#define WIPED_MAX_BYTES (128 * 1024) /* of what was sent: may hold a secret, and wiping so much costs next to nothing */

void
alj_link_init(AljLink *link, int take_fd, AljLinkFunc take, void *owner)
{
    *link = (AljLink) {
        .fd = take_fd,
        .take = take,
        .owner = owner,
        .in = g_byte_array_new(),
        .out = g_byte_array_new(),
    };
}

static void
wipe(GByteArray *bytes)
{
    if (bytes && bytes->len)
        explicit_bzero(bytes->data, bytes->len);
}

void
alj_link_clear(AljLink *link)
{
    if (link->fd >= 0)
        (void) close(link->fd); /* nothing is written that was not confirmed */
    link->fd = -1;
    wipe(link->in);
    wipe(link->out);
    g_clear_pointer(&link->in, g_byte_array_unref);
    g_clear_pointer(&link->out, g_byte_array_unref);
    g_clear_error(&link->broken);
}

/** The first failure stays; the other side learns of it at once, the descriptor keeps its number for those who poll it. */
static bool
break_link(AljLink *link, GError *take_error)
{
    alj_error_set_area(take_error, ALJ_AREA_RPC);
    if (link->broken)
        g_error_free(take_error);
    else
        link->broken = take_error;
    (void) shutdown(link->fd, SHUT_RDWR); /* fails only if the other side was first */
    return false;
}

static bool
break_link_errno(AljLink *link, int os_errno, const char *what)
{
    GError *error = NULL;
    alj_fail_errno(&error, os_errno, "%s", what);
    return break_link(link, error);
}

/* ---- keep-alive ---- */

static void
append_keepalive(AljLink *link, int32_t procedure)
{
    const AljFrame frame = {
        .program = ALJ_PROGRAM_KEEPALIVE,
        .version = 1,
        .procedure = procedure,
        .type = ALJ_FRAME_MESSAGE,
        .status = ALJ_STATUS_OK,
    };
    alj_frame_end(link->out, alj_frame_begin(link->out, &frame));
}

void
alj_link_set_keepalive(AljLink *link, gint64 interval_usec, unsigned max_unanswered)
{
    link->interval_usec = interval_usec;
    link->max_unanswered = max_unanswered;
    link->n_unanswered = 0;
    link->ping_usec = g_get_monotonic_time() + interval_usec;
}

static bool
tick(AljLink *link)
{
    if (link->interval_usec == 0 || g_get_monotonic_time() < link->ping_usec)
        return true;
    if (link->n_unanswered >= link->max_unanswered) {
        GError *error = NULL;
        alj_fail(&error, ALJ_ERROR_INTERNAL, "connection closed due to keepalive timeout");
        return break_link(link, error);
    }
    link->n_unanswered++;
    link->ping_usec = g_get_monotonic_time() + link->interval_usec;
    append_keepalive(link, ALJ_KEEPALIVE_PING);
    return true;
}

/** Any word from the server is a sign of life. */
static void
heard(AljLink *link)
{
    link->n_unanswered = 0;
    link->ping_usec = g_get_monotonic_time() + link->interval_usec;
}

/* ---- reading ---- */

static bool
take_frame(AljLink *link, const AljFrame *frame, const uint8_t *payload)
{
    if (frame->program == ALJ_PROGRAM_KEEPALIVE) {
        if (frame->procedure == ALJ_KEEPALIVE_PING)
            append_keepalive(link, ALJ_KEEPALIVE_PONG);
        return true;
    }
    GError *error = NULL;
    if (!link->take(link->owner, frame, payload, frame->length - ALJ_FRAME_HEADER_BYTES, &error))
        return break_link(link, error);
    return true;
}

/** Hands on all frames that are complete. */
static bool
take_frames(AljLink *link)
{
    guint start = 0;
    while (link->in->len - start >= ALJ_FRAME_HEADER_BYTES) {
        AljFrame frame;
        alj_frame_read(link->in->data + start, &frame);
        if (!alj_frame_length_ok(frame.length)) {
            GError *error = NULL;
            alj_fail(&error, ALJ_ERROR_RPC, "server sent a message of %u bytes", frame.length);
            return break_link(link, error);
        }
        if (link->in->len - start < frame.length)
            break;
        if (!take_frame(link, &frame, link->in->data + start + ALJ_FRAME_HEADER_BYTES))
            return false;
        if (frame.type == ALJ_FRAME_REPLY)
            explicit_bzero(link->in->data + start, frame.length); /* it may be the value of a secret */
        start += frame.length;
    }
    if (start)
        g_byte_array_remove_range(link->in, 0, start);
    return true;
}

static bool
read_some(AljLink *link)
{
    guint length = link->in->len;
    g_byte_array_set_size(link->in, length + READ_BYTES);
    ssize_t n = recv(link->fd, link->in->data + length, READ_BYTES, MSG_DONTWAIT);
    int os_errno = errno;
    g_byte_array_set_size(link->in, length + (guint) MAX(n, 0));
    if (n > 0) {
        heard(link);
        return take_frames(link);
    }
    if (n == 0)
        return break_link_errno(link, EIO, "End of file while reading data");
    if (os_errno == EAGAIN || os_errno == EINTR)
        return true;
    return break_link_errno(link, os_errno, "Cannot recv data");
}

/* ---- writing ---- */

static size_t
unsent(const AljLink *link)
{
    return link->out->len - link->out_sent;
}

static bool
write_some(AljLink *link)
{
    if (unsent(link) == 0)
        return true;
    ssize_t n = send(link->fd, link->out->data + link->out_sent, unsent(link), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return break_link_errno(link, errno, "Cannot write data");
    link->out_sent += (size_t) MAX(n, 0);
    if (unsent(link) == 0) {
        if (link->out->len <= WIPED_MAX_BYTES)
            wipe(link->out);
        g_byte_array_set_size(link->out, 0);
        link->out_sent = 0;
    }
    return true;
}

/* ---- one round ---- */

int
alj_link_plan(const AljLink *link, gint64 until_usec, struct pollfd *ret)
{
    *ret = (struct pollfd) { .fd = link->fd, .events = unsent(link) ? POLLIN | POLLOUT : POLLIN };
    if (until_usec == 0)
        return 0;
    if (link->interval_usec && (until_usec < 0 || link->ping_usec < until_usec))
        until_usec = link->ping_usec;
    if (until_usec < 0)
        return -1;
    gint64 usec = until_usec - g_get_monotonic_time();
    return (int) CLAMP((usec + 999) / 1000, 0, G_MAXINT);
}

static bool
step(AljLink *link, gint64 until_usec)
{
    struct pollfd poll_fd;
    if (!tick(link))
        return false;
    int timeout_msec = alj_link_plan(link, until_usec, &poll_fd);
    int n = poll(&poll_fd, 1, timeout_msec);
    if (n < 0 && errno != EINTR)
        return break_link_errno(link, errno, "Cannot wait for data");
    if (n <= 0)
        return tick(link);
    /* read first: what the server has said may be why it closes, and a write would only say that it has closed */
    if (poll_fd.revents & (POLLIN | POLLHUP | POLLERR) && !read_some(link))
        return false;
    return write_some(link);
}

bool
alj_link_step(AljLink *link, gint64 until_usec, GError **error)
{
    if (!link->broken && step(link, until_usec))
        return true;
    if (error)
        *error = g_error_copy(link->broken);
    return false;
}

bool
alj_link_flush(AljLink *link, GError **error)
{
    while (unsent(link)) {
        if (!alj_link_step(link, -1, error))
            return false;
    }
    return true;
}
