/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of secrets out of files, from the terminal, from the command line. What was read is wiped; blocks on the user. */
#include "cli/secret_input.h"

#include "base/guard.h"
#include "base/sealed.h"
#include "cli/file.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#define FILE_MAX_BYTES (2 * ALJIBE_SECRET_MAX_BYTES) /* base64 is longer than what it stands for */

/* Wipes @take_text. Nothing comes out of what is no base64. */
static GBytes *
decode(char *take_text, size_t length)
{
    gsize size = 0;
    if (length > 0)
        (void) g_base64_decode_inplace(take_text, &size); /* gives @take_text back */
    GBytes *value = alj_sealed_new(take_text, size);
    explicit_bzero(take_text, length);
    g_free(take_text);
    return value;
}

static GBytes *
read_from_file(AljCli *cli, const char *path, bool is_plain)
{
    size_t length;
    char *text = alj_cli_read_bytes(cli, path, FILE_MAX_BYTES, &length);
    if (!text)
        return NULL;
    if (!is_plain)
        return decode(text, length);
    GBytes *value = alj_sealed_new(text, length);
    explicit_bzero(text, length);
    g_free(text);
    return value;
}

/* One line without its end, as far as it goes. Control-C leaves nothing of it. */
static GBytes *
read_line(void)
{
    static char line[ALJIBE_SECRET_MAX_BYTES];
    size_t length = 0;
    while (length < sizeof line && alj_interrupt_poll(STDIN_FILENO, -1) & (POLLIN | POLLHUP)) {
        if (read(STDIN_FILENO, line + length, 1) != 1 || line[length] == '\n')
            break;
        length++;
    }
    GBytes *value = alj_sealed_new(line, alj_interrupt_seen() ? 0 : length);
    explicit_bzero(line, sizeof line);
    return value;
}

/* A terminal shows nothing of what is typed. */
static GBytes *
read_from_terminal(AljCli *cli)
{
    struct termios before, silent;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    g_auto(AljInterrupt) interrupt;
    alj_cli_print(cli, "%s", _("Enter new value for secret:"));
    (void) fflush(stdout);
    alj_interrupt_watch(&interrupt);
    if (is_terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t) ECHO;
        (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    GBytes *value = read_line();
    if (is_terminal) {
        (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        alj_cli_print(cli, "\n");
    }
    return value;
}

GBytes *
alj_cli_read_secret(AljCli *cli, const AljArgs *args)
{
    const char *base64 = alj_args_text(args, "base64"), *file = alj_args_text(args, "file");
    if (base64) {
        (void) alj_cli_fail(cli, "Passing secret value as command-line argument is insecure!"); /* a warning only */
        return decode(g_strdup(base64), strlen(base64));
    }
    if (file)
        return read_from_file(cli, file, alj_args_has(args, "plain"));
    if (alj_args_has(args, "interactive"))
        return read_from_terminal(cli);
    (void) alj_cli_fail(cli, "Input secret value is missing");
    return NULL;
}
