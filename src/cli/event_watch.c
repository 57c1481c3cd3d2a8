/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for events until one has come, the time is over or Control-C. */
#include "cli/event_watch.h"

#include "cli/interrupt.h"
#include "cli/value.h"

#include <stdio.h>
#include <stdlib.h>

bool
alj_event_watch_kind(AljCli *cli, const AljArgs *args, const char *const *kinds, int *ret_kind)
{
    const char *event = alj_args_text(args, "event");
    *ret_kind = -1;
    if (alj_args_has(args, "list")) {
        for (const char *const *kind = kinds; *kind; kind++)
            alj_cli_print(cli, "%s\n", *kind);
        return true;
    }
    if (!event)
        return alj_cli_fail(cli, "either --list or --event <type> is required") == EXIT_SUCCESS;
    *ret_kind = alj_word_find(kinds, event);
    return *ret_kind >= 0 || alj_cli_fail(cli, "unknown event type %s", event) == EXIT_SUCCESS;
}

bool
alj_event_watch_prints(AljEventWatch *watch)
{
    if (!watch->is_loop && watch->n_seen > 0)
        return false; /* it came along with the one that was waited for */
    watch->n_seen++;
    if (watch->has_timestamp) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autofree char *text = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
        alj_cli_print(watch->cli, "%s.%03d+0000: ", text, g_date_time_get_microsecond(now) / 1000);
    }
    return true;
}

/* Returns false when the connection is gone. @deadline_usec 0: none. */
static bool
wait_events(AljCli *cli, AljEventWatch *watch, gint64 deadline_usec)
{
    AljibeConn *conn = cli->conn;
    for (;;) {
        if (aljibe_conn_process(conn, 0, alj_cli_error(cli)) < 0)
            return false;
        gint64 left_usec = deadline_usec - g_get_monotonic_time();
        if (watch->n_seen > 0 && !watch->is_loop)
            return true;
        if (alj_interrupt_seen()) {
            alj_cli_print(cli, _("event loop interrupted\n"));
            return true;
        }
        if (deadline_usec && left_usec <= 0) {
            alj_cli_print(cli, _("event loop timed out\n"));
            return true;
        }
        /* once a second at least, because keep-alive messages are sent from aljibe_conn_process() */
        (void) alj_interrupt_poll(aljibe_conn_get_fd(conn), /* the next round looks for itself */
                                  deadline_usec && left_usec < 1000000 ? (int) (left_usec / 1000 + 1) : 1000);
    }
}

int
alj_event_watch_run(AljCli *cli, const AljArgs *args, AljEventAdd add, void *object, int kind)
{
    AljEventWatch watch = { .cli = cli,
                            .is_loop = alj_args_has(args, "loop"),
                            .has_timestamp = alj_args_has(args, "timestamp") };
    uint64_t timeout_sec = alj_args_number(args, "timeout");
    gint64 deadline_usec = timeout_sec ? g_get_monotonic_time() + (gint64) timeout_sec * G_USEC_PER_SEC : 0;
    g_auto(AljInterrupt) interrupt;
    alj_interrupt_watch(&interrupt);
    int id = add(&watch, object, kind, alj_cli_error(cli));
    if (id < 0)
        return EXIT_FAILURE;
    bool is_connected = wait_events(cli, &watch, deadline_usec);
    alj_cli_print(cli, _("events received: %u\n"), watch.n_seen);
    if (!is_connected)
        return EXIT_FAILURE;
    if (aljibe_conn_remove_events(cli->conn, id, alj_cli_error(cli)) < 0)
        return EXIT_FAILURE;
    return watch.n_seen > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
