/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The input buffer of a connection: one block of memory with a window that moves through it. What is left of a cut frame
 * moves to the front when room is needed; the block doubles only after it was filled by real bytes. Pure memory, loop thread.
 */
#include "daemon/inbox.h"

#include <glib.h>
#include <string.h>

#define FIRST_BYTES 4096
#define KEEP_BYTES  (64 * 1024)

uint8_t *
alj_inbox_space(AljInbox *inbox, size_t max_bytes, size_t *ret_size)
{
    if (inbox->start > 0 && inbox->end == inbox->capacity) {
        memmove(inbox->data, inbox->data + inbox->start, inbox->end - inbox->start);
        inbox->end -= inbox->start;
        inbox->start = 0;
    }
    if (inbox->end == inbox->capacity) {
        size_t wanted = MIN(MAX(inbox->capacity * 2, FIRST_BYTES), max_bytes);
        uint8_t *grown = wanted > inbox->capacity ? g_try_realloc(inbox->data, wanted) : NULL;
        if (!grown)
            return NULL;
        inbox->data = grown;
        inbox->capacity = wanted;
    }
    *ret_size = inbox->capacity - inbox->end;
    return inbox->data + inbox->end;
}

void
alj_inbox_received(AljInbox *inbox, size_t size)
{
    inbox->end += size;
    size_t unwanted = (size_t) MIN(inbox->skip, (uint64_t) (inbox->end - inbox->start));
    inbox->skip -= unwanted;
    inbox->start += unwanted;
}

uint8_t *
alj_inbox_peek(const AljInbox *inbox, size_t *ret_size)
{
    *ret_size = inbox->end - inbox->start;
    return inbox->data + inbox->start;
}

void
alj_inbox_consume(AljInbox *inbox, size_t size)
{
    size_t here = MIN(size, inbox->end - inbox->start);
    inbox->start += here;
    inbox->skip += size - here;
    if (inbox->start == inbox->end)
        inbox->start = inbox->end = 0;
}

uint8_t *
alj_inbox_take(AljInbox *inbox, size_t size)
{
    if (size < inbox->capacity / 2)
        return NULL;
    uint8_t *taken = inbox->data;
    size_t left = inbox->end - inbox->start;
    inbox->capacity = MAX(size, left);
    inbox->data = g_malloc(inbox->capacity);
    memcpy(inbox->data, taken + inbox->start, left);
    inbox->start = 0;
    inbox->end = left;
    return taken;
}

void
alj_inbox_trim(AljInbox *inbox)
{
    if (inbox->end > inbox->start || inbox->capacity <= KEEP_BYTES)
        return;
    g_clear_pointer(&inbox->data, g_free);
    inbox->start = inbox->end = inbox->capacity = 0;
}

void
alj_inbox_clear(AljInbox *inbox)
{
    g_free(inbox->data);
    *inbox = (AljInbox){ 0 };
}
