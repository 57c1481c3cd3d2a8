/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints what happens to pools, from GLib's main loop. Usage: events-glib [URI]
 * cc events-glib.c $(pkg-config --cflags --libs libaljibe glib-2.0) -o events-glib
 */
#include <aljibe/aljibe.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>

#define KEEPALIVE_SEC 5

static const char *const names[] = { "defined", "undefined", "started", "stopped", "created", "deleted" };

static void
on_event(AljibeConn *conn, AljibePool *pool, AljibeEvent event, void *data)
{
    const char *name = event == ALJIBE_EVENT_REFRESH ? "refreshed" : event < G_N_ELEMENTS(names) ? names[event] : "changed";
    printf("%s %s\n", aljibe_pool_get_name(pool), name);
    fflush(stdout);
}

typedef struct Watch {
    AljibeConn *conn;
    GMainLoop *loop;
} Watch;

static gboolean
process(Watch *watch)
{
    AljibeError *error = NULL;
    if (aljibe_conn_process(watch->conn, 0, &error) >= 0)
        return G_SOURCE_CONTINUE;
    fprintf(stderr, "error: %s\n", aljibe_error_message(error));
    aljibe_error_free(error);
    g_main_loop_quit(watch->loop);
    return G_SOURCE_REMOVE;
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer data)
{
    return process(data);
}

/** Pings are sent by aljibe_conn_process(), so it wants to be called when nothing comes, too. */
static gboolean
on_second(gpointer data)
{
    return process(data);
}

static gboolean
on_interrupt(gpointer data)
{
    g_main_loop_quit(((Watch *) data)->loop);
    return G_SOURCE_CONTINUE;
}

int
main(int argc, char **argv)
{
    AljibeError *error = NULL;
    Watch watch = { aljibe_conn_open(argc > 1 ? argv[1] : NULL, 0, &error), NULL };
    if (!watch.conn || aljibe_conn_set_keepalive(watch.conn, KEEPALIVE_SEC, 3, &error) < 0
        || aljibe_conn_add_events(watch.conn, NULL, ALJIBE_EVENTS_LIFECYCLE, on_event, NULL, &error) < 0
        || aljibe_conn_add_events(watch.conn, NULL, ALJIBE_EVENTS_REFRESH, on_event, NULL, &error) < 0) {
        fprintf(stderr, "error: %s\n", aljibe_error_message(error));
        aljibe_error_free(error);
        aljibe_conn_unref(watch.conn);
        return EXIT_FAILURE;
    }
    watch.loop = g_main_loop_new(NULL, FALSE);
    g_unix_fd_add(aljibe_conn_get_fd(watch.conn), G_IO_IN | G_IO_HUP, on_readable, &watch);
    g_timeout_add_seconds(1, on_second, &watch);
    g_unix_signal_add(SIGINT, on_interrupt, &watch);
    g_unix_signal_add(SIGTERM, on_interrupt, &watch);
    g_main_loop_run(watch.loop);
    g_main_loop_unref(watch.loop);
    aljibe_conn_unref(watch.conn);
    return EXIT_SUCCESS;
}
