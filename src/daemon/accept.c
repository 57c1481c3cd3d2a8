/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Listening sockets as event sources. When the process has no descriptor left, one that is kept for the purpose is given up for a
 * moment, so that the queue of the socket moves on and the loop does not spin. Loop thread.
 */
#include "daemon/service_private.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PER_WAKE_MAX 64
#define PAUSE_USEC   (100 * 1000)

typedef struct Listener {
    GSource source; /* must be first */
    AljService *service;
    int fd;
    gpointer fd_tag;
    bool is_readonly, is_paused;
} Listener;

/* No descriptor for the newcomer: the oldest who said nothing goes, else the newcomer does. */
static void
relieve(Listener *listener)
{
    AljService *service = listener->service;
    AljLogFields about = ALJ_LOG_NONE;
    AljConn *oldest = g_queue_peek_head(&service->unopened);
    alj_log(G_LOG_LEVEL_WARNING, &about, "out of file descriptors with %u clients", service->clients.length);
    if (oldest) {
        alj_conn_close(oldest);
        return;
    }
    if (service->spare_fd >= 0)
        close(service->spare_fd);
    int refused = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (refused >= 0)
        close(refused);
    service->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
pause_listener(Listener *listener, bool pause)
{
    if (listener->is_paused == pause)
        return;
    listener->is_paused = pause;
    g_source_modify_unix_fd(&listener->source, listener->fd_tag, pause ? 0 : G_IO_IN);
    g_source_set_ready_time(&listener->source, pause ? g_get_monotonic_time() + PAUSE_USEC : -1);
}

static gboolean
dispatch(GSource *source, GSourceFunc func, gpointer data)
{
    Listener *listener = (Listener *) source;
    for (unsigned i = 0; i < PER_WAKE_MAX; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            alj_service_add(listener->service, fd, listener->is_readonly, false);
        } else if (errno == EMFILE || errno == ENFILE) {
            relieve(listener);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR && errno != ECONNABORTED) { /* out of memory and the like: later again */
            pause_listener(listener, true);
            return G_SOURCE_CONTINUE;
        }
    }
    pause_listener(listener, false);
    return G_SOURCE_CONTINUE;
}

static void
finalize(GSource *source)
{
    close(((Listener *) source)->fd);
}

static GSourceFuncs listener_funcs = { .dispatch = dispatch, .finalize = finalize };

void
alj_service_listen(AljService *service, int take_fd, bool is_readonly)
{
    Listener *listener = (Listener *) g_source_new(&listener_funcs, sizeof(Listener));
    listener->service = service;
    listener->fd = take_fd;
    listener->is_readonly = is_readonly;
    (void) fcntl(take_fd, F_SETFL, fcntl(take_fd, F_GETFL) | O_NONBLOCK); /* a socket handed to us may not be */
    listener->fd_tag = g_source_add_unix_fd(&listener->source, take_fd, G_IO_IN);
    g_source_set_static_name(&listener->source, "aljibe listener");
    g_source_set_can_recurse(&listener->source, true); /* as in connection.c */
    (void) g_source_attach(&listener->source, service->context);
    service->listeners = g_slist_prepend(service->listeners, &listener->source);
}
