/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs with limits: found in fixed directories, started without a shell, watched until they end. Owns
 * the child for the time of one alj_run(), which blocks its thread: only workers call it. Both outputs are
 * always drained; what a program leaves behind in its process group is killed. One in uninterruptible
 * sleep holds the thread: the lane's watch on its deadline tells of that.
 */
#include "host/run.h"

#include "base/error.h"
#include "base/text.h"
#include "host/files.h"
#include "host/run_child.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_MAX_OUTPUT (4u << 20)
#define STDERR_KEPT        4096
#define LINE_MAX_BYTES     4096
#define TICK_MSEC          250 /* how late a cancellation may be seen */
#define GRACE_USEC         (2 * G_USEC_PER_SEC)
#define LAST_READS                                                                                           \
    16 /* after the end: a full pipe is one read; somebody who still writes is not waited for */

typedef struct Watch {
    const AljRun *run;
    AljTask *task;
    AljChild child;
    GString *out, *err, *line;
    gint64 deadline_usec; /* 0: none */
    gint64 kill_usec;     /* when asking has lasted long enough; 0: not asked yet */
    GError *failure;      /* why the program was made to end */
} Watch;

char *
alj_run_find(const char *program)
{
    static const char *const directories[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
    for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
        struct stat info;
        g_autofree char *path = g_build_filename(directories[i], program, NULL);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == 0 &&
            (info.st_mode & 022) == 0 && access(path, X_OK) == 0)
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* The name whose word is at @text, which a longer number (/dev/fd/1 in /dev/fd/12) is not. */
static const AljRunName *
find_name(const char *text, const AljRunName *names)
{
    for (const AljRunName *name = names; name && name->word; name++)
        if (g_str_has_prefix(text, name->word) && !g_ascii_isdigit(text[strlen(name->word)]))
            return name;
    return NULL;
}

static char *
with_paths(const char *text, const AljRunName *names)
{
    GString *shown = g_string_new(NULL);
    while (*text) {
        const AljRunName *name = find_name(text, names);
        if (name)
            g_string_append(shown, name->path);
        else
            g_string_append_c(shown, *text);
        text += name ? strlen(name->word) : 1;
    }
    return g_string_free(shown, FALSE);
}

/* The command as a person would type it. */
static char *
describe(const char *path, const AljRun *run)
{
    GString *text = g_string_new(path);
    for (const char *const *word = run->argv + 1; *word; word++) {
        g_autofree char *arg = with_paths(*word, run->names);
        bool is_plain = *arg != '\0' &&
                        arg[strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                            "_-+=./,:@%")] == '\0';
        g_autofree char *quoted = is_plain ? g_strdup(arg) : g_shell_quote(arg);
        g_string_append_printf(text, " %s", quoted);
    }
    return g_string_free(text, FALSE);
}

static void
end_line(Watch *watch)
{
    const AljRun *run = watch->run;
    if (watch->line->len > 0)
        run->progress(watch->line->str, watch->task);
    if (watch->line->len > 0 && run->fills_fd > 0)
        alj_file_sync_begin(run->fills_fd, 0, 0);
    g_string_truncate(watch->line, 0);
}

