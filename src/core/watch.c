/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlines of jobs and of questions to storage. A list without order: some hundred alarms at most, nearly all of which
 * are taken back long before they are due, so setting and unsetting must be cheap and the search for the next one,
 * done only when the thread wakes, need not be. Owns one thread, started with the first alarm.
 */
#include "core/watch.h"

#include "base/guard.h"

#include <errno.h>
#include <time.h>

struct AljWatch {
    pthread_mutex_t mutex;
    pthread_cond_t wake, called;
    GQueue alarms;        /* of AljAlarm */
    AljAlarm *running;    /* whose function runs now */
    gint64 sleeps_until;  /* 0: awake or without an end */
    pthread_t thread;
    bool has_thread, is_ending;
};

AljWatch *
alj_watch_new(void)
{
    pthread_condattr_t monotonic;
    AljWatch *watch = g_new0(AljWatch, 1);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&watch->mutex, NULL);
    pthread_cond_init(&watch->wake, &monotonic);
    pthread_cond_init(&watch->called, &monotonic);
    pthread_condattr_destroy(&monotonic);
    g_queue_init(&watch->alarms);
    return watch;
}

static AljAlarm *
earliest(AljWatch *watch)
{
    AljAlarm *first = NULL;
    for (GList *link = watch->alarms.head; link; link = link->next) {
        AljAlarm *alarm = link->data;
        if (!first || alarm->at_usec < first->at_usec)
            first = alarm;
    }
    return first;
}

static void
take_out(AljWatch *watch, AljAlarm *alarm)
{
    if (!alarm->link)
        return;
    g_queue_delete_link(&watch->alarms, alarm->link);
    alarm->link = NULL;
}

/* Sleeps until @at_usec, or without an end for 0, or until woken. Called with the mutex held. */
static void
sleep_until(AljWatch *watch, gint64 at_usec)
{
    watch->sleeps_until = at_usec > 0 ? at_usec : G_MAXINT64;
    if (at_usec > 0) {
        struct timespec at = { (time_t) (at_usec / G_USEC_PER_SEC), (long) (at_usec % G_USEC_PER_SEC * 1000) };
        pthread_cond_timedwait(&watch->wake, &watch->mutex, &at);
    } else {
        pthread_cond_wait(&watch->wake, &watch->mutex);
    }
    watch->sleeps_until = 0;
}

static void *
run_watch(void *data)
{
    AljWatch *watch = data;
    pthread_setname_np(pthread_self(), "watch");
    pthread_mutex_lock(&watch->mutex);
    while (!watch->is_ending) {
        AljAlarm *next = earliest(watch);
        if (!next || next->at_usec > g_get_monotonic_time()) {
            sleep_until(watch, next ? next->at_usec : 0);
            continue;
        }
        take_out(watch, next);
        watch->running = next;
        pthread_mutex_unlock(&watch->mutex);
        next->func(next->data);
        pthread_mutex_lock(&watch->mutex);
        watch->running = NULL;
        pthread_cond_broadcast(&watch->called);
    }
    pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

void
alj_watch_set(AljWatch *watch, AljAlarm *alarm, gint64 usec)
{
    ALJ_LOCK(&watch->mutex);
    take_out(watch, alarm);
    alarm->at_usec = g_get_monotonic_time() + usec;
    g_queue_push_tail(&watch->alarms, alarm);
    alarm->link = watch->alarms.tail;
    if (!watch->has_thread)
        watch->has_thread = pthread_create(&watch->thread, NULL, run_watch, watch) == 0;
    else if (alarm->at_usec < watch->sleeps_until)
        pthread_cond_signal(&watch->wake);
}

void
alj_watch_unset(AljWatch *watch, AljAlarm *alarm)
{
    ALJ_LOCK(&watch->mutex);
    while (watch->running == alarm)
        pthread_cond_wait(&watch->called, &watch->mutex);
    take_out(watch, alarm);
}

void
alj_watch_free(AljWatch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->is_ending = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->mutex);
    if (watch->has_thread)
        pthread_join(watch->thread, NULL);
    g_queue_clear(&watch->alarms);
    pthread_cond_destroy(&watch->wake);
    pthread_cond_destroy(&watch->called);
    pthread_mutex_destroy(&watch->mutex);
    g_free(watch);
}
