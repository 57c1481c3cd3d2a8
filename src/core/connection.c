/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections of pools. Counted: the pool has a reference while it is up, and each call that uses it until it ends, so a stop never
 * pulls it from under running work. `connect` may wait for a server and runs on the worker that needs it; `disconnect` may take
 * seconds and runs on a thread nobody waits for. No lock is held across either.
 */
#include "core/connection.h"

#include "base/guard.h"
#include "core/core_private.h"

#include <time.h>

#define LOOK_USEC 100000 /* how often who waits looks whether it is to end */

struct AljConnection {
    AljRefs refs;
    AljCore *core;
    void *data;
    void (*disconnect)(void *data);
};

static void
end(void *data)
{
    AljConnection *connection = data;
    connection->disconnect(connection->data);
    g_free(connection);
}

void
alj_connection_unref(AljConnection *connection)
{
    if (connection && alj_refs_dec(&connection->refs) && !alj_workers_push(connection->core->closers, end, connection))
        end(connection); /* no thread is to be had */
}

static AljConnection *
connection_ref(AljConnection *connection)
{
    alj_refs_inc(&connection->refs);
    return connection;
}

/* With the pool's mutex held, which is given back meanwhile. */
static void
wait_for_other(AljPool *pool)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_USEC * 1000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void) pthread_cond_clockwait(&pool->connected, &pool->mutex, CLOCK_MONOTONIC, &until); /* the caller looks why it woke */
}

/* Returns: whether there is one, or it is for the caller to make it (*@ret NULL). */
static bool
find_or_begin(AljPool *pool, AljTask *task, AljConnection **ret, unsigned *ret_epoch, GError **error)
{
    ALJ_LOCK(&pool->mutex);
    while (!pool->connection && pool->is_connecting) {
        if (!alj_task_check(task, "connecting", error))
            return false;
        wait_for_other(pool);
    }
    *ret = pool->connection ? connection_ref(pool->connection) : NULL;
    *ret_epoch = pool->connection_epoch;
    pool->is_connecting = !pool->connection;
    return true;
}

/* @connection: (nullable) what was made. A pool that went down meanwhile does not keep it. */
static void
conclude(AljPool *pool, AljConnection *connection, unsigned epoch)
{
    ALJ_LOCK(&pool->mutex);
    if (pool->connection_epoch != epoch)
        return; /* others may be connecting by now */
    pool->is_connecting = false;
    pool->connection = connection ? connection_ref(connection) : NULL;
    pthread_cond_broadcast(&pool->connected);
}

static AljConnection *
make(AljPool *pool, AljCall *call, const AljPoolDef *def, GError **error)
{
    const AljBackend *backend = alj_core_backend(pool->core, def->type);
    void *data = backend->connect(call, def, error);
    if (!data)
        return NULL;
    AljConnection *connection = g_new0(AljConnection, 1);
    alj_refs_init(&connection->refs);
    connection->core = pool->core;
    connection->data = data;
    connection->disconnect = backend->disconnect;
    return connection;
}

void *
alj_connection_get(AljPool *pool, AljCall *call, const AljPoolDef *def, GError **error)
{
    AljConnection *connection = call->connection;
    unsigned epoch;
    if (connection)
        return connection->data;
    if (!alj_core_backend(pool->core, def->type)->connect) {
        alj_fail(error, ALJ_ERROR_NO_SUPPORT, "pools of this type have no connection");
        return NULL;
    }
    if (!find_or_begin(pool, call->task, &connection, &epoch, error))
        return NULL;
    if (!connection) {
        connection = make(pool, call, def, error);
        conclude(pool, connection, epoch);
    }
    call->connection = connection;
    return connection ? connection->data : NULL;
}

static AljConnection *
take_from(AljPool *pool)
{
    ALJ_LOCK(&pool->mutex);
    pool->connection_epoch++;
    pool->is_connecting = false;
    pthread_cond_broadcast(&pool->connected);
    return g_steal_pointer(&pool->connection);
}

void
alj_connection_drop(AljPool *pool)
{
    alj_connection_unref(take_from(pool));
}
