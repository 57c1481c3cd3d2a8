/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls over a link, one at a time, and the greeting they begin with. Not thread-safe: the owner locks. */
#pragma once

#include "rpc/link.h"

/** AljCaller: the calling end of one connection. */
typedef struct AljCaller {
    AljLink link;
    uint32_t next_serial;       /* of the next call */
    struct AljPending *pending; /* (borrowed, nullable) the call that waits for its reply */
    AljLinkFunc other;
    void *owner;
} AljCaller;

/**
 * alj_caller_init:
 * @take_fd: a connected socket
 * @other: gets, with @owner, every frame of the protocol that is not the reply that is waited for
 */
void alj_caller_init(AljCaller *caller, int take_fd, AljLinkFunc other, void *owner);

/** alj_caller_drop: an AljLinkFunc that expects nothing: a reply to no call is an error (RPC), all else is dropped. */
bool alj_caller_drop(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error);

/** alj_caller_clear: closes. */
void alj_caller_clear(AljCaller *caller);

/**
 * alj_caller_call:
 * @args, @ret: structs of the row of @number; @ret is zeroed before and cleared by who called with the row's table
 * @until_usec: monotonic time, -1: for ever; the connection is unusable after that has passed
 * Sends a call with the serial next_serial and waits for its reply. Errors: what the server answered (ALJ_SERVER_ERROR), TIMEOUT,
 * RPC, SYSTEM, INTERNAL of the link.
 */
bool alj_caller_call(AljCaller *caller, int32_t number, const void *args, void *ret, gint64 until_usec, GError **error);

/**
 * alj_caller_greet: the first calls: shows who we are if the server wants to know, and opens @name. @until_usec: for all of it.
 * Errors: as above, AUTH_FAILED.
 */
bool alj_caller_greet(AljCaller *caller, const char *name, bool is_readonly, gint64 until_usec, GError **error);
