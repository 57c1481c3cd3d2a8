/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the wish to run a program to the running program. What happens between fork and exec is in one
 * function, run_child(), which calls async-signal-safe functions only: other threads may hold any lock at
 * the moment of the fork.
 *
 * A child must not outlive the daemon. The kernel's parent-death signal belongs to the *thread* that
 * forked, not to the process, and our workers come and go; but alj_run() waits on that very thread until
 * the child has been reaped, so the thread can only end before the child when the whole process ends. That
 * is what the signal is for.
 */
#include "host/run_child.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define EXIT_NOT_STARTED 127

typedef struct Setup {
    const char *path;
    const AljRun *run;
    char *const *env;
    int in, out, err;
    int report; /* close-on-exec: ends with the exec, or carries the errno of what failed before */
    pid_t parent;
} Setup;

static bool
limit(int resource, rlim_t most)
{
    const struct rlimit both = { .rlim_cur = most, .rlim_max = most };
    return setrlimit(resource, &both) == 0;
}

static bool
apply_limits(const AljRun *run)
{
    return limit(RLIMIT_CORE, 0) && (run->max_memory_bytes == 0 || limit(RLIMIT_AS, run->max_memory_bytes)) &&
           (run->max_cpu_seconds == 0 || limit(RLIMIT_CPU, run->max_cpu_seconds));
}

/* Ignored signals would stay ignored: all back to default, none blocked. */
static bool
reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        (void) signal(number, SIG_DFL); /* fails for those that nobody can change */
    return sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static bool
keep_only(const Setup *setup)
{
    if (dup2(setup->in, STDIN_FILENO) < 0 || dup2(setup->out, STDOUT_FILENO) < 0 ||
        dup2(setup->err, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        return false;
    for (const int *fd = setup->run->pass_fds; fd && *fd >= 0; fd++)
        if (fcntl(*fd, F_SETFD, 0) < 0)
            return false;
    return true;
}

/* Before the parent-death signal is asked for, which a change of user takes back. */
static bool
become(const AljRun *run)
{
    return run->uid == 0 || (setgroups(0, NULL) == 0 && setgid(run->gid) == 0 && setuid(run->uid) == 0);
}

/* In the child. First the death signal, then the look at the parent: it may be gone already. */
static _Noreturn void
run_child(const Setup *setup)
{
    (void) umask(setup->run->makes_public_files ? 022 : 077);
    if (setsid() >= 0 && become(setup->run) && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == setup->parent &&
        chdir("/") == 0 && apply_limits(setup->run) && reset_signals() && keep_only(setup))
        execve(setup->path, (char *const *) setup->run->argv, setup->env);
    int failed = errno;
    ssize_t told = write(setup->report, &failed, sizeof failed);
    _exit(told == sizeof failed ? EXIT_NOT_STARTED : EXIT_NOT_STARTED - 1);
}

/* With all signals blocked across the fork, no handler of ours ever runs in the child. */
static pid_t
fork_child(const Setup *setup)
{
    sigset_t all, old;
    (void) sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &old) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        run_child(setup);
    int failed = errno;
    (void) pthread_sigmask(SIG_SETMASK, &old, NULL); /* a mask the kernel gave us is valid */
    errno = failed;
    return pid;
}

static bool
make_pipe(int *ret_read, int *ret_write)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    *ret_read = ends[0];
    *ret_write = ends[1];
    return true;
}

static bool
set_nonblocking(int fd)
{
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

/* Waits for the exec. Returns: 0, or the errno the child reports. */
static int
read_report(int report)
{
    int failed = 0;
    ssize_t got;
    do
        got = read(report, &failed, sizeof failed);
    while (got < 0 && errno == EINTR);
    return got == sizeof failed ? failed : 0;
}

/* The environment of the program, NULL-terminated. Only the list is new memory. */
static char **
make_environment(const AljRun *run)
{
    static const char *const always[] = { "PATH=/usr/sbin:/usr/bin", "LC_ALL=C", NULL };
    GPtrArray *words = g_ptr_array_new();
    for (const char *const *word = always; *word; word++)
        g_ptr_array_add(words, (char *) *word);
    for (const char *const *word = run->env; word && *word; word++)
        g_ptr_array_add(words, (char *) *word);
    g_ptr_array_add(words, NULL);
    return (char **) g_ptr_array_free(words, FALSE);
}

int
alj_child_start(const char *path, const AljRun *run, AljChild *ret)
{
    alj_autofd in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    alj_autofd out = -1, out_write = -1, err = -1, err_write = -1, report = -1, report_write = -1;
    if (in < 0 || !make_pipe(&out, &out_write) || !make_pipe(&err, &err_write) ||
        !make_pipe(&report, &report_write) || !set_nonblocking(out) || !set_nonblocking(err))
        return errno;
    g_autofree char **env = make_environment(run);
    const Setup setup = {
        .path = path,
        .run = run,
        .env = env,
        .in = in,
        .out = out_write,
        .err = err_write,
        .report = report_write,
        .parent = getpid(),
    };
    AljChild child = { .pid = fork_child(&setup), .pidfd = -1, .out = -1, .err = -1 };
    if (child.pid < 0)
        return errno;
    (void) close(alj_steal_fd(&report_write)); /* or the end of the pipe would never come */
    int failed = read_report(report);
    child.pidfd = pidfd_open(child.pid, 0);
    if (failed == 0 && child.pidfd < 0)
        failed = errno;
    if (failed != 0) {
        alj_child_signal(&child, SIGKILL);
        (void) alj_child_reap(&child);
        return failed;
    }
    child.out = alj_steal_fd(&out);
    child.err = alj_steal_fd(&err);
    *ret = child;
    return 0;
}

void
alj_child_signal(const AljChild *child, int number)
{
    if (kill(-child->pid, number) < 0) /* no such group: it failed before it had its own */
        (void) kill(child->pid, number);
}

int
alj_child_reap(AljChild *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    alj_autofd_clear(&child->pidfd);
    alj_autofd_clear(&child->out);
    alj_autofd_clear(&child->err);
    *child = (AljChild) ALJ_CHILD_INIT;
    return status;
}
