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
    g_assert_true(alj_workers_drain(30 * G_USEC_PER_SEC));
    g_assert_cmpint(atomic_load(&done), ==, 3);
}

static pthread_key_t key;
static atomic_int cleared;

static void
clear_slowly(void *value)
{
    g_usleep(20000);
    atomic_fetch_add(&cleared, GPOINTER_TO_INT(value));
}

static void
keep_something(void *data)
{
    pthread_setspecific(key, GINT_TO_POINTER(1));
    atomic_fetch_add(&done, 1);
}

/* What libraries keep per thread is freed when free returns: nothing of a worker outlives its owner. */
static void
test_threads_are_gone(void)
{
    atomic_store(&done, 0);
    g_assert_cmpint(pthread_key_create(&key, clear_slowly), ==, 0);
    AljWorkers *workers = alj_workers_new("keeps", 1, 0);
    g_assert_true(alj_workers_push(workers, keep_something, NULL));
    while (atomic_load(&done) == 0 || alj_workers_busy_usec(workers) > 0)
        g_usleep(1000);
    g_usleep(20000); /* it waits for work now */
    alj_workers_free(workers);
    g_assert_cmpint(atomic_load(&cleared), ==, 1);
    pthread_key_delete(key);
}

static void
free_own(void *data)
{
    pthread_setspecific(key, GINT_TO_POINTER(1));
    alj_workers_free(data);
    atomic_fetch_add(&done, 1);
}

/* Nobody is left to join such threads, and yet all can be waited for. */
static void
test_freed_by_its_worker(void)
{
    atomic_store(&done, 0);
    atomic_store(&cleared, 0);
    g_assert_cmpint(pthread_key_create(&key, clear_slowly), ==, 0);
    for (unsigned i = 0; i < 3; i++) {
        AljWorkers *workers = alj_workers_new("own", 1, 0);
        g_assert_true(alj_workers_push(workers, free_own, workers));
    }
    while (atomic_load(&done) < 3)
        g_usleep(1000);
    g_assert_true(alj_workers_drain(30 * G_USEC_PER_SEC));
    g_assert_cmpint(atomic_load(&cleared), ==, 3);
    g_assert_true(alj_workers_drain(0));
    pthread_key_delete(key);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/workers/lane-order", test_lane_order);
    g_test_add_func("/base/workers/stuck", test_stuck);
    g_test_add_func("/base/workers/threads-are-gone", test_threads_are_gone);
    g_test_add_func("/base/workers/freed-by-its-worker", test_freed_by_its_worker);
    return g_test_run();
}
