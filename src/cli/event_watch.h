/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for events: what pool-event and secret-event have in common. */
#pragma once

#include "cli/cli.h"

#define ALJ_OPT_EVENTS(kinds)                                                                           \
    { .name = "event", .kind = ALJ_OPTION_WORD, .words = kinds, .help = N_("kind of events to wait for") }, \
    ALJ_OPT_FLAG("loop", "go on after the first event"),                                                \
    { .name = "timeout", .kind = ALJ_OPTION_NUMBER, .min = 1, .max = G_MAXINT32 / 1000,                 \
      .help = N_("seconds to wait") },                                                                    \
    ALJ_OPT_FLAG("list", "list the kinds of events"),                                                   \
    ALJ_OPT_FLAG("timestamp", "print the time with each event")

/** AljEventWatch: one wait. */
typedef struct AljEventWatch {
    AljCli *cli;
    bool has_timestamp;
    bool is_loop;
    unsigned n_seen;
} AljEventWatch;

/**
 * alj_event_watch_kind:
 * @kinds: in the order of the library's numbers, ended by NULL
 * What --list and --event ask for. *@ret_kind: -1 if the kinds were listed and nothing is left to do.
 * Errors (reported): neither was given; no such kind.
 */
bool alj_event_watch_kind(AljCli *cli, const AljArgs *args, const char *const *kinds, int *ret_kind);

/** alj_event_watch_prints: for event functions: counts an event. Returns: whether it is to be printed; its time then is already. */
bool alj_event_watch_prints(AljEventWatch *watch);

/** AljEventAdd: registers what is waited for; returns an id or -1. @object: a pool or secret, NULL: all. */
typedef int (*AljEventAdd)(AljEventWatch *watch, void *object, int kind, AljibeError **ret_error);

/** alj_event_watch_run: waits as @args say and tells how many came. The connection is open. Returns: exit status. */
int alj_event_watch_run(AljCli *cli, const AljArgs *args, AljEventAdd add, void *object, int kind);
