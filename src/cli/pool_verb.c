/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shared part of pool-start, pool-destroy, pool-build, pool-refresh, pool-delete, pool-undefine. */
#include "cli/pool_verb.h"

#include "cli/lookup.h"

#include <stdlib.h>

int
alj_pool_verb(AljCli *cli, const AljArgs *args, AljPoolCall call, unsigned flags, const char *verb,
              const char *done)
{
    const char *text = alj_args_text(args, "pool");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (call(pool, flags, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to %s pool %s", verb, text);
    alj_cli_say(cli, "Pool %s %s\n", text, done);
    return EXIT_SUCCESS;
}

unsigned
alj_pool_start_flags(const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "build", ALJIBE_POOL_START_BUILD },
        { "overwrite", ALJIBE_POOL_START_OVERWRITE },
        { "no-overwrite", ALJIBE_POOL_START_NO_OVERWRITE },
        { 0 },
    };
    return alj_args_flags(args, rows);
}
