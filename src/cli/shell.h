/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands from standard input. */
#pragma once

#include "cli/cli.h"

/**
 * alj_shell_run:
 * Reads lines and runs them until the input ends or "quit". On a terminal with prompt, history and
 * completion; else plainly, line by
 * line. Returns: exit status, which is success whatever the commands did, as in virsh.
 */
int alj_shell_run(AljCli *cli);
