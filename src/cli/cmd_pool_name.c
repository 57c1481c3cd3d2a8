/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-name: the name behind a UUID. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibePool) pool = alj_cli_need_pool_by(cli, args, "pool", ALJ_POOL_KEY_UUID);
    if (!pool)
        return EXIT_FAILURE;
    alj_cli_print(cli, "%s\n", aljibe_pool_get_name(pool));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_name = {
    .name = "pool-name",
    .group = "pool",
    .summary = N_("show the name of the pool with a UUID"),
    .example = "aljibe pool-name 11111111-1111-4111-8111-111111111111",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("pool", ALJ_OPTION_TEXT, "UUID of the pool"),
        { 0 },
    },
    .run = run,
};
