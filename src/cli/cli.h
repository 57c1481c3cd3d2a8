/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of the command: its settings, its connection, and how it speaks. */
#pragma once

#include "cli/args.h"

#include <aljibe/aljibe.h>
#include <glib.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljibeConn, aljibe_conn_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljibePool, aljibe_pool_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljibeVol, aljibe_vol_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljibeSecret, aljibe_secret_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljibeError, aljibe_error_free)

/**
 * AljCli: everything a command may use. One thread.
 * The error of the last library call stays in @error until the command is over; it is printed then if the
 * command failed. That
 * gives virsh's order of lines: the command's own words first, the server's after them.
 */
struct AljCli {
    char *uri; /* NULL: the library chooses */
    bool is_readonly;
    bool is_quiet;
    bool shows_time;
    bool is_interactive; /* commands come from standard input */
    bool wants_quit;     /* the shell or the rest of the batch ends after this command */
    bool cannot_connect; /* the last attempt failed and has been reported */
    /* Interval 0, the default: the server is never asked, and does not ask us either. It would cut off a
     * command that waits for an editor or a slow pipe and does not answer. */
    unsigned keepalive_interval_sec, keepalive_count;
    AljibeConn *conn;
    AljibeError *error;
};

void alj_cli_clear(AljCli *cli);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljCli, alj_cli_clear)

/**
 * alj_cli_conn:
 * The connection, opened when it is first needed and opened again when it was lost. Returns: borrowed, or
 * NULL after the failure was
 * reported.
 */
AljibeConn *alj_cli_conn(AljCli *cli);
/** alj_cli_try_conn: the connection, opened if that succeeds; without a word. Borrowed, or NULL. */
AljibeConn *alj_cli_try_conn(AljCli *cli);
/** alj_cli_disconnect: closes the connection if there is one. */
void alj_cli_disconnect(AljCli *cli);

/** alj_cli_error: where a library call may put its error; what was there is dropped. */
AljibeError **alj_cli_error(AljCli *cli);

/** alj_cli_print: to standard output, always, as it is. */
void alj_cli_print(AljCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** alj_cli_say: a sentence about success in the user's language, left out with --quiet. po/ takes it from here. */
void alj_cli_say(AljCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** alj_cli_fail: "error: " and the sentence in the user's language on standard error. Returns: EXIT_FAILURE. */
int alj_cli_fail(AljCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** alj_cli_fail_text: as alj_cli_fail(), with a text that is not ours or is translated already. */
int alj_cli_fail_text(AljCli *cli, const char *text);
/** alj_cli_fail_lines: as alj_cli_fail_text(), once per line of @text. */
int alj_cli_fail_lines(AljCli *cli, const char *text);
/** alj_cli_report: prints the error that is waiting, if there is one, and drops it. */
void alj_cli_report(AljCli *cli);
