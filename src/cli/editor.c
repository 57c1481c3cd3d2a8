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
#include <sys/wait.h>
#include <unistd.h>

#define PLAIN_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_.:@+"

/* A variable that is set counts, even if it is empty: whoever set it so learns that there is no such
 * editor. */
static const char *
find_editor(void)
{
    const char *editor = g_getenv("VISUAL");
    if (!editor)
        editor = g_getenv("EDITOR");
    if (editor)
        return editor;
    g_autofree char *debian = g_find_program_in_path("sensible-editor");
    return debian ? "sensible-editor" : "vi";
}

/* Says how the editor ended, if not well. @what: its command line. */
static bool
check_end(AljCli *cli, const char *what, int status)
{
    if (WIFSIGNALED(status))
        (void) alj_cli_fail(cli, "internal error: Child process (%s) unexpected fatal signal %d", what,
                            WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        (void) alj_cli_fail(cli, "internal error: Child process (%s) unexpected exit status %d", what,
                            WEXITSTATUS(status));
    return status == 0;
}

/* The variables may hold a command line ("vim -f"): then a shell splits it. The file's name never passes
 * through one; what is told is the shell's command as it works out. */
static bool
run_editor(AljCli *cli, const char *path)
{
    const char *editor = find_editor();
    bool is_program = editor[strspn(editor, PLAIN_CHARS)] == '\0';
    g_autofree char *program = is_program ? g_find_program_in_path(editor) : g_strdup("/bin/sh");
    g_autofree char *script = g_strdup_printf("%s \"$1\"", editor);
    g_autofree char *line = g_strdup_printf("%s %s", editor, path);
    g_autofree char *quoted = g_shell_quote(line);
    g_autofree char *shell_line = g_strdup_printf("sh -c %s", quoted);
    const char *const direct[] = { program, path, NULL };
    const char *const by_shell[] = { program, "-c", script, "sh", path, NULL };
    g_autoptr(GError) error = NULL;
    int status = 0;
    if (!program) {
        (void) alj_cli_fail(cli, "Cannot find '%s' in path: %s", editor, g_strerror(ENOENT));
        return false;
    }
    g_auto(AljInterrupt) interrupt; /* Control-C is for the editor */
    alj_interrupt_watch(&interrupt);
    (void) fflush(stdout);
    if (!g_spawn_sync(NULL, (char **) (is_program ? direct : by_shell), NULL, G_SPAWN_CHILD_INHERITS_STDIN,
                      NULL, NULL, NULL, NULL, &status, &error)) {
        (void) alj_cli_fail(cli, "cannot run the editor: %s", error->message);
        return false;
    }
    return check_end(cli, is_program ? line : shell_line, status);
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
        fputs(_("Failed. Try again? [y,n,f,?]: "), stdout);
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
            puts(_("y - edit again\nn - throw the changes away\n"
                   "f - define it even if somebody else changed it meanwhile"));
        }
    }
}
