/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What could be typed next. */
#pragma once

#include "cli/cli.h"

/** AljCompleteFiles: whether names of files fit where the cursor is; the shell knows them better than we do. */
typedef enum AljCompleteFiles { ALJ_COMPLETE_NO_FILES, ALJ_COMPLETE_FILES, ALJ_COMPLETE_DIRS } AljCompleteFiles;

/**
 * alj_complete:
 * @words: a command line without the program's name, ended by NULL; the last word is the one being typed,
 * possibly ""
 * Options of the program before the command are applied to @cli. Names of pools and volumes are asked from the
 * server; one that does not answer is no error, there are fewer proposals then.
 * Returns: whole words, sorted as the tables or the server give them (transfer full).
 */
GPtrArray *alj_complete(AljCli *cli, const char *const *words, AljCompleteFiles *ret_files);

/**
 * alj_complete_split:
 * The words of @line behind the program's name, for alj_complete(): the last one as far as it is typed, within
 * quotes too, and "" behind a blank. None within a comment. (transfer full)
 */
GStrv alj_complete_split(const char *line);
