/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keepalive clock of a connection. It only says what is due; connection.c sends. A client that never asked is never
 * pinged, so an idle daemon with idle clients of that kind sleeps.
 *
 * Answers go out at most once per second. A connection that we do not read (an upload is ahead of the disk) cannot show its
 * pings; any message from us counts as a sign of life for libvirt's client, so it gets answers at the pace of pings meanwhile.
 */
#include "daemon/keepalive.h"

#define INTERVAL_USEC  (5 * G_USEC_PER_SEC)
#define PONG_USEC      G_USEC_PER_SEC
#define UNANSWERED_MAX 5
#define OWED_MAX       5

void
alj_keepalive_want(AljKeepalive *keepalive, gint64 now_usec)
{
    keepalive->is_wanted = keepalive->is_used = true;
    keepalive->heard_usec = now_usec;
}

void
alj_keepalive_heard(AljKeepalive *keepalive, gint64 now_usec)
{
    keepalive->heard_usec = now_usec;
    keepalive->n_unanswered = 0;
}

AljKeepaliveStep
alj_keepalive_pinged(AljKeepalive *keepalive, gint64 now_usec)
{
    keepalive->is_used = true;
    if (keepalive->n_owed == 0 && (keepalive->pong_usec == 0 || now_usec - keepalive->pong_usec >= PONG_USEC)) {
        keepalive->pong_usec = now_usec;
        return ALJ_KEEPALIVE_SEND_PONG;
    }
    keepalive->n_owed = MIN(keepalive->n_owed + 1, OWED_MAX);
    return ALJ_KEEPALIVE_NOTHING;
}

static gint64
pong_due(const AljKeepalive *keepalive, bool is_deaf)
{
    if (keepalive->n_owed > 0)
        return keepalive->pong_usec + PONG_USEC;
    if (is_deaf && keepalive->is_used)
        return keepalive->pong_usec + INTERVAL_USEC;
    return G_MAXINT64;
}

static gint64
ping_due(const AljKeepalive *keepalive, bool is_deaf)
{
    if (!keepalive->is_wanted || is_deaf)
        return G_MAXINT64;
    return keepalive->heard_usec + INTERVAL_USEC * (keepalive->n_unanswered + 1);
}

gint64
alj_keepalive_due(const AljKeepalive *keepalive, bool is_deaf)
{
    return MIN(pong_due(keepalive, is_deaf), ping_due(keepalive, is_deaf));
}

AljKeepaliveStep
alj_keepalive_step(AljKeepalive *keepalive, gint64 now_usec, bool is_deaf)
{
    if (now_usec >= pong_due(keepalive, is_deaf)) {
        keepalive->n_owed -= keepalive->n_owed > 0;
        keepalive->pong_usec = now_usec;
        return ALJ_KEEPALIVE_SEND_PONG;
    }
    if (now_usec < ping_due(keepalive, is_deaf))
        return ALJ_KEEPALIVE_NOTHING;
    if (keepalive->n_unanswered >= UNANSWERED_MAX)
        return ALJ_KEEPALIVE_DEAD;
    keepalive->n_unanswered++;
    return ALJ_KEEPALIVE_SEND_PING;
}
