/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps run backwards unless the work is committed, and their data is freed either way. */
#include "base/undo.h"

static GString *trace;
static int freed;

static void
step(void *data)
{
    g_string_append(trace, data);
}

static void
count_free(void *data)
{
    freed++;
    g_free(data);
}

static void
work(gboolean is_good)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    alj_undo_push(&undo, step, g_strdup("1"), count_free);
    alj_undo_push(&undo, step, g_strdup("2"), count_free);
    alj_undo_push(&undo, step, (void *) "3", NULL);
    if (is_good)
        alj_undo_commit(&undo);
}

static void
test_both(void)
{
    trace = g_string_new(NULL);
    work(FALSE);
    g_assert_cmpstr(trace->str, ==, "321");
    g_assert_cmpint(freed, ==, 2);
    work(TRUE);
    g_assert_cmpstr(trace->str, ==, "321");
    g_assert_cmpint(freed, ==, 4);
    g_string_free(trace, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/undo", test_both);
    return g_test_run();
}
