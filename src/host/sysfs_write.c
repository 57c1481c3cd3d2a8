/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing to sysfs, where a write may be a command that lasts until an adapter and all its devices have answered, and that nobody can end. So
 * each is made by a thread of its own, and whoever asked for it waits as long as he likes. What hangs is left to the kernel; until it
 * comes back nothing more is written to that attribute, so no more than one thread hangs in it. Any thread.
 */
#include "host/sysfs.h"

#include "base/guard.h"
#include "base/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#define LOOK_USEC (G_USEC_PER_SEC / 10) /* how often a wait looks whether it is to end */

typedef struct Writing {
    char *path, *text;
    bool is_done, is_left; /* written; nobody waits for it any more */
    int failed;
} Writing;

/* All writings there are, and what is said to those who wait for one: it has ended. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    GHashTable *paths; /* (nullable) of those under way */
} writings = { .mutex = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

static int
write_text(const char *path, const char *text)
{
    alj_autofd fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text));
    return written < 0 ? errno : (size_t) written == strlen(text) ? 0 : EIO;
}

static void
free_writing(Writing *writing)
{
    g_free(writing->path);
    g_free(writing->text);
    g_free(writing);
}

static void
run(void *data)
{
    Writing *writing = data;
    int failed = write_text(writing->path, writing->text);
    pthread_mutex_lock(&writings.mutex);
    writing->failed = failed;
    writing->is_done = true;
    (void) g_hash_table_remove(writings.paths, writing->path);
    bool is_left = writing->is_left;
    pthread_cond_broadcast(&writings.ended);
    pthread_mutex_unlock(&writings.mutex);
    if (is_left)
        free_writing(writing);
}

/* One round of waiting, with the mutex held. Returns: 0, or why there is no point in another. */
static int
wait_once(gint64 until_usec, const AljTask *task)
{
    struct timespec until;
    gint64 now_usec = g_get_monotonic_time(), to_usec = MIN(until_usec, now_usec + LOOK_USEC);
    if (now_usec >= until_usec)
        return ETIMEDOUT;
    if (!alj_task_check(task, "sysfs", NULL))
        return ECANCELED;
    until = (struct timespec){ to_usec / G_USEC_PER_SEC, to_usec % G_USEC_PER_SEC * 1000 };
    (void) pthread_cond_clockwait(&writings.ended, &writings.mutex, CLOCK_MONOTONIC, &until); /* whatever ended it, the loop looks */
    return 0;
}

/* Has @path for itself, with the mutex held. Returns: 0 or an errno. */
static int
claim(const char *path, gint64 until_usec, const AljTask *task)
{
    int failed = 0;
    if (!writings.paths)
        writings.paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    while (failed == 0 && g_hash_table_contains(writings.paths, path))
        failed = wait_once(until_usec, task);
    if (failed == 0)
        (void) g_hash_table_add(writings.paths, g_strdup(path));
    return failed;
}

/* Waits for the end of @take_writing, with the mutex held. Returns: 0 or an errno. */
static int
wait_for(Writing *take_writing, gint64 until_usec, const AljTask *task)
{
    int failed = 0;
    while (failed == 0 && !take_writing->is_done)
        failed = wait_once(until_usec, task);
    take_writing->is_left = !take_writing->is_done;
    if (take_writing->is_left)
        return failed;
    failed = take_writing->failed;
    free_writing(take_writing);
    return failed;
}

int
alj_sys_write(AljHost *host, const char *path, const char *text, gint64 usec, const AljTask *task)
{
    g_autofree char *at = alj_host_path(host, path);
    g_autoptr(AljWorkers) worker = alj_workers_new("sysfs", 1, 1);
    gint64 until_usec = g_get_monotonic_time() + usec;
    int failed = alj_host_gate(host, "write sysfs");
    ALJ_LOCK(&writings.mutex);
    failed = failed ? failed : claim(at, until_usec, task);
    if (failed != 0)
        return failed;
    Writing *writing = g_new0(Writing, 1);
    *writing = (Writing){ .path = g_strdup(at), .text = g_strdup(text) };
    if (alj_workers_push(worker, run, writing))
        return wait_for(writing, until_usec, task);
    (void) g_hash_table_remove(writings.paths, at);
    free_writing(writing);
    return EAGAIN; /* no thread can be started */
}
