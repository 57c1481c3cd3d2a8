/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pool commands of one verb have in common: find the pool, call, say so. */
#pragma once

#include "cli/cli.h"

/** AljPoolCall: the library's call for a verb. */
typedef int (*AljPoolCall)(AljibePool *pool, unsigned flags, AljibeError **ret_error);

/**
 * alj_pool_verb:
 * @verb: as in "Failed to VERB pool P"
 * @done: as in "Pool P DONE"
 * Returns: exit status.
 */
int alj_pool_verb(AljCli *cli, const AljArgs *args, AljPoolCall call, unsigned flags, const char *verb,
                  const char *done);

/** alj_pool_start_flags: ALJIBE_POOL_START_… from --build, --overwrite and --no-overwrite. */
unsigned alj_pool_start_flags(const AljArgs *args);
