/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The input buffer: grows with received bytes only, keeps a cut frame together, drops what is unwanted. */
#include "daemon/inbox.h"

#include <glib.h>
#include <string.h>

#define MAX_BYTES (1024 * 1024)

static void
put(AljInbox *inbox, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t room;
        uint8_t *space = alj_inbox_space(inbox, MAX_BYTES, &room);
        g_assert_nonnull(space);
        size_t now = MIN(room, size);
        memcpy(space, bytes, now);
        alj_inbox_received(inbox, now);
        bytes += now;
        size -= now;
    }
}

static void
assert_holds(const AljInbox *inbox, const char *bytes, size_t size)
{
    size_t have;
    const uint8_t *data = alj_inbox_peek(inbox, &have);
    g_assert_cmpuint(have, ==, size);
    g_assert_true(size == 0 || memcmp(data, bytes, size) == 0);
}

static void
test_window(void)
{
    AljInbox inbox = { 0 };
    put(&inbox, "abcdef", 6);
    assert_holds(&inbox, "abcdef", 6);
    alj_inbox_consume(&inbox, 4);
    assert_holds(&inbox, "ef", 2);
    put(&inbox, "gh", 2);
    assert_holds(&inbox, "efgh", 4);
    alj_inbox_consume(&inbox, 4);
    assert_holds(&inbox, "", 0);
    alj_inbox_clear(&inbox);
}

static void
test_cut_frame_moves_to_front(void)
{
    AljInbox inbox = { 0 };
    size_t room;
    g_autofree char *big = g_malloc(4096);
    memset(big, 'x', 4096);
    put(&inbox, big, 4096);
    g_assert_cmpuint(inbox.capacity, ==, 4096);
    alj_inbox_consume(&inbox, 4000);
    g_assert_nonnull(alj_inbox_space(&inbox, MAX_BYTES, &room));
    g_assert_cmpuint(room, ==, 4000);
    g_assert_cmpuint(inbox.capacity, ==, 4096); /* no growth while there is room */
    assert_holds(&inbox, big, 96);
    alj_inbox_clear(&inbox);
}

static void
test_growth(void)
{
    AljInbox inbox = { 0 };
    size_t room;
    g_autofree char *big = g_malloc0(MAX_BYTES);
    put(&inbox, big, 10000);
    g_assert_cmpuint(inbox.capacity, ==, 16384); /* doubled twice, by what came */
    put(&inbox, big, MAX_BYTES - 10000);
    g_assert_null(alj_inbox_space(&inbox, MAX_BYTES, &room)); /* full is full */
    alj_inbox_consume(&inbox, MAX_BYTES);
    alj_inbox_trim(&inbox);
    g_assert_cmpuint(inbox.capacity, ==, 0);
    alj_inbox_clear(&inbox);
}

static void
test_skip(void)
{
    AljInbox inbox = { 0 };
    put(&inbox, "head", 4);
    alj_inbox_consume(&inbox, 100); /* 96 of them have not come */
    g_assert_cmpuint(inbox.skip, ==, 96);
    g_autofree char *rest = g_malloc0(95);
    put(&inbox, rest, 95);
    assert_holds(&inbox, "", 0);
    put(&inbox, "?next", 5);
    assert_holds(&inbox, "next", 4);
    alj_inbox_clear(&inbox);
}

static void
test_take(void)
{
    AljInbox inbox = { 0 };
    size_t have, room;
    g_autofree char *big = g_malloc(6000);
    memset(big, 'x', 6000);
    put(&inbox, big, 6000);
    const uint8_t *data = alj_inbox_peek(&inbox, &have);
    alj_inbox_consume(&inbox, 5900);
    g_autofree uint8_t *block = alj_inbox_take(&inbox, 5900);
    g_assert_true(block == data); /* where they were received */
    g_assert_true(memcmp(block, big, 5900) == 0);
    assert_holds(&inbox, big, 100);
    g_assert_nonnull(alj_inbox_space(&inbox, MAX_BYTES, &room));
    g_assert_cmpuint(room, ==, 5800); /* one more of the same length ends the block */
    alj_inbox_consume(&inbox, 100);
    g_assert_null(alj_inbox_take(&inbox, 100)); /* not worth so much memory */
    alj_inbox_clear(&inbox);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inbox/window", test_window);
    g_test_add_func("/inbox/cut-frame", test_cut_frame_moves_to_front);
    g_test_add_func("/inbox/growth", test_growth);
    g_test_add_func("/inbox/skip", test_skip);
    g_test_add_func("/inbox/take", test_take);
    return g_test_run();
}
