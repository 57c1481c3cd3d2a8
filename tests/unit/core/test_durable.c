/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every change of our own files, with each of its system calls failing in turn, and with the process killed at each of them: an error
 * changes nothing, a crash leaves the state before or after, and memory says what a restart would say.
 */
#include "fixture.h"
#include "syscalls.h"

#include "base/guard.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

/* ---- what there is, as text ---- */

/* Files and links below @dir with their contents. An empty directory is nothing. */
static void
add_dir(GString *text, const char *dir, const char *prefix, bool with_leftovers)
{
    g_autofree char *list = list_dir(dir);
    g_auto(GStrv) names = g_strsplit(list, " ", -1);
    for (char **name = names; *name; name++) {
        g_autofree char *path = g_build_filename(dir, *name, NULL), *content = NULL;
        g_autofree char *shown = g_strconcat(prefix, *name, NULL);
        if (!**name || strcmp(*name, "driver.pid") == 0 || strcmp(*name, "autostarted") == 0)
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            g_autofree char *below = g_strconcat(shown, "/", NULL);
            add_dir(text, path, below, with_leftovers);
            continue;
        }
        bool leads_somewhere = g_file_get_contents(path, &content, NULL, NULL);
        if (with_leftovers || (leads_somewhere && !g_str_has_suffix(*name, ".new")))
            g_string_append_printf(text, "%s: %s\n", shown, leads_somewhere ? content : "leads nowhere");
    }
}

static void
add_pools(GString *text, Fixture *fx)
{
    g_autoptr(GPtrArray) pools = alj_core_pools(fx->core, 0);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        g_autofree char *live = alj_pool_xml(pool, false), *stored = alj_pool_xml(pool, true);
        g_string_append_printf(text, "%s%s%s%s\n%s%s", alj_pool_name(pool), alj_pool_is_active(pool) ? " active" : "",
                               alj_pool_is_persistent(pool) ? " persistent" : "", alj_pool_is_autostart(pool) ? " autostart" : "",
                               live, stored);
    }
}

/* Pools and files; @with_leftovers: also temporaries and links to nothing, which only a start has to remove. */
static char *
picture(Fixture *fx, bool with_leftovers)
{
    GString *text = g_string_new(NULL);
    settle(fx);
    add_pools(text, fx);
    add_dir(text, fx->config_dir, "etc/", with_leftovers);
    add_dir(text, fx->state_dir, "run/", with_leftovers);
    return g_string_free(text, FALSE);
}

/* ---- the changes ---- */

static AljOp *
with_xml(Fixture *fx, AljOpKind kind, const char *target)
{
    AljOp *op = op_new(fx, kind, NULL, NULL);
    op->xml = g_strdup_printf("<pool type='dir'><name>p</name><uuid>" UUID_1 "</uuid><target><path>%s</path></target></pool>", target);
    return op;
}

static void
must(AljOp *take_op)
{
    g_autoptr(AljOp) op = take_op;
    g_autoptr(GError) error = NULL;
    alj_op_run(op, &error);
    g_assert_no_error(error);
}

static AljOp *
on_p(Fixture *fx, AljOpKind kind, uint64_t number)
{
    g_autoptr(AljPool) pool = alj_core_pool_by_name(fx->core, "p", NULL);
    AljOp *op = op_new(fx, kind, pool, NULL);
    op->number = number;
    return op;
}

static void
prepare_nothing(Fixture *fx)
{
}

static void
prepare_defined(Fixture *fx)
{
    must(with_xml(fx, ALJ_OP_POOL_DEFINE, "/fake/one"));
}

static void
prepare_marked(Fixture *fx)
{
    prepare_defined(fx);
    must(on_p(fx, ALJ_OP_POOL_AUTOSTART, 1));
}

static void
prepare_running(Fixture *fx)
{
    prepare_marked(fx);
    must(on_p(fx, ALJ_OP_POOL_START, 0));
}

static void
prepare_transient(Fixture *fx)
{
    must(with_xml(fx, ALJ_OP_POOL_CREATE, "/fake/one"));
}

static void
prepare_pending(Fixture *fx)
{
    prepare_running(fx);
    must(with_xml(fx, ALJ_OP_POOL_DEFINE, "/fake/two"));
}

static AljOp *
change_define(Fixture *fx)
{
    return with_xml(fx, ALJ_OP_POOL_DEFINE, "/fake/three");
}

static AljOp *
change_create(Fixture *fx)
{
    return with_xml(fx, ALJ_OP_POOL_CREATE, "/fake/three");
}

static AljOp *
change_undefine(Fixture *fx)
{
    return on_p(fx, ALJ_OP_POOL_UNDEFINE, 0);
}

static AljOp *
change_mark(Fixture *fx)
{
    return on_p(fx, ALJ_OP_POOL_AUTOSTART, 1);
}

static AljOp *
change_unmark(Fixture *fx)
{
    return on_p(fx, ALJ_OP_POOL_AUTOSTART, 0);
}

static AljOp *
change_start(Fixture *fx)
{
    return on_p(fx, ALJ_OP_POOL_START, 0);
}

static AljOp *
change_stop(Fixture *fx)
{
    return on_p(fx, ALJ_OP_POOL_STOP, 0);
}

typedef struct Change {
    const char *name;
    void (*prepare)(Fixture *fx);
    AljOp *(*make)(Fixture *fx);
} Change;

