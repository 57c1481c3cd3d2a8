/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that print what one call answers. */
#pragma once

#include "cli/cli.h"

/** alj_cli_dump: prints @xml, or what --xpath selects of it. Returns: exit status. */
int alj_cli_dump(AljCli *cli, const AljArgs *args, const char *xml);

/** AljConnText: a library call that answers with a text about the server. */
typedef char *(*AljConnText)(AljibeConn *conn, AljibeError **ret_error);

/** alj_cli_show_text: prints the answer and a line end; @failure, marked with N_(), is the command's own
 * line if there is none. Exit status. */
int alj_cli_show_text(AljCli *cli, AljConnText get, const char *failure);

/** alj_cli_find_sources: asks for sources of the pool type in option "type"; @spec may be NULL. Returns:
 * exit status. */
int alj_cli_find_sources(AljCli *cli, const AljArgs *args, const char *spec);

/** alj_cli_field: "Label:          text", as pool-info and vol-info print. @label is marked with N_(). */
void alj_cli_field(AljCli *cli, const char *label, const char *text);
