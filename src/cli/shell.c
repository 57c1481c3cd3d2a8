/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands from standard input: an interactive shell with libedit, or plain lines from a pipe. libedit
 * keeps its state in globals, so the AljCli of the shell is one too. */
#include "cli/shell.h"

#include "cli/complete.h"
#include "cli/interrupt.h"
#include "cli/run.h"
#include "cli/token.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* after stdio.h, which it needs */
#include <editline/readline.h>

#define HISTORY_LINES 500
#define KEEP_ALIVE_MSEC 1000 /* servers ask every few seconds */

static AljCli *shell_cli;
static GPtrArray *proposals;

static void
run_line(AljCli *cli, const char *line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) batch = alj_args_parse_text(line, &error);
    if (batch)
        (void) alj_cli_run_batch(cli, batch);
    else
        (void) alj_cli_fail_lines(cli, error->message);
}

/* --- completion --- */

/* libedit's callback: the next proposal as a string for free(). */
static char *
next_proposal(const char *text, int state)
{
    if ((guint) state >= proposals->len)
        return NULL;
    g_autofree char *word = alj_token_quote(g_ptr_array_index(proposals, (guint) state));
    return strdup(word);
}

/* The words of the command the cursor is in, up to @start, and @text as the last. NULL if they are not
 * clear, as within quotes. */
static GPtrArray *
words_before(const char *line, int start, const char *text)
{
    g_autofree char *before = g_strndup(line, (gsize) start);
    GPtrArray *words = alj_token_last_command(before);
    if (words) {
        g_ptr_array_add(words, g_strdup(text));
        g_ptr_array_add(words, NULL);
    }
    return words;
}

static char **
complete_line(const char *text, int start, int end)
{
    AljCompleteFiles files = ALJ_COMPLETE_NO_FILES;
    g_autoptr(GPtrArray) words = words_before(rl_line_buffer, start, text);
    if (!words)
        return NULL;
    g_clear_pointer(&proposals, g_ptr_array_unref);
    proposals = alj_complete(shell_cli, (const char *const *) words->pdata, &files);
    rl_attempted_completion_over = files == ALJ_COMPLETE_NO_FILES; /* else libedit looks for files itself */
    return proposals->len > 0 ? rl_completion_matches(text, next_proposal) : NULL;
}

/* --- lines --- */

/* What libedit's callback leaves for read_line(). */
static char *typed_line; /* NULL at the end of the input */
static bool is_typed;

static void
take_line(char *line)
{
    typed_line = line;
    is_typed = true;
    rl_callback_handler_remove(); /* now, or it would draw the next prompt before the command has run */
}

/* Feeds libedit until a line is complete. While nobody types, a server that asks whether we are there gets
 * its answer; a lost connection is seen by the next command. Returns false when the line is to be dropped. */
static bool
type_line(AljCli *cli)
{
    g_auto(AljInterrupt) interrupt;
    alj_interrupt_watch(&interrupt);
    is_typed = false;
    rl_callback_handler_install(cli->is_readonly ? "aljibe > " : "aljibe # ", take_line);
    while (!is_typed) {
        short what = alj_interrupt_poll(STDIN_FILENO, cli->conn ? KEEP_ALIVE_MSEC : -1);
        if (alj_interrupt_seen()) {
            rl_callback_handler_remove();
            return false;
        }
        if (what & (POLLHUP | POLLERR | POLLNVAL))
            take_line(NULL); /* libedit would wait for more */
        else if (what)
            rl_callback_read_char();
        if (cli->conn)
            (void) aljibe_conn_process(cli->conn, 0, NULL);
    }
    return true;
}

/* The next line, for free(). NULL at the end of the input. */
static char *
read_line(AljCli *cli)
{
    while (!type_line(cli))
        alj_cli_print(cli, "\n");
    return g_steal_pointer(&typed_line);
}

static char *
history_file(void)
{
    g_autofree char *dir = g_build_filename(g_get_user_state_dir(), "aljibe", NULL);
    (void) g_mkdir_with_parents(dir, 0700); /* without it there is no history, which is no reason to stop */
    return g_build_filename(dir, "history", NULL);
}

static void
run_interactive(AljCli *cli)
{
    g_autofree char *history = history_file();
    shell_cli = cli;
    rl_readline_name = (char *) "aljibe";
    rl_attempted_completion_function = complete_line;
    rl_initialize();
    rl_basic_word_break_characters = " \t;"; /* not '=': "--pool=im" is one word */
    using_history();
    stifle_history(HISTORY_LINES);
    (void) read_history(history);
    alj_cli_say(cli, "Welcome to aljibe, the storage pool manager.\n\nType:  'help' for help with commands\n"
                     "       'quit' to quit\n\n");
    while (!cli->wants_quit) {
        char *line = read_line(cli);
        if (!line) {
            alj_cli_print(cli, "\n");
            break;
        }
        if (*line) {
            (void) add_history(line);
            (void) write_history(history); /* now, because Control-C during a command ends us */
        }
        run_line(cli, line);
        free(line);
    }
    g_clear_pointer(&proposals, g_ptr_array_unref);
}

static void
run_plain(AljCli *cli)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    while (!cli->wants_quit && (length = getline(&line, &size, stdin)) >= 0) {
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0'; /* a backslash there continues nothing */
        run_line(cli, line);
    }
    free(line);
}

int
alj_shell_run(AljCli *cli)
{
    cli->is_interactive = true;
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        run_interactive(cli);
    else
        run_plain(cli);
    return EXIT_SUCCESS;
}
