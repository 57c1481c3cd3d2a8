/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of base/task: cancel, deadline and progress. */
#include "base/task.h"

static void
test_ends(void)
{
    AljTask task = { 0 };
    g_autoptr(GError) error = NULL;
    g_assert_true(alj_task_check(NULL, "x", NULL));
    g_assert_true(alj_task_check(&task, "x", NULL));
    atomic_store(&task.deadline_usec, g_get_monotonic_time() + G_TIME_SPAN_HOUR);
    g_assert_true(alj_task_check(&task, "x", NULL));
    atomic_store(&task.deadline_usec, 1);
    g_assert_false(alj_task_check(&task, "copy", &error));
    g_assert_error(error, ALJ_ERROR, (int) ALJ_ERROR_TIMEOUT);
    g_assert_cmpstr(error->message, ==, "'copy' did not end in time");
    g_clear_error(&error);
    atomic_store(&task.is_cancelled, true);
    g_assert_false(alj_task_check(&task, "copy", &error));
    g_assert_error(error, ALJ_ERROR, (int) ALJ_ERROR_ABORTED);
    g_assert_cmpstr(error->message, ==, "'copy' was cancelled");
}

static void
test_progress(void)
{
    AljTask task = { 0 };
    alj_task_add(NULL, 5);
    alj_task_add(&task, 5);
    alj_task_add(&task, 7);
    g_assert_cmpuint(atomic_load(&task.done_bytes), ==, 12);
    alj_task_expect(NULL, 5);
    alj_task_expect(&task, 20);
    alj_task_expect(&task, 30); /* the first word counts */
    g_assert_cmpuint(atomic_load(&task.total_bytes), ==, 20);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/task/ends", test_ends);
    g_test_add_func("/task/progress", test_progress);
    return g_test_run();
}
