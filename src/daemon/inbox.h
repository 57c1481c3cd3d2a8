/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * AljInbox: bytes of one connection that were received and not yet understood. It grows with what has really come, never with
 * what a frame announces. Zeroed memory is an empty inbox. Loop thread.
 */
typedef struct AljInbox {
    uint8_t *data;
    size_t start, end, capacity;
    uint64_t skip; /* bytes still to come that nobody wants */
} AljInbox;

/**
 * alj_inbox_space:
 * Where the next bytes go. Returns: memory of *@ret_size bytes (at least 1), or NULL when @max_bytes are
 * held already or memory is out.
 */
uint8_t *alj_inbox_space(AljInbox *inbox, size_t max_bytes, size_t *ret_size);

/** alj_inbox_received: @size bytes were put where alj_inbox_space() said. */
void alj_inbox_received(AljInbox *inbox, size_t size);

/** alj_inbox_peek: the bytes that are there; valid until the next alj_inbox_space(), consumed or not. */
uint8_t *alj_inbox_peek(const AljInbox *inbox, size_t *ret_size);

/** alj_inbox_consume: drops the first @size bytes; those that have not come yet are dropped when they do. */
void alj_inbox_consume(AljInbox *inbox, size_t size);

/**
 * alj_inbox_take:
 * Gives away the memory that the last @size consumed bytes lie in, unless they fill less than half of it. What follows is
 * expected to be as long: an upload then comes in blocks of one packet each, which nobody has to copy.
 * Returns: (transfer full, nullable) for g_free(); alj_inbox_peek()ed bytes stay where they are in it.
 */
uint8_t *alj_inbox_take(AljInbox *inbox, size_t size);

/** alj_inbox_trim: gives memory back if nothing is held and much was used. */
void alj_inbox_trim(AljInbox *inbox);

void alj_inbox_clear(AljInbox *inbox);
