/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs run without shell, within limits, and never longer than they may. */
#include "base/guard.h"
#include "host/run.h"

#include "tools.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *
run_shell(const char *script, const AljRun *like, AljTask *task, GError **error)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    AljRun run = like ? *like : (AljRun) { 0 };
    run.argv = argv;
    return alj_run(host, &run, task, error);
}

static void
assert_output(const char *script, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *output = run_shell(script, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(output, ==, wanted);
}

static void
test_surroundings(void)
{
    assert_output("exit 0", "");
    assert_output("echo one; echo two >&2", "one\n");
    assert_output("env | grep -v -e ^_= -e ^PWD= | sort", "LC_ALL=C\nPATH=/usr/sbin:/usr/bin\n");
    assert_output("pwd; umask", "/\n0077\n");
    g_autoptr(GError) error = NULL;
    g_autofree char *public_mask = run_shell("umask", &(AljRun) { .makes_public_files = true }, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(public_mask, ==, "0022\n");
    assert_output("readlink /proc/self/fd/0", "/dev/null\n");
    assert_output("ulimit -c", "0\n");
    assert_output("set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && echo leads group and session",
                  "leads group and session\n");
}

static void
test_environment(void)
{
    static const char *const env[] = { "DM_DISABLE_UDEV=1", "X=a b", NULL };
    g_autoptr(GError) error = NULL;
    g_autofree char *output = run_shell("env | grep -v -e ^_= -e ^PWD= | sort", &(AljRun) { .env = env }, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(output, ==, "DM_DISABLE_UDEV=1\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin\nX=a b\n");
}

static void
test_descriptors(void)
{
    alj_autofd kept = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    int lost = open("/etc/passwd", O_RDONLY); /* not even close-on-exec */
    g_assert_cmpint(kept, >=, 3);
    g_assert_cmpint(lost, >=, 3);
    const int pass[] = { kept, -1 };
    AljRun run = { .pass_fds = pass };
    g_autoptr(GError) error = NULL;
    g_autofree char *script = g_strdup_printf("[ -e /proc/self/fd/%d ] && [ ! -e /proc/self/fd/%d ]", kept, lost);
    g_autofree char *output = run_shell(script, &run, NULL, &error);
    close(lost);
    g_assert_no_error(error);
    g_assert_cmpint(fcntl(kept, F_GETFD), ==, FD_CLOEXEC); /* the parent's own is as before */
}

static void
assert_failure(const char *script, const AljRun *like, AljTask *task, AljError code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(run_shell(script, like, task, &error));
    g_assert_error(error, ALJ_ERROR, (int) code);
    g_assert_cmpstr(error->message, ==, message);
}

static void
test_failures(void)
{
    assert_failure("exit 3", NULL, NULL, ALJ_ERROR_INTERNAL, "Child process (/bin/sh -c 'exit 3') unexpected exit status 3");
    assert_failure("echo a; echo 'no good' >&2; exit 1", NULL, NULL, ALJ_ERROR_INTERNAL,
                   "Child process (/bin/sh -c 'echo a; echo '\\''no good'\\'' >&2; exit 1') unexpected exit status 1: no good\n");
    assert_failure("kill -9 $$", NULL, NULL, ALJ_ERROR_INTERNAL,
                   "Child process (/bin/sh -c 'kill -9 $$') unexpected fatal signal 9");
    assert_failure("printf 'a\\377\\033b' >&2; exit 2", NULL, NULL, ALJ_ERROR_INTERNAL,
                   "Child process (/bin/sh -c 'printf '\\''a\\377\\033b'\\'' >&2; exit 2') unexpected exit status 2: a\\xff\\x1bb");
}

/* A program gets descriptors; who reads its complaints knows files. */
static void
test_names(void)
{
    static const AljRunName names[] = { { "json:{/dev/fd/7}", "/a b" }, { "/dev/fd/7", "/lab/p/v" }, { "/dev/fd/71", "/x/dev/fd/7" }, { 0 } };
    const AljRun run = { .names = names };
    assert_failure("echo json:{/dev/fd/7}: no /dev/fd/7, /dev/fd/71, /dev/fd/72 >&2; exit 1", &run, NULL, ALJ_ERROR_INTERNAL,
                   "Child process (/bin/sh -c 'echo /a b: no /lab/p/v, /x/dev/fd/7, /dev/fd/72 >&2; exit 1') "
                   "unexpected exit status 1: /a b: no /lab/p/v, /x/dev/fd/7, /dev/fd/72\n");
}

/* Signals the daemon ignores are not ignored in its children. */
static void
test_signals(void)
{
    void (*old)(int) = signal(SIGPIPE, SIG_IGN);
    assert_failure("kill -s PIPE $$; exit 0", NULL, NULL, ALJ_ERROR_INTERNAL,
                   "Child process (/bin/sh -c 'kill -s PIPE $$; exit 0') unexpected fatal signal 13");
    signal(SIGPIPE, old);
}

static void
test_stderr_is_bounded(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(run_shell("yes 0123456789 | head -c 1000000 >&2; printf END >&2; exit 1", NULL, NULL, &error));
    g_assert_true(g_str_has_suffix(error->message, "END"));
    g_assert_cmpuint(strlen(error->message), <, 4096 + 200);
}

static void
test_not_started(void)
{
    g_autoptr(AljHost) host = alj_host_new("/run/x");
    static const struct {
        const char *argv[2];
        const char *message;
    } rows[] = {
        { { "aljibe-no-such-program", NULL }, "Cannot find 'aljibe-no-such-program' in path: No such file or directory" },
        { { "/nowhere/program", NULL }, "cannot execute '/nowhere/program': No such file or directory" },
        { { "/etc/passwd", NULL }, "cannot execute '/etc/passwd': Permission denied" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        AljRun run = { .argv = rows[i].argv };
        g_assert_null(alj_run(host, &run, NULL, &error));
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_SYSTEM);
        g_assert_cmpstr(error->message, ==, rows[i].message);
    }
    g_autoptr(GError) error = NULL;
    AljRun run = { .argv = (const char *[]) { "true", NULL } };
    alj_host_fail_nth(host, 1, ENOMEM);
    g_assert_null(alj_run(host, &run, NULL, &error));
    g_assert_cmpstr(error->message, ==, "cannot execute '/usr/bin/true': Cannot allocate memory");
}

static void
test_output_is_bounded(void)
{
    AljRun run = { .max_output = 1000 };
    assert_failure("yes", &run, NULL, ALJ_ERROR_INTERNAL, "'/bin/sh' wrote more than 1000 bytes");
    g_autoptr(GError) error = NULL;
    g_autofree char *output = run_shell("head -c 1000 /dev/zero | tr '\\0' x", &run, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(output), ==, 1000);
}

static gint64
seconds_since(gint64 start_usec)
{
    return (g_get_monotonic_time() - start_usec) / G_USEC_PER_SEC;
}

static void
test_deadlines(void)
{
    gint64 start_usec = g_get_monotonic_time();
    AljRun run = { .timeout_usec = 200000 };
    assert_failure("sleep 60", &run, NULL, ALJ_ERROR_TIMEOUT, "'/bin/sh' did not end in time");
    g_assert_cmpint(seconds_since(start_usec), <, 2); /* TERM was enough */

    start_usec = g_get_monotonic_time();
    AljTask task = { 0 };
    atomic_store(&task.deadline_usec, start_usec + 200000);
    assert_failure("trap '' TERM; while :; do sleep 1; done", NULL, &task, ALJ_ERROR_TIMEOUT,
                   "'/bin/sh' did not end in time");
    g_assert_cmpint(seconds_since(start_usec), >=, 2); /* asked, then killed */
    g_assert_cmpint(seconds_since(start_usec), <, 6);
}

static gpointer
cancel_soon(gpointer data)
{
    g_usleep(200000);
    atomic_store(&((AljTask *) data)->is_cancelled, true);
    return NULL;
}

static void
test_cancel(void)
{
    AljTask task = { 0 };
    GThread *thread = g_thread_new("cancel", cancel_soon, &task);
    gint64 start_usec = g_get_monotonic_time();
    assert_failure("sleep 60", NULL, &task, ALJ_ERROR_ABORTED, "'/bin/sh' was cancelled");
    g_assert_cmpint(seconds_since(start_usec), <, 3);
    g_thread_join(thread);
    assert_failure("echo never >/dev/tty", NULL, &task, ALJ_ERROR_ABORTED, "'/bin/sh' was cancelled");
}

/* What the program leaves running in its group ends with it, and nobody waits for what holds its pipes. */
static void
test_leftovers(void)
{
    gint64 start_usec = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    g_autofree char *output = run_shell("sleep 61 & echo $!", NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(seconds_since(start_usec), <, 5);
    pid_t left = atoi(output);
    g_assert_cmpint(left, >, 1);
    bool is_gone = false;
    for (int i = 0; i < 100 && !is_gone; i++) {
        g_autofree char *status = g_strdup_printf("/proc/%d/stat", left);
        g_autofree char *text = NULL;
        is_gone = !g_file_get_contents(status, &text, NULL, NULL) || strstr(text, ") Z ");
        g_usleep(10000);
    }
    g_assert_true(is_gone);
    g_autofree char *escaped = run_shell("setsid sleep 2 & echo away", NULL, NULL, &error);
    g_assert_cmpstr(escaped, ==, "away\n");
    g_assert_cmpint(seconds_since(start_usec), <, 5);
}

static void
take_line(const char *line, AljTask *task)
{
    alj_task_add(task, strlen(line));
    g_assert_nonnull(strchr("abcdx", *line));
}

static void
test_progress(void)
{
    AljTask task = { 0 };
    AljRun run = { .progress = take_line, .max_output = 4 };
    g_autoptr(GError) error = NULL;
    g_autofree char *output = run_shell("printf 'a1\\rb2\\n\\n'; printf 'c'; sleep 0.2; printf '3\\r\\nd'", &run, &task, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(output, ==, "");
    g_assert_cmpuint(atomic_load(&task.done_bytes), ==, 7); /* a1 b2 c3 d */
    g_autofree char *more = run_shell("head -c 10000 /dev/zero | tr '\\0' x", &run, &task, &error);
    g_assert_cmpuint(atomic_load(&task.done_bytes), ==, 10007);
}

/* Ends the program once it is seen to have moved its bytes. */
static void *
await_io(void *data)
{
    AljTask *task = data;
    for (int i = 0; i < 6000 && atomic_load(&task->done_bytes) < 3145728; i++)
        g_usleep(10000);
    atomic_store(&task->is_cancelled, true);
    return NULL;
}

static void
test_io(void)
{
    AljTask task = { 0 };
    g_autoptr(GError) error = NULL;
    GThread *other = g_thread_new("await-io", await_io, &task);
    g_autofree char *output = run_shell("head -c 3145728 /dev/zero > /dev/null; exec sleep 1000", &(AljRun) { .shows_io = true }, &task,
                                        &error);
    g_thread_join(other);
    g_assert_null(output);
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_ABORTED);
    g_assert_cmpuint(atomic_load(&task.done_bytes), >=, 3145728);
}

static void
test_limits(void)
{
    AljRun run = { .max_memory_bytes = 64 << 20, .max_cpu_seconds = 1 };
    g_autoptr(GError) error = NULL;
    g_autofree char *output = run_shell("ulimit -v; ulimit -t", &run, NULL, &error);
    g_assert_cmpstr(output, ==, "65536\n1\n");
    assert_failure("while :; do :; done", &run, NULL, ALJ_ERROR_INTERNAL,
                   "Child process (/bin/sh -c 'while :; do :; done') unexpected fatal signal 9");
}

/* A child of a killed daemon is killed, too. */
static void
test_dies_with_parent(Scratch *s, gconstpointer unused)
{
    g_autofree char *path = scratch_file(s, "pid");
    pid_t daemon = fork();
    if (daemon == 0) {
        g_autofree char *script = g_strdup_printf("echo $$ >%s.new; mv %s.new %s; exec sleep 60", path, path, path);
        g_autofree char *output = run_shell(script, NULL, NULL, NULL);
        _exit(0);
    }
    g_autofree char *text = NULL;
    for (int i = 0; i < 500 && !g_file_get_contents(path, &text, NULL, NULL); i++)
        g_usleep(10000);
    g_assert_nonnull(text);
    kill(daemon, SIGKILL);
    waitpid(daemon, NULL, 0);
    g_autofree char *status = g_strdup_printf("/proc/%d/stat", atoi(text));
    bool is_gone = false;
    for (int i = 0; i < 500 && !is_gone; i++) {
        g_autofree char *stat = NULL;
        is_gone = !g_file_get_contents(status, &stat, NULL, NULL) || strstr(stat, ") Z ");
        g_usleep(10000);
    }
    g_assert_true(is_gone);
}

static void
test_find(void)
{
    g_autofree char *shell = alj_run_find("env");
    g_assert_cmpstr(shell, ==, "/usr/bin/env");
    g_assert_null(alj_run_find("aljibe-no-such-program"));
    g_assert_null(alj_run_find("python3.11/nothing"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/run/surroundings", test_surroundings);
    g_test_add_func("/host/run/environment", test_environment);
    g_test_add_func("/host/run/descriptors", test_descriptors);
    g_test_add_func("/host/run/failures", test_failures);
    g_test_add_func("/host/run/names", test_names);
    g_test_add_func("/host/run/signals", test_signals);
    g_test_add_func("/host/run/stderr-is-bounded", test_stderr_is_bounded);
    g_test_add_func("/host/run/not-started", test_not_started);
    g_test_add_func("/host/run/output-is-bounded", test_output_is_bounded);
    g_test_add_func("/host/run/deadlines", test_deadlines);
    g_test_add_func("/host/run/cancel", test_cancel);
    g_test_add_func("/host/run/leftovers", test_leftovers);
    g_test_add_func("/host/run/progress", test_progress);
    g_test_add_func("/host/run/io", test_io);
    g_test_add_func("/host/run/limits", test_limits);
    g_test_add("/host/run/dies-with-parent", Scratch, NULL, scratch_set_up, test_dies_with_parent, scratch_tear_down);
    g_test_add_func("/host/run/find", test_find);
    return g_test_run();
}
