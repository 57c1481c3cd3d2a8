/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of one run: settings, the connection, the error that waits to be told. Nothing else of the
 * command writes to standard error, and nothing else opens connections. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
alj_cli_clear(AljCli *cli)
{
    alj_cli_disconnect(cli);
    aljibe_error_free(g_steal_pointer(&cli->error));
    g_clear_pointer(&cli->uri, g_free);
}

void
alj_cli_disconnect(AljCli *cli)
{
    g_clear_pointer(&cli->conn, aljibe_conn_unref);
}

/* What to do about a server that is not there; the library has said which socket it tried. */
static void
print_hint(const AljCli *cli, const AljibeError *error)
{
    int code = error ? aljibe_error_code(error) : 0;
    const char *manager = cli->uri && strstr(cli->uri, ":///session") ? "systemctl --user" : "systemctl";
    bool is_remote = !cli->uri || !g_str_has_prefix(cli->uri, "embed:");
    if (is_remote && (code == ALJIBE_ERR_SYSTEM || code == ALJIBE_ERR_NO_CONNECT))
        fprintf(stderr, _("hint: '%s start aljibed' starts a server; -c embed:///DIR works without one\n"),
                manager);
}

static AljibeConn *
dial(AljCli *cli)
{
    return aljibe_conn_open(cli->uri, cli->is_readonly ? ALJIBE_CONN_READONLY : 0, alj_cli_error(cli));
}

/* A server without keep-alive is as good. */
static bool
set_keepalive(AljCli *cli)
{
    return cli->keepalive_interval_sec == 0 ||
           aljibe_conn_set_keepalive(cli->conn, cli->keepalive_interval_sec, cli->keepalive_count,
                                     alj_cli_error(cli)) >= 0;
}

static bool
open_conn(AljCli *cli)
{
    cli->conn = dial(cli);
    if (!cli->conn) {
        (void) alj_cli_fail(cli, "failed to connect to the storage server");
        g_autoptr(AljibeError) error = g_steal_pointer(&cli->error);
        (void) alj_cli_fail_text(cli, error ? aljibe_error_message(error) : _("no reason was given"));
        print_hint(cli, error);
        return false;
    }
    if (!set_keepalive(cli)) {
        (void) alj_cli_fail(cli, "cannot set up keep-alive messages");
        alj_cli_report(cli);
        return false;
    }
    return true;
}

AljibeConn *
alj_cli_try_conn(AljCli *cli)
{
    if (!cli->conn)
        cli->conn = dial(cli);
    if (cli->conn && !set_keepalive(cli))
        alj_cli_disconnect(cli);
    return cli->conn;
}

AljibeConn *
alj_cli_conn(AljCli *cli)
{
    if (cli->conn && !aljibe_conn_is_alive(cli->conn)) {
        (void) alj_cli_fail(cli, "the connection was lost, connecting again");
        alj_cli_disconnect(cli);
    }
    if (!cli->conn) {
        cli->cannot_connect = !open_conn(cli);
        if (cli->cannot_connect)
            alj_cli_disconnect(cli);
    }
    return cli->conn;
}

AljibeError **
alj_cli_error(AljCli *cli)
{
    aljibe_error_free(g_steal_pointer(&cli->error));
    return &cli->error;
}

void
alj_cli_print(AljCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void
alj_cli_say(AljCli *cli, const char *format, ...)
{
    va_list args;
    if (cli->is_quiet)
        return;
    va_start(args, format);
    vprintf(gettext(format), args);
    va_end(args);
}

int
alj_cli_fail_text(AljCli *cli, const char *text)
{
    (void) fflush(stdout); /* so that both streams on one terminal keep their order */
    fprintf(stderr, "error: %s\n", text);
    return EXIT_FAILURE;
}

int
alj_cli_fail(AljCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(gettext(format), args);
    va_end(args);
    return alj_cli_fail_text(cli, text);
}

int
alj_cli_fail_lines(AljCli *cli, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        (void) alj_cli_fail_text(cli, *line);
    return EXIT_FAILURE;
}

void
alj_cli_report(AljCli *cli)
{
    if (cli->error)
        (void) alj_cli_fail_text(cli, aljibe_error_message(cli->error));
    aljibe_error_free(g_steal_pointer(&cli->error));
}
