/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-event: waits for changes of pools and prints them. */
#include "cli/interrupt.h"
#include "cli/lookup.h"
#include "cli/value.h"

#include <stdio.h>
#include <stdlib.h>

/* in the order of ALJIBE_EVENTS_… */
static const char *const kinds[] = { "lifecycle", "refresh", NULL };

typedef struct Watch {
    AljCli *cli;
    bool has_timestamp;
    bool is_loop;
    unsigned n_seen;
} Watch;

static const char *
event_text(AljibeEvent event)
{
    switch (event) {
    case ALJIBE_EVENT_DEFINED:
        return _("Defined");
    case ALJIBE_EVENT_UNDEFINED:
        return _("Undefined");
    case ALJIBE_EVENT_STARTED:
        return _("Started");
    case ALJIBE_EVENT_STOPPED:
        return _("Stopped");
    case ALJIBE_EVENT_CREATED:
        return _("Created");
    case ALJIBE_EVENT_DELETED:
        return _("Deleted");
    case ALJIBE_EVENT_REFRESH:
        break;
    }
    return _("unknown"); /* of a newer server */
}

static void
print_event(AljibeConn *conn, AljibePool *pool, AljibeEvent event, void *data)
{
    Watch *watch = data;
    if (!watch->is_loop && watch->n_seen > 0)
        return; /* it came along with the one that was waited for */
    watch->n_seen++;
    if (watch->has_timestamp) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autofree char *text = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
        alj_cli_print(watch->cli, "%s.%03d+0000: ", text, g_date_time_get_microsecond(now) / 1000);
    }
    if (event == ALJIBE_EVENT_REFRESH)
        alj_cli_print(watch->cli, _("event 'refresh' for storage pool %s\n"), aljibe_pool_get_name(pool));
    else
        alj_cli_print(watch->cli, _("event 'lifecycle' for storage pool %s: %s\n"), aljibe_pool_get_name(pool),
                      event_text(event));
    (void) fflush(stdout); /* somebody may be reading along */
}

/* Returns false when the connection is gone. @deadline_usec 0: none. */
static bool
wait_events(AljCli *cli, Watch *watch, gint64 deadline_usec)
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

static int
watch_events(AljCli *cli, const AljArgs *args, AljibePool *pool, int kind)
{
    Watch watch = { .cli = cli,
                    .is_loop = alj_args_has(args, "loop"),
                    .has_timestamp = alj_args_has(args, "timestamp") };
    uint64_t timeout_sec = alj_args_number(args, "timeout");
    gint64 deadline_usec = timeout_sec ? g_get_monotonic_time() + (gint64) timeout_sec * G_USEC_PER_SEC : 0;
    g_auto(AljInterrupt) interrupt;
    alj_interrupt_watch(&interrupt);
    int id = aljibe_conn_add_events(cli->conn, pool, kind, print_event, &watch, alj_cli_error(cli));
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

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *event = alj_args_text(args, "event");
    g_autoptr(AljibePool) pool = NULL;
    if (alj_args_has(args, "list")) {
        alj_cli_print(cli, "%s\n%s\n", kinds[ALJIBE_EVENTS_LIFECYCLE], kinds[ALJIBE_EVENTS_REFRESH]);
        return EXIT_SUCCESS;
    }
    if (!event)
        return alj_cli_fail(cli, "either --list or --event <type> is required");
    int kind = alj_word_find(kinds, event);
    if (kind < 0)
        return alj_cli_fail(cli, "unknown event type %s", event);
    if (!alj_cli_conn(cli))
        return EXIT_FAILURE;
    if (alj_args_has(args, "pool")) {
        pool = alj_cli_need_pool(cli, args, "pool");
        if (!pool)
            return EXIT_FAILURE;
    }
    return watch_events(cli, args, pool, kind);
}

const AljCommand alj_cmd_pool_event = {
    .name = "pool-event",
    .group = "pool",
    .summary = N_("wait for changes of pools"),
    .description = N_("Waits for one event; with --loop for all until the time is over or Control-C."),
    .example = "aljibe pool-event --event lifecycle --loop --timestamp\n"
               "aljibe pool-event images --event refresh --timeout 60",
    .options = (const AljOption[]) {
        ALJ_OPT_VALUE("pool", ALJ_OPTION_POOL, "only events of this pool"),
        { .name = "event", .kind = ALJ_OPTION_WORD, .words = kinds, .help = N_("kind of events to wait for") },
        ALJ_OPT_FLAG("loop", "go on after the first event"),
        { .name = "timeout", .kind = ALJ_OPTION_NUMBER, .min = 1, .max = G_MAXINT32 / 1000,
          .help = N_("seconds to wait") },
        ALJ_OPT_FLAG("list", "list the kinds of events"),
        ALJ_OPT_FLAG("timestamp", "print the time with each event"),
        { 0 },
    },
    .run = run,
};
