/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-event: waits for changes of secrets and prints them. */
#include "cli/event_watch.h"
#include "cli/lookup.h"

#include <stdio.h>
#include <stdlib.h>

/* in the order of ALJIBE_SECRET_EVENTS_… */
static const char *const kinds[] = { "lifecycle", "value-changed", NULL };

static void
print_event(AljibeConn *conn, AljibeSecret *secret, AljibeSecretEvent event, void *data)
{
    static const char *const words[] = { [ALJIBE_SECRET_EVENT_DEFINED] = N_("Defined"),
                                         [ALJIBE_SECRET_EVENT_UNDEFINED] = N_("Undefined") };
    AljEventWatch *watch = data;
    if (!alj_event_watch_prints(watch))
        return;
    if (event == ALJIBE_SECRET_EVENT_VALUE_CHANGED)
        alj_cli_print(watch->cli, _("event 'value-changed' for secret %s\n"), aljibe_secret_get_uuid(secret));
    else
        alj_cli_print(watch->cli, _("event 'lifecycle' for secret %s: %s\n"), aljibe_secret_get_uuid(secret),
                      _((unsigned) event < G_N_ELEMENTS(words) ? words[event] : "unknown"));
    (void) fflush(stdout); /* somebody may be reading along */
}

static int
add(AljEventWatch *watch, void *secret, int kind, AljibeError **ret_error)
{
    return aljibe_conn_add_secret_events(watch->cli->conn, secret, kind, print_event, watch, ret_error);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeSecret) secret = NULL;
    int kind;
    if (!alj_event_watch_kind(cli, args, kinds, &kind))
        return EXIT_FAILURE;
    if (kind < 0)
        return EXIT_SUCCESS;
    if (!alj_cli_conn(cli))
        return EXIT_FAILURE;
    if (alj_args_has(args, "secret") && !(secret = alj_cli_need_secret(cli, args)))
        return EXIT_FAILURE;
    return alj_event_watch_run(cli, args, add, secret, kind);
}

const AljCommand alj_cmd_secret_event = {
    .name = "secret-event",
    .group = "secret",
    .summary = N_("wait for changes of secrets"),
    .description = N_("Waits for one event; with --loop for all until the time is over or Control-C."),
    .example = "aljibe secret-event --event value-changed --loop",
    .options = (const AljOption[]) {
        ALJ_OPT_VALUE("secret", ALJ_OPTION_SECRET, "only events of this secret"),
        ALJ_OPT_EVENTS(kinds),
        { 0 },
    },
    .run = run,
};
