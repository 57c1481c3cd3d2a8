/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * AljKeepalive: when to ping a client, to answer it, and to give it up. Pure arithmetic on
 * times of g_get_monotonic_time(); zeroed memory is a client that uses no keepalive.
 */
typedef struct AljKeepalive {
    bool is_wanted;        /* the client asked for the feature: it may be pinged */
    bool is_used;          /* the client has pinged, or asked for the feature */
    unsigned n_unanswered; /* pings without a sign of life */
    unsigned n_owed;       /* answers held back */
    gint64 heard_usec;     /* last sign of life */
    gint64 pong_usec;      /* last answer */
} AljKeepalive;

typedef enum AljKeepaliveStep {
    ALJ_KEEPALIVE_NOTHING,
    ALJ_KEEPALIVE_SEND_PING,
    ALJ_KEEPALIVE_SEND_PONG,
    ALJ_KEEPALIVE_DEAD
} AljKeepaliveStep;

/** alj_keepalive_want: the client asked for the feature. */
void alj_keepalive_want(AljKeepalive *keepalive, gint64 now_usec);

/** alj_keepalive_heard: something came from the client. */
void alj_keepalive_heard(AljKeepalive *keepalive, gint64 now_usec);

/** alj_keepalive_pinged: the client wants an answer. Returns: SEND_PONG, or NOTHING if it comes later with a step. */
AljKeepaliveStep alj_keepalive_pinged(AljKeepalive *keepalive, gint64 now_usec);

/**
 * alj_keepalive_step:
 * @is_deaf: the connection is not being read because too much waits; then its pings are answered unseen
 * What is due now; to be called again until it says NOTHING.
 */
AljKeepaliveStep alj_keepalive_step(AljKeepalive *keepalive, gint64 now_usec, bool is_deaf);

/** alj_keepalive_due: when alj_keepalive_step() has something to do, or G_MAXINT64. */
gint64 alj_keepalive_due(const AljKeepalive *keepalive, bool is_deaf);