static const Change changes[] = {
    { "define", prepare_nothing, change_define },
    { "redefine", prepare_defined, change_define },
    { "redefine-marked", prepare_marked, change_define },
    { "redefine-running", prepare_running, change_define },
    { "redefine-pending", prepare_pending, change_define },
    { "define-transient", prepare_transient, change_define },
    { "undefine", prepare_defined, change_undefine },
    { "undefine-marked", prepare_marked, change_undefine },
    { "mark", prepare_defined, change_mark },
    { "mark-running", prepare_transient, change_mark }, /* always refused */
    { "unmark", prepare_marked, change_unmark },
    { "unmark-running", prepare_running, change_unmark },
    { "create", prepare_nothing, change_create },
    { "create-over", prepare_marked, change_create },
    { "start", prepare_marked, change_start },
    { "stop", prepare_running, change_stop },
    { "stop-pending", prepare_pending, change_stop },
    { "stop-transient", prepare_transient, change_stop },
};

/* A core in which the change can be made. The storage is there, up or not, whatever the core thinks. */
static void
open_prepared(Fixture *fx, const Change *change)
{
    fixture_open(fx);
    fake_make("p");
    change->prepare(fx);
    settle(fx);
}

static char *
after_restart(Fixture *fx)
{
    fake_set_up("p", true);
    fixture_restart(fx, true);
    return picture(fx, true);
}

static void
must_be(const char *what, unsigned nth, const char *is, const char *wanted)
{
    if (strcmp(is, wanted) != 0)
        g_error("%s, call %u:\n%s\nis not\n%s", what, nth, is, wanted);
}

/* The change with its @nth call failing (0: none). Returns: how many calls there were. */
static unsigned
try_failing(const Change *change, unsigned nth, char **ret_before, char **ret_after)
{
    Fixture fx = { 0 };
    g_autoptr(GError) error = NULL;
    open_prepared(&fx, change);
    g_autofree char *before = picture(&fx, true);
    bool was_up = fake_is_up("p");
    g_autoptr(AljOp) op = change->make(&fx);
    syscalls_arm(fx.dir, nth, EIO);
    bool is_done = alj_op_run(op, &error);
    settle(&fx);
    unsigned calls = syscalls_disarm();
    g_clear_pointer(&op->ret_pool, alj_pool_unref);
    g_clear_pointer(&op->pool, alj_pool_unref);
    g_autofree char *then = picture(&fx, !is_done);
    if (is_done && *ret_after)
        must_be(change->name, nth, then, *ret_after);
    if (!is_done)
        must_be(change->name, nth, then, before);
    g_assert_true(is_done || fake_is_up("p") == was_up);
    g_autofree char *restarted = after_restart(&fx);
    must_be("restart", nth, restarted, then);
    fixture_close(&fx);
    if (nth == 0) {
        *ret_before = g_steal_pointer(&before);
        *ret_after = g_steal_pointer(&then);
    }
    return calls;
}

static void
test_failing(gconstpointer data)
{
    const Change *change = data;
    g_autofree char *before = NULL, *after = NULL;
    unsigned calls = try_failing(change, 0, &before, &after);
    g_test_message("%s: %u calls", change->name, calls);
    for (unsigned nth = 1; nth <= calls; nth++)
        (void) try_failing(change, nth, &before, &after);
}

/* In a process of its own: makes the change and is killed at its @nth call. Returns: whether it came to its end. */
static bool
try_killed(const Change *change, unsigned nth, Fixture *fx)
{
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        fx->core = fixture_try_core(fx, NULL);
        alj_core_run(fx->core);
        AljOp *op = change->make(fx);
        syscalls_arm(fx->dir, nth, SYSCALLS_KILL);
        _exit(alj_op_run(op, NULL) ? 0 : 1);
    }
    int status;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL);
    return WIFEXITED(status);
}

static void
test_killed(gconstpointer data)
{
    const Change *change = data;
    g_autofree char *before = NULL, *after = NULL;
    (void) try_failing(change, 0, &before, &after);
    for (unsigned nth = 1; ; nth++) {
        Fixture fx = { 0 };
        g_autoptr(GError) error = NULL;
        open_prepared(&fx, change);
        alj_core_free(fx.core);
        fake_set_up("p", true);
        bool is_acknowledged = try_killed(change, nth, &fx);
        fx.core = fixture_try_core(&fx, &error);
        g_assert_no_error(error);
        alj_core_run(fx.core);
        g_autofree char *now = picture(&fx, true);
        if (strcmp(now, after) != 0 && (is_acknowledged || strcmp(now, before) != 0))
            g_error("%s, killed at call %u:\n%s\nis neither\n%s\nnor\n%s", change->name, nth, now, before, after);
        g_autofree char *again = after_restart(&fx);
        must_be("restart", nth, again, now);
        fixture_close(&fx);
        if (is_acknowledged)
            break;
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *failing = g_strdup_printf("/durable/failing/%s", changes[i].name);
        g_test_add_data_func(failing, &changes[i], test_failing);
        if (changes[i].prepare == prepare_transient && changes[i].make == change_mark)
            continue; /* never succeeds */
        g_autofree char *killed = g_strdup_printf("/durable/killed/%s", changes[i].name);
        g_test_add_data_func(killed, &changes[i], test_killed);
    }
    return run_tests();
}
