/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * News about pools and secrets go to all subscribers on the thread that made them. A subscriber may be called by several threads at
 * once; who leaves waits until no call to it runs.
 */
#include "core/events_private.h"

#include "base/guard.h"

typedef struct Subscriber {
    unsigned id, calls; /* calls that run now */
    bool is_leaving;
    AljEventFunc func;
    void *data;
} Subscriber;

struct AljEvents {
    pthread_mutex_t mutex;
    pthread_cond_t returned;
    GPtrArray *subscribers; /* of Subscriber */
    unsigned last_id;
};

AljEvents *
alj_events_new(void)
{
    AljEvents *events = g_new0(AljEvents, 1);
    pthread_mutex_init(&events->mutex, NULL);
    pthread_cond_init(&events->returned, NULL);
    events->subscribers = g_ptr_array_new_with_free_func(g_free);
    return events;
}

void
alj_events_free(AljEvents *events)
{
    if (!events)
        return;
    g_ptr_array_unref(events->subscribers);
    pthread_cond_destroy(&events->returned);
    pthread_mutex_destroy(&events->mutex);
    g_free(events);
}

unsigned
alj_events_subscribe(AljEvents *events, AljEventFunc func, void *data)
{
    ALJ_LOCK(&events->mutex);
    Subscriber *subscriber = g_new0(Subscriber, 1);
    subscriber->id = ++events->last_id;
    subscriber->func = func;
    subscriber->data = data;
    g_ptr_array_add(events->subscribers, subscriber);
    return subscriber->id;
}

void
alj_events_unsubscribe(AljEvents *events, unsigned id)
{
    ALJ_LOCK(&events->mutex);
    for (unsigned i = 0; i < events->subscribers->len; i++) {
        Subscriber *subscriber = g_ptr_array_index(events->subscribers, i);
        if (subscriber->id != id)
            continue;
        subscriber->is_leaving = true;
        while (subscriber->calls > 0)
            pthread_cond_wait(&events->returned, &events->mutex);
        g_ptr_array_remove(events->subscribers, subscriber);
        return;
    }
}

static void
tell_all(AljEvents *events, const AljEvent *event)
{
    g_autoptr(GPtrArray) called = g_ptr_array_new();
    pthread_mutex_lock(&events->mutex);
    for (unsigned i = 0; i < events->subscribers->len; i++) {
        Subscriber *subscriber = g_ptr_array_index(events->subscribers, i);
        if (subscriber->is_leaving)
            continue;
        subscriber->calls++;
        g_ptr_array_add(called, subscriber);
    }
    pthread_mutex_unlock(&events->mutex);
    for (unsigned i = 0; i < called->len; i++) {
        Subscriber *subscriber = g_ptr_array_index(called, i);
        subscriber->func(event, subscriber->data);
        ALJ_LOCK(&events->mutex);
        if (--subscriber->calls == 0)
            pthread_cond_broadcast(&events->returned);
    }
}

void
alj_events_send(AljEvents *events, AljEventKind kind, const AljPool *pool)
{
    AljEvent event = { .kind = kind, .uuid = *alj_pool_uuid(pool), .pool_name = alj_pool_name(pool) };
    tell_all(events, &event);
}

void
alj_events_send_secret(AljEvents *events, AljEventKind kind, const AljSecretDef *secret)
{
    AljEvent event = { .kind = kind, .uuid = secret->uuid, .secret = secret };
    tell_all(events, &event);
}
