/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The times of pings and answers, measured on libvirtd: pings at 5, 10, 15, 20, 25 s of silence, the end at 30 s. */
#include "daemon/keepalive.h"

#define S     ((gint64) G_USEC_PER_SEC)
#define START (1000 * S)

static void
test_silent_client(void)
{
    AljKeepalive keepalive = { 0 };
    alj_keepalive_want(&keepalive, START);
    for (int i = 1; i <= 5; i++) {
        g_assert_cmpint(alj_keepalive_due(&keepalive, false), ==, START + i * 5 * S);
        g_assert_cmpint(alj_keepalive_step(&keepalive, START + i * 5 * S - 1, false), ==, ALJ_KEEPALIVE_NOTHING);
        g_assert_cmpint(alj_keepalive_step(&keepalive, START + i * 5 * S, false), ==, ALJ_KEEPALIVE_SEND_PING);
        g_assert_cmpint(alj_keepalive_step(&keepalive, START + i * 5 * S, false), ==, ALJ_KEEPALIVE_NOTHING);
    }
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + 30 * S, false), ==, ALJ_KEEPALIVE_DEAD);
}

static void
test_any_sign_of_life(void)
{
    AljKeepalive keepalive = { 0 };
    alj_keepalive_want(&keepalive, START);
    for (int i = 1; i <= 100; i++) {
        gint64 now = START + i * 3 * S;
        g_assert_cmpint(alj_keepalive_step(&keepalive, now, false), ==, ALJ_KEEPALIVE_NOTHING);
        alj_keepalive_heard(&keepalive, now);
    }
}

static void
test_never_asked(void)
{
    AljKeepalive keepalive = { 0 };
    alj_keepalive_heard(&keepalive, START);
    g_assert_cmpint(alj_keepalive_due(&keepalive, false), ==, G_MAXINT64); /* nothing wakes the daemon */
    g_assert_cmpint(alj_keepalive_due(&keepalive, true), ==, G_MAXINT64);
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + 3600 * S, false), ==, ALJ_KEEPALIVE_NOTHING);
}

static void
test_answers(void)
{
    AljKeepalive keepalive = { 0 };
    g_assert_cmpint(alj_keepalive_pinged(&keepalive, START), ==, ALJ_KEEPALIVE_SEND_PONG);
    g_assert_cmpint(alj_keepalive_pinged(&keepalive, START + 1), ==, ALJ_KEEPALIVE_NOTHING);
    g_assert_cmpint(alj_keepalive_due(&keepalive, false), ==, START + S);
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + S, false), ==, ALJ_KEEPALIVE_SEND_PONG);
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + 2 * S, false), ==, ALJ_KEEPALIVE_NOTHING);
    for (int i = 0; i < 1000; i++) /* a flood */
        (void) alj_keepalive_pinged(&keepalive, START + 2 * S);
    g_assert_cmpuint(keepalive.n_owed, ==, 5);
}

static void
test_deaf(void)
{
    AljKeepalive keepalive = { 0 };
    alj_keepalive_want(&keepalive, START);
    keepalive.pong_usec = START;
    g_assert_cmpint(alj_keepalive_due(&keepalive, true), ==, START + 5 * S);
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + 5 * S, true), ==, ALJ_KEEPALIVE_SEND_PONG);
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + 9 * S, true), ==, ALJ_KEEPALIVE_NOTHING); /* and no ping */
    g_assert_cmpint(alj_keepalive_step(&keepalive, START + 10 * S, true), ==, ALJ_KEEPALIVE_SEND_PONG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keepalive/silent-client", test_silent_client);
    g_test_add_func("/keepalive/any-sign-of-life", test_any_sign_of_life);
    g_test_add_func("/keepalive/never-asked", test_never_asked);
    g_test_add_func("/keepalive/answers", test_answers);
    g_test_add_func("/keepalive/deaf", test_deaf);
    return g_test_run();
}
