/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread that calls functions at a time to come; asleep while nothing is due. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct AljWatch AljWatch;

/** AljAlarm: embedded in what it is about. Zeroed memory is an alarm that is not set. */
typedef struct AljAlarm {
    gint64 at_usec;           /* g_get_monotonic_time() */
    void (*func)(void *data); /* on the watch's thread, no lock held; may set the alarm again; must not block */
    void *data;
    GList *link;              /* the watch's */
} AljAlarm;

AljWatch *alj_watch_new(void);

/** alj_watch_free: ends the thread. No alarm may be set any more. */
void alj_watch_free(AljWatch *watch);

/** alj_watch_set: (again) from now in @usec. */
void alj_watch_set(AljWatch *watch, AljAlarm *alarm, gint64 usec);

/** alj_watch_unset: afterwards the function is not running and will not be called. Not from within it. NULL-safe for unset ones. */
void alj_watch_unset(AljWatch *watch, AljAlarm *alarm);
