/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output queue: order is kept over many threads and short writes; a full box makes a sender wait and lets it go. */
#include "daemon/outbox.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static GByteArray *
frame_of(size_t size, uint8_t fill)
{
    GByteArray *frame = g_byte_array_sized_new((guint) size);
    g_byte_array_set_size(frame, (guint) size);
    memset(frame->data, fill, size);
    return frame;
}

static void
make_pair(int pair[2])
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), ==, 0);
}

static size_t
drain(int fd)
{
    char buffer[65536];
    size_t total = 0;
    for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;)
        total += (size_t) got;
    return total;
}

static void
test_many_frames(void)
{
    int pair[2];
    size_t sent;
    char text[256];
    AljOutbox outbox;
    make_pair(pair);
    alj_outbox_init(&outbox);
    for (uint8_t i = 0; i < 200; i++)
        alj_outbox_push(&outbox, frame_of(1, i));
    g_assert_cmpint(alj_outbox_write(&outbox, pair[0], &sent), ==, ALJ_OUTBOX_EMPTY);
    g_assert_cmpuint(sent, ==, 200);
    g_assert_cmpint(read(pair[1], text, sizeof text), ==, 200);
    for (unsigned i = 0; i < 200; i++)
        g_assert_cmpuint((uint8_t) text[i], ==, i);
    g_assert_cmpuint(alj_outbox_bytes(&outbox), ==, 0);
    alj_outbox_clear(&outbox);
    close(pair[0]);
    close(pair[1]);
}

static void
test_blocked_and_broken(void)
{
    int pair[2];
    size_t sent, total = 0;
    AljOutbox outbox;
    AljOutboxState state = ALJ_OUTBOX_BLOCKED;
    make_pair(pair);
    alj_outbox_init(&outbox);
    for (unsigned i = 0; i < 4; i++)
        alj_outbox_push(&outbox, frame_of(1000003, 'x'));
    while (state == ALJ_OUTBOX_BLOCKED) {
        state = alj_outbox_write(&outbox, pair[0], &sent);
        total += drain(pair[1]);
    }
    g_assert_cmpint(state, ==, ALJ_OUTBOX_EMPTY);
    g_assert_cmpuint(total + drain(pair[1]), ==, 4 * 1000003);
    close(pair[1]);
    alj_outbox_push(&outbox, frame_of(1, 'x'));
    g_assert_cmpint(alj_outbox_write(&outbox, pair[0], &sent), ==, ALJ_OUTBOX_BROKEN);
    alj_outbox_close(&outbox);
    alj_outbox_push(&outbox, frame_of(1, 'x')); /* nobody will ever send it */
    g_assert_cmpuint(alj_outbox_bytes(&outbox), ==, 0);
    alj_outbox_clear(&outbox);
    close(pair[0]);
}

typedef struct Waiter {
    AljOutbox *outbox;
    atomic_bool stop;
    AljOutboxRoom room;
} Waiter;

static void *
wait_for_room(void *data)
{
    Waiter *waiter = data;
    do
        waiter->room = alj_outbox_wait(waiter->outbox, 10, &waiter->stop);
    while (waiter->room == ALJ_OUTBOX_NO_ROOM_YET);
    return NULL;
}

static void
test_wait(void)
{
    int pair[2];
    size_t sent;
    pthread_t thread;
    AljOutbox outbox;
    Waiter waiter = { .outbox = &outbox };
    make_pair(pair);
    alj_outbox_init(&outbox);

    alj_outbox_push(&outbox, frame_of(1000, 'x'));
    pthread_create(&thread, NULL, wait_for_room, &waiter);
    g_assert_cmpint(alj_outbox_write(&outbox, pair[0], &sent), ==, ALJ_OUTBOX_EMPTY);
    pthread_join(thread, NULL);
    g_assert_cmpint(waiter.room, ==, ALJ_OUTBOX_ROOM);

    alj_outbox_push(&outbox, frame_of(1000, 'x'));
    pthread_create(&thread, NULL, wait_for_room, &waiter);
    atomic_store(&waiter.stop, true);
    alj_outbox_wake(&outbox);
    pthread_join(thread, NULL);
    g_assert_cmpint(waiter.room, ==, ALJ_OUTBOX_STOPPED);

    atomic_store(&waiter.stop, false);
    pthread_create(&thread, NULL, wait_for_room, &waiter);
    alj_outbox_close(&outbox);
    pthread_join(thread, NULL);
    g_assert_cmpint(waiter.room, ==, ALJ_OUTBOX_STOPPED);
    alj_outbox_clear(&outbox);
    close(pair[0]);
    close(pair[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/outbox/many-frames", test_many_frames);
    g_test_add_func("/outbox/blocked-and-broken", test_blocked_and_broken);
    g_test_add_func("/outbox/wait", test_wait);
    return g_test_run();
}
