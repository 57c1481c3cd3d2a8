/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lanes keep order, queues are bounded, a stuck thread neither blocks stopping nor its replacement. */
#include "base/guard.h"
#include "base/workers.h"

#include <stdatomic.h>

static GString *order;
static atomic_int done;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
append(void *data)
{
    g_string_append_c(order, (char) GPOINTER_TO_INT(data));
    atomic_fetch_add(&done, 1);
}

static void
wait_at_gate(void *data)
{
    ALJ_LOCK(&gate);
    atomic_fetch_add(&done, 1);
}

static void
test_lane_order(void)
{
    order = g_string_new(NULL);
    atomic_store(&done, 0);
    AljWorkers *lane = alj_workers_new("lane", 1, 0);
    for (char c = 'a'; c <= 'z'; c++)
        g_assert_true(alj_workers_push(lane, append, GINT_TO_POINTER(c)));
    g_assert_true(alj_workers_stop(lane, 5 * G_USEC_PER_SEC));
    g_assert_cmpstr(order->str, ==, "abcdefghijklmnopqrstuvwxyz");
    g_assert_false(alj_workers_push(lane, append, GINT_TO_POINTER('!')));
    alj_workers_free(lane);
    g_string_free(order, TRUE);
}

static void
test_stuck(void)
{
    atomic_store(&done, 0);
    pthread_mutex_lock(&gate);
    AljWorkers *lane = alj_workers_new("stuck", 1, 2);
    g_assert_true(alj_workers_push(lane, wait_at_gate, NULL));
    while (alj_workers_busy_usec(lane) == 0)
        g_usleep(1000);
    g_assert_true(alj_workers_push(lane, wait_at_gate, NULL));
    g_assert_true(alj_workers_push(lane, wait_at_gate, NULL));
    g_assert_false(alj_workers_push(lane, wait_at_gate, NULL)); /* full */
    g_assert_true(alj_workers_replace(lane));
    g_assert_true(alj_workers_replace(lane));
    g_assert_false(alj_workers_replace(lane));
    g_assert_false(alj_workers_stop(lane, 20000)); /* nobody can end them */
    alj_workers_free(lane);
    pthread_mutex_unlock(&gate);
    while (atomic_load(&done) < 3)
        g_usleep(1000);
    g_usleep(50000); /* for the last thread to drop the memory before the leak check */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/workers/lane-order", test_lane_order);
    g_test_add_func("/base/workers/stuck", test_stuck);
    return g_test_run();
}
