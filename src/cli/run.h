/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs commands that were parsed. */
#pragma once

#include "cli/cli.h"

/** alj_cli_run: one command with its value checks, its errors, and the empty line or the time after it.
 * Returns: exit status. */
int alj_cli_run(AljCli *cli, const AljArgs *args);

/** alj_cli_run_batch: all of @batch (AljArgs), whatever fails. Returns: exit status of the last one. */
int alj_cli_run_batch(AljCli *cli, const GPtrArray *batch);