static void
take_output(Watch *watch, const char *bytes, size_t length)
{
    if (!watch->run->progress) {
        gsize most = watch->run->max_output ? watch->run->max_output : DEFAULT_MAX_OUTPUT;
        if (length <= most - watch->out->len)
            g_string_append_len(watch->out, bytes, (gssize) length);
        else if (!watch->failure)
            alj_fail(&watch->failure, ALJ_ERROR_INTERNAL, "'%s' wrote more than %zu bytes",
                     watch->run->argv[0], most);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r' || watch->line->len == LINE_MAX_BYTES)
            end_line(watch);
        if (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\0')
            g_string_append_c(watch->line, bytes[i]);
    }
}

static void
take_error(Watch *watch, const char *bytes, size_t length)
{
    g_string_append_len(watch->err, bytes, (gssize) length);
    if (watch->err->len > STDERR_KEPT)
        g_string_erase(watch->err, 0, (gssize) (watch->err->len - STDERR_KEPT));
}

/* Reads once from *@fd, and closes it at its end. Returns: whether there was something. */
static bool
drain(Watch *watch, int *fd, void (*take)(Watch *watch, const char *bytes, size_t length))
{
    char bytes[65536];
    if (*fd < 0)
        return false;
    ssize_t got = read(*fd, bytes, sizeof bytes);
    if (got > 0)
        take(watch, bytes, (size_t) got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        (void) close(*fd); /* only read from */
        *fd = -1;
    }
    return got > 0;
}

/* Sees to it that the program ends once it must: asks, waits, kills. */
static void
check_end(Watch *watch)
{
    const char *name = watch->run->argv[0];
    gint64 now_usec = g_get_monotonic_time();
    if (!watch->failure && alj_task_check(watch->task, name, &watch->failure) && watch->deadline_usec > 0 &&
        now_usec > watch->deadline_usec)
        alj_fail(&watch->failure, ALJ_ERROR_TIMEOUT, "'%s' did not end in time", name);
    if (!watch->failure)
        return;
    if (watch->kill_usec == 0) {
        alj_child_signal(&watch->child, SIGTERM);
        watch->kill_usec = now_usec + GRACE_USEC;
    } else if (now_usec > watch->kill_usec) {
        alj_child_signal(&watch->child, SIGKILL);
    }
}

/* All bytes it has read and written, wherever: enough to tell work from standstill. Where that cannot be read there is no progress. */
static void
show_io(const Watch *watch)
{
    uint64_t got, put;
    g_autofree char *text = NULL;
    g_autofree char *path = g_strdup_printf("/proc/%d/io", (int) watch->child.pid);
    if (watch->task && g_file_get_contents(path, &text, NULL, NULL)
        && sscanf(text, "rchar: %" SCNu64 " wchar: %" SCNu64, &got, &put) == 2)
        atomic_store(&watch->task->done_bytes, got + put);
}

/* Returns: the status of waitpid(). */
static int
watch_child(Watch *watch)
{
    AljChild *child = &watch->child;
    for (bool has_ended = false; !has_ended;) {
        struct pollfd fds[] = {
            { .fd = child->pidfd, .events = POLLIN },
            { .fd = child->out, .events = POLLIN },
            { .fd = child->err, .events = POLLIN },
        };
        (void) poll(fds, G_N_ELEMENTS(fds), TICK_MSEC); /* interrupted: as if the tick were over */
        if (fds[1].revents)
            (void) drain(watch, &child->out, take_output);
        if (fds[2].revents)
            (void) drain(watch, &child->err, take_error);
        has_ended = fds[0].revents != 0;
        if (!has_ended && watch->run->shows_io)
            show_io(watch);
        if (!has_ended)
            check_end(watch);
    }
    alj_child_signal(child,
                     SIGKILL); /* the rest of its group: the number is still its own until it is reaped */
    for (int i = 0; i < LAST_READS && drain(watch, &child->out, take_output); i++)
        continue;
    for (int i = 0; i < LAST_READS && drain(watch, &child->err, take_error); i++)
        continue;
    return alj_child_reap(child);
}

/* The kept end of standard error for people: valid, printable, with its newlines and tabs, as the reference has it. */
static char *
error_text(const GString *err, const AljRunName *names)
{
    g_autofree char *text = g_strndup(err->str, err->len);
    g_autoptr(GString) shown = g_string_new(NULL);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n\t");
        g_autofree char *printable = alj_text_printable(at, (gssize) length);
        g_string_append(shown, printable);
        at += length;
        if (*at)
            g_string_append_c(shown, *at++);
    }
    return with_paths(shown->str, names);
}

static bool
check_status(const Watch *watch, const char *path, int status, GError **error)
{
    if (WIFEXITED(status) && watch->run->ret_status)
        *watch->run->ret_status = WEXITSTATUS(status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    g_autofree char *command = describe(path, watch->run);
    g_autofree char *words = error_text(watch->err, watch->run->names);
    bool is_exit = WIFEXITED(status);
    return alj_fail(error, ALJ_ERROR_INTERNAL, "Child process (%s) unexpected %s %d%s%s", command,
                    is_exit ? "exit status" : "fatal signal",
                    is_exit ? WEXITSTATUS(status) : WTERMSIG(status), *words ? ": " : "", words);
}

/* A test's programs are below its root. */
static char *
find_program(AljHost *host, const char *program)
{
    if (*program == '/')
        return g_strdup(program);
    g_autofree char *below = g_build_filename("/usr/sbin", program, NULL);
    g_autofree char *path = alj_host_has_root(host) ? alj_host_path(host, below) : NULL;
    return path && access(path, X_OK) == 0 ? g_steal_pointer(&path) : alj_run_find(program);
}

static void
watch_clear(Watch *watch)
{
    if (watch->out) /* given to the caller otherwise */
        g_string_free(watch->out, TRUE);
    g_string_free(watch->err, TRUE);
    g_string_free(watch->line, TRUE);
    g_clear_error(&watch->failure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Watch, watch_clear)

char *
alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error)
{
    if (!alj_task_check(task, run->argv[0], error))
        return NULL;
    g_autofree char *path = find_program(host, run->argv[0]);
    if (!path) {
        alj_fail_errno(error, ENOENT, "Cannot find '%s' in path", run->argv[0]);
        return NULL;
    }
    g_auto(Watch) watch = {
        .run = run,
        .task = task,
        .child = ALJ_CHILD_INIT,
        .out = g_string_new(NULL),
        .err = g_string_new(NULL),
        .line = g_string_new(NULL),
        .deadline_usec = run->timeout_usec > 0 ? g_get_monotonic_time() + run->timeout_usec : 0,
    };
    int failed = alj_host_gate(host, "run");
    if (failed == 0)
        failed = alj_child_start(path, run, &watch.child);
    if (failed != 0) {
        alj_fail_errno(error, failed, "cannot execute '%s'", path);
        return NULL;
    }
    int status = watch_child(&watch);
    if (run->progress)
        end_line(&watch);
    if (watch.failure) {
        g_propagate_error(error, g_steal_pointer(&watch.failure));
        return NULL;
    }
    if (!check_status(&watch, path, status, error))
        return NULL;
    return g_string_free(g_steal_pointer(&watch.out), FALSE);
}
