/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-uuid: the UUID behind a name. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibePool) pool = alj_cli_need_pool_by(cli, args, "pool", ALJ_POOL_KEY_NAME);
    if (!pool)
        return EXIT_FAILURE;
    alj_cli_print(cli, "%s\n", aljibe_pool_get_uuid(pool));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_uuid = {
    .name = "pool-uuid",
    .group = "pool",
    .summary = N_("show the UUID of the pool with a name"),
    .example = "aljibe pool-uuid images",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("pool", ALJ_OPTION_POOL, "name of the pool"),
        { 0 },
    },
    .run = run,
};
