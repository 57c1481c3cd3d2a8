/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text in the user's editor. */
#pragma once

#include "cli/cli.h"

/**
 * alj_editor_run:
 * Puts *@text into a temporary file, runs $VISUAL, else $EDITOR, else the system's editor on it, and replaces
 * *@text by what is in the
 * file then. Errors (reported): no file, editor failed.
 */
bool alj_editor_run(AljCli *cli, char **text);

typedef enum AljEditAnswer { ALJ_EDIT_AGAIN, ALJ_EDIT_FORCE, ALJ_EDIT_GIVE_UP } AljEditAnswer;

/** alj_editor_ask: what to do about a text that was refused; without a terminal: give up. */
AljEditAnswer alj_editor_ask(void);
