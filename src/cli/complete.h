/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What could be typed next. */
#pragma once

#include "cli/cli.h"

/**
 * alj_complete:
 * @words: a command line without the program's name, ended by NULL; the last word is the one being typed,
 * possibly ""
 * Names of pools and volumes are asked from the server; a server that does not answer is no error, there are
 * fewer proposals then.
 * Returns: whole words, sorted as the tables or the server give them (transfer full). Empty also where a file
 * name is wanted.
 */
GPtrArray *alj_complete(AljCli *cli, const char *const *words);

/** alj_complete_skip_globals: @words after the options of the program; -c and -r among them are applied to
 * @cli. */
const char *const *alj_complete_skip_globals(AljCli *cli, const char *const *words);
