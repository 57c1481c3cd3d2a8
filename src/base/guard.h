/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guards for what GLib 2.74 has none for: descriptors and POSIX mutexes, bound to a scope. */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <unistd.h>

static inline void
alj_autofd_clear(int *fd)
{
    if (*fd >= 0)
        (void) close(*fd); /* a writer that cares has already fsynced */
}

/** alj_autofd: an int that holds a descriptor, or a negative number, and is closed when the scope ends. */
#define alj_autofd __attribute__((cleanup(alj_autofd_clear))) int

/** alj_steal_fd: moves a descriptor out of its guard and leaves -1. */
static inline int
alj_steal_fd(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

static inline void
alj_unlock_guard_clear(pthread_mutex_t **mutex)
{
    if (*mutex)
        pthread_mutex_unlock(*mutex);
}

static inline pthread_mutex_t *
alj_lock_now(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
    return mutex;
}

/** ALJ_LOCK: holds @mutex until the enclosing scope ends. POSIX mutexes, because TSan understands them. */
#define ALJ_LOCK(mutex)                                                                                      \
    __attribute__((cleanup(alj_unlock_guard_clear), unused)) pthread_mutex_t *G_PASTE(alj_guard_, __LINE__) = \
        alj_lock_now(mutex)
