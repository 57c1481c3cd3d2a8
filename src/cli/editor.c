/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text in the user's editor: a private temporary file, a child process with our terminal, and the
 * question when the text was refused. */
#include "cli/editor.h"

#include "base/guard.h"
#include "cli/file.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
find_editor(void)
{
    static const char *const variables[] = { "VISUAL", "EDITOR" };
    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *value = g_getenv(variables[i]);
        if (value && *value)
            return value;
    }
    g_autofree char *debian = g_find_program_in_path("sensible-editor");
    return debian ? "sensible-editor" : "vi";
}

/* The variables hold a command line ("vim -f"), so a shell splits it; the file's name never passes through
 * one. */
static bool
run_editor(AljCli *cli, const char *path)
{
    const char *editor = find_editor();
    g_autofree char *script = g_strdup_printf("%s \"$1\"", editor);
    const char *const argv[] = { "/bin/sh", "-c", script, "sh", path, NULL };
    g_autoptr(GError) error = NULL;
    int status = 0;
    g_auto(AljInterrupt) interrupt; /* Control-C is for the editor */
    alj_interrupt_watch(&interrupt);
    (void) fflush(stdout);
    if (!g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL,
                      &status, &error)) {
        (void) alj_cli_fail(cli, "cannot run the editor: %s", error->message);
        return false;
    }
    if (!g_spawn_check_wait_status(status, &error)) {
        (void) alj_cli_fail(cli, "the editor '%s' failed: %s", editor, error->message);
        return false;
    }
    return true;
}

bool
alj_editor_run(AljCli *cli, char **text)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "aljibe-XXXXXX.xml", NULL);
    char *edited = NULL;
    alj_autofd fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void) alj_cli_fail(cli, "cannot make a temporary file '%s': %s", path, g_strerror(errno));
        return false;
    }
    if (!alj_file_write(fd, *text, strlen(*text)))
        (void) alj_cli_fail(cli, "cannot write the temporary file '%s': %s", path, g_strerror(errno));
    else if (run_editor(cli, path))
        edited = alj_cli_read_file(cli, path); /* by name: editors replace the file */
    (void) g_unlink(path);
    if (!edited)
        return false;
    g_free(*text);
    *text = edited;
    return true;
}

AljEditAnswer
alj_editor_ask(void)
{
    char line[16];
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return ALJ_EDIT_GIVE_UP;
    for (;;) {
        fputs("Failed. Try again? [y,n,f,?]: ", stdout);
        (void) fflush(stdout);
        if (!fgets(line, sizeof(line), stdin))
            return ALJ_EDIT_GIVE_UP;
        switch (line[0]) {
        case 'y':
            return ALJ_EDIT_AGAIN;
        case 'n':
            return ALJ_EDIT_GIVE_UP;
        case 'f':
            return ALJ_EDIT_FORCE;
        default:
            puts("y - edit again\nn - throw the changes away\nf - define it even if somebody else changed it "
                 "meanwhile");
        }
    }
}
