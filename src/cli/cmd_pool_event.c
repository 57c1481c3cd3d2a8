/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-event: waits for changes of pools and prints them. */
#include "cli/event_watch.h"
#include "cli/lookup.h"

#include <stdio.h>
#include <stdlib.h>

/* in the order of ALJIBE_EVENTS_… */
static const char *const kinds[] = { "lifecycle", "refresh", NULL };

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
    AljEventWatch *watch = data;
    if (!alj_event_watch_prints(watch))
        return;
    if (event == ALJIBE_EVENT_REFRESH)
        alj_cli_print(watch->cli, _("event 'refresh' for storage pool %s\n"), aljibe_pool_get_name(pool));
    else
        alj_cli_print(watch->cli, _("event 'lifecycle' for storage pool %s: %s\n"), aljibe_pool_get_name(pool),
                      event_text(event));
    (void) fflush(stdout); /* somebody may be reading along */
}

static int
add(AljEventWatch *watch, void *pool, int kind, AljibeError **ret_error)
{
    return aljibe_conn_add_events(watch->cli->conn, pool, kind, print_event, watch, ret_error);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibePool) pool = NULL;
    int kind;
    if (!alj_event_watch_kind(cli, args, kinds, &kind))
        return EXIT_FAILURE;
    if (kind < 0)
        return EXIT_SUCCESS;
    if (!alj_cli_conn(cli))
        return EXIT_FAILURE;
    if (alj_args_has(args, "pool") && !(pool = alj_cli_need_pool(cli, args, "pool")))
        return EXIT_FAILURE;
    return alj_event_watch_run(cli, args, add, pool, kind);
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
        ALJ_OPT_EVENTS(kinds),
        { 0 },
    },
    .run = run,
};
