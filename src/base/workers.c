/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads on demand behind a queue. A thread that sits in an uninterruptible system call cannot be ended, so the
 * queue is counted: it lives as long as its owner or its last thread. POSIX primitives, because
 * ThreadSanitizer understands them; waits use the monotonic clock.
 */
#include "base/workers.h"

#include "base/guard.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define IDLE_SECONDS 5
#define STACK_BYTES  (8 * 1024 * 1024) /* what libraries expect (Ceph's needs more than 512 KiB); taken as it is used */
#define MAX_REPLACED 2

typedef struct Work {
    AljWorkFunc func;
    void *data;
} Work;

typedef struct Running {
    gint64 since_usec;
} Running;

struct AljWorkers {
    pthread_mutex_t mutex;
    pthread_cond_t wake;  /* for workers: work or stop */
    pthread_cond_t ended; /* for the stopper: a thread has gone */
    GQueue queue;         /* of Work */
    GSList *running;      /* of Running, on the workers' stacks */
    char name[16];
    unsigned max_threads, max_queue, replaced;
    unsigned threads, idle;
    GArray *left; /* of pthread_t: threads that have ended and are not joined yet */
    unsigned refs; /* owner + threads */
    bool stopping, is_orphan;
};

AljWorkers *
alj_workers_new(const char *name, unsigned max_threads, unsigned max_queue)
{
    pthread_condattr_t monotonic;
    AljWorkers *workers = g_new0(AljWorkers, 1);
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&workers->wake, &monotonic);
    pthread_cond_init(&workers->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    g_queue_init(&workers->queue);
    workers->left = g_array_new(false, false, sizeof(pthread_t));
    g_strlcpy(workers->name, name, sizeof workers->name);
    workers->max_threads = max_threads;
    workers->max_queue = max_queue;
    workers->refs = 1;
    return workers;
}

/* Called with the mutex held; releases it. */
static void
unref_and_unlock(AljWorkers *workers)
{
    bool last = --workers->refs == 0;
    pthread_mutex_unlock(&workers->mutex);
    if (!last)
        return;
    g_queue_clear_full(&workers->queue, g_free);
    g_array_unref(workers->left);
    pthread_cond_destroy(&workers->wake);
    pthread_cond_destroy(&workers->ended);
    pthread_mutex_destroy(&workers->mutex);
    g_free(workers);
}

/*
 * Called with the mutex held. What is joined here has nothing left to do but to free what libraries keep per thread, and needs no lock of
 * ours for it; without this, stopping would return while that goes on.
 */
static void
join_left(AljWorkers *workers)
{
    for (guint i = 0; i < workers->left->len; i++)
        pthread_join(g_array_index(workers->left, pthread_t, i), NULL);
    g_array_set_size(workers->left, 0);
}

static struct timespec
after(gint64 usec)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    gint64 nsec = when.tv_nsec + usec % G_USEC_PER_SEC * 1000;
    when.tv_sec += (time_t) (usec / G_USEC_PER_SEC + nsec / 1000000000);
    when.tv_nsec = (long) (nsec % 1000000000);
    return when;
}

/* Called with the mutex held. Returns NULL when the thread should leave. */
static Work *
next_work(AljWorkers *workers)
{
    struct timespec until = after(IDLE_SECONDS * G_USEC_PER_SEC);
    int waited = 0;
    while (g_queue_is_empty(&workers->queue) && !workers->stopping && waited != ETIMEDOUT) {
        workers->idle++;
        waited = pthread_cond_timedwait(&workers->wake, &workers->mutex, &until);
        workers->idle--;
    }
    return g_queue_pop_head(&workers->queue);
}

/* Threads whose queue was freed while they worked. Each joins the one that ended before it, so only the last one is left. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    unsigned running;
    bool has_last;
    pthread_t last;
} orphans = { .mutex = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

static void
end_orphan(void)
{
    pthread_mutex_lock(&orphans.mutex);
    bool has_other = orphans.has_last;
    pthread_t other = orphans.last;
    orphans.last = pthread_self();
    orphans.has_last = true;
    orphans.running--;
    pthread_cond_broadcast(&orphans.ended);
    pthread_mutex_unlock(&orphans.mutex);
    if (has_other)
        pthread_join(other, NULL);
}

/* A library that writes to a connection its server has closed gets an error then, and the program we may be embedded in lives on. */
static void
block_sigpipe(void)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    (void) pthread_sigmask(SIG_BLOCK, &pipe, NULL); /* fails for numbers that are no signals only */
}

