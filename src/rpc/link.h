/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A socket that carries frames both ways. It reads while it writes, so that two ends with full buffers never wait for each other,
 * and it keeps the connection alive. It knows nothing of calls: whole frames go to the owner. Not thread-safe: the owner locks.
 */
#pragma once

#include <glib.h>
#include <poll.h>
#include <stdbool.h>

#include "wire/frame.h"

/** AljLinkFunc: a frame has come; @payload lives until the function returns. False and @error: the link is broken. */
typedef bool (*AljLinkFunc)(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error);

typedef struct AljLink {
    int fd;              /* non-blocking; -1: never connected. Stays open, if broken, until the link is cleared */
    AljLinkFunc take;
    void *owner;
    GByteArray *in;      /* bytes of frames that are not complete */
    GByteArray *out;     /* whole frames that wait to be written, … */
    size_t out_sent;     /* … but for so many bytes at the front */
    GError *broken;      /* why nothing can be sent or received any more */
    gint64 interval_usec; /* of pings; 0: none */
    unsigned max_unanswered, n_unanswered;
    gint64 ping_usec;    /* when the next ping is due, on the monotonic clock */
} AljLink;

/** alj_link_init: @take_fd: a connected socket. */
void alj_link_init(AljLink *link, int take_fd, AljLinkFunc take, void *owner);

/** alj_link_clear: closes. */
void alj_link_clear(AljLink *link);

/**
 * alj_link_step:
 * @until_usec: monotonic time to wait for at longest; 0: do not wait; -1: for ever
 * Waits until something can be read, or written if something waits to be; does both, and whatever keep-alive asks for. Returns
 * after one round, so callers loop until what they wait for is there. Errors: SYSTEM, INTERNAL, RPC; once broken, always the same.
 */
bool alj_link_step(AljLink *link, gint64 until_usec, GError **error);

/**
 * alj_link_plan: what to poll for, for those who wait without the owner's lock, and how long: to @until_usec, or to the next ping if
 * that is earlier. Returns: milliseconds for poll().
 */
int alj_link_plan(const AljLink *link, gint64 until_usec, struct pollfd *ret);

/** alj_link_flush: steps until all frames in link->out are written. */
bool alj_link_flush(AljLink *link, GError **error);

/** alj_link_set_keepalive: @interval_usec 0: none. */
void alj_link_set_keepalive(AljLink *link, gint64 interval_usec, unsigned max_unanswered);
