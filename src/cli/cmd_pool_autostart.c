/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-autostart: whether a pool starts with the server. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "pool");
    bool is_on = !alj_args_has(args, "disable");
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    if (aljibe_pool_set_autostart(pool, is_on, alj_cli_error(cli)) < 0)
        return is_on ? alj_cli_fail(cli, "failed to mark pool %s as autostarted", text)
                     : alj_cli_fail(cli, "failed to unmark pool %s as autostarted", text);
    if (is_on)
        alj_cli_say(cli, "Pool %s marked as autostarted\n", text);
    else
        alj_cli_say(cli, "Pool %s unmarked as autostarted\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_autostart = {
    .name = "pool-autostart",
    .group = "pool",
    .summary = N_("start a pool with the server"),
    .description = N_("The pool is started whenever the server starts, or no longer with --disable."),
    .example = "aljibe pool-autostart images\n"
               "aljibe pool-autostart images --disable",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL("pool"),
        ALJ_OPT_FLAG("disable", "no longer"),
        { 0 },
    },
    .run = run,
};