static void *
worker(void *data)
{
    AljWorkers *workers = data;
    block_sigpipe();
    pthread_setname_np(pthread_self(), workers->name);
    pthread_mutex_lock(&workers->mutex);
    for (Work *work = NULL; (work = next_work(workers)) != NULL;) {
        Running running = { g_get_monotonic_time() };
        workers->running = g_slist_prepend(workers->running, &running);
        pthread_mutex_unlock(&workers->mutex);
        work->func(work->data);
        g_free(work);
        pthread_mutex_lock(&workers->mutex);
        workers->running = g_slist_remove(workers->running, &running);
    }
    pthread_t self = pthread_self();
    bool is_orphan = workers->is_orphan;
    if (!is_orphan)
        g_array_append_val(workers->left, self);
    workers->threads--;
    pthread_cond_broadcast(&workers->ended);
    unref_and_unlock(workers);
    if (is_orphan)
        end_orphan();
    return NULL;
}

/* Called with the mutex held. A failure to start leaves the work to the threads there are. */
static bool
start_thread(AljWorkers *workers)
{
    pthread_attr_t attr;
    pthread_t thread;
    join_left(workers);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = pthread_create(&thread, &attr, worker, workers);
    pthread_attr_destroy(&attr);
    if (failed != 0) {
        g_warning("cannot start a thread for '%s': %s", workers->name, g_strerror(failed));
        return false;
    }
    workers->threads++;
    workers->refs++;
    return true;
}

bool
alj_workers_push(AljWorkers *workers, AljWorkFunc func, void *data)
{
    ALJ_LOCK(&workers->mutex);
    if (workers->stopping || (workers->max_queue > 0 && workers->queue.length >= workers->max_queue))
        return false;
    if (workers->idle <= workers->queue.length && workers->threads < workers->max_threads + workers->replaced &&
        !start_thread(workers) && workers->threads == 0)
        return false;
    Work *work = g_new(Work, 1);
    *work = (Work){ func, data };
    g_queue_push_tail(&workers->queue, work);
    pthread_cond_signal(&workers->wake);
    return true;
}

gint64
alj_workers_busy_usec(AljWorkers *workers)
{
    ALJ_LOCK(&workers->mutex);
    gint64 now = g_get_monotonic_time(), longest = 0;
    for (GSList *item = workers->running; item; item = item->next)
        longest = MAX(longest, now - ((Running *) item->data)->since_usec);
    return longest;
}

bool
alj_workers_replace(AljWorkers *workers)
{
    ALJ_LOCK(&workers->mutex);
    if (workers->replaced >= MAX_REPLACED || workers->stopping)
        return false;
    workers->replaced++;
    if (!g_queue_is_empty(&workers->queue))
        (void) start_thread(workers); /* if not now, the next push tries again */
    return true;
}

bool
alj_workers_stop(AljWorkers *workers, gint64 wait_usec)
{
    struct timespec until = after(wait_usec);
    int waited = 0;
    ALJ_LOCK(&workers->mutex);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->wake);
    while (workers->threads > 0 && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&workers->ended, &workers->mutex, &until);
    join_left(workers);
    return workers->threads == 0;
}

void
alj_workers_free(AljWorkers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->mutex);
    bool is_idle = workers->idle == workers->threads && g_queue_is_empty(&workers->queue);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->wake);
    while (is_idle && workers->threads > 0) /* they leave at once; one that works may be the caller, or stuck */
        pthread_cond_wait(&workers->ended, &workers->mutex);
    join_left(workers);
    workers->is_orphan = true;
    pthread_mutex_lock(&orphans.mutex);
    orphans.running += workers->threads;
    pthread_mutex_unlock(&orphans.mutex);
    unref_and_unlock(workers);
}

bool
alj_workers_drain(gint64 wait_usec)
{
    struct timespec until = after(wait_usec);
    int waited = 0;
    pthread_mutex_lock(&orphans.mutex);
    while (orphans.running > 0 && waited != ETIMEDOUT)
        waited = pthread_cond_clockwait(&orphans.ended, &orphans.mutex, CLOCK_MONOTONIC, &until);
    bool has_last = orphans.has_last, are_gone = orphans.running == 0;
    pthread_t last = orphans.last;
    orphans.has_last = false;
    pthread_mutex_unlock(&orphans.mutex);
    if (has_last)
        pthread_join(last, NULL);
    return are_gone;
}
