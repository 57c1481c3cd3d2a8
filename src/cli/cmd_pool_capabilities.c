/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-capabilities: which pool types and formats the server knows. */
#include "cli/show.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    return alj_cli_show_text(cli, aljibe_conn_get_pool_capabilities,
                             N_("failed to get storage pool capabilities"));
}

const AljCommand alj_cmd_pool_capabilities = {
    .name = "pool-capabilities",
    .group = "pool",
    .summary = N_("show what pool types the server supports"),
    .description = N_("Prints a document with all pool types, their formats, and whether each is supported."),
    .example = "aljibe pool-capabilities | grep \"'dir' supported='yes'\"",
    .run = run,
};
