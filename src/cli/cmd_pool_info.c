/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-info: what a pool is and how full. */
#include "cli/lookup.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/words.h"

#include <stdlib.h>

static void
print_size(AljCli *cli, const AljArgs *args, const char *label, uint64_t bytes)
{
    g_autofree char *text =
        alj_args_has(args, "bytes") ? g_strdup_printf("%" G_GUINT64_FORMAT, bytes) : alj_size_text(bytes);
    alj_cli_field(cli, label, text);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    AljibePoolInfo info;
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    alj_cli_field(cli, N_("Name:"), aljibe_pool_get_name(pool));
    alj_cli_field(cli, N_("UUID:"), aljibe_pool_get_uuid(pool));
    int is_persistent = aljibe_pool_is_persistent(pool, alj_cli_error(cli));
    if (aljibe_pool_get_info(pool, &info, alj_cli_error(cli)) < 0)
        return EXIT_FAILURE;
    alj_cli_field(cli, N_("State:"), alj_pool_state_text(info.state));
    alj_cli_field(cli, N_("Persistent:"), alj_yes_no(is_persistent, N_("unknown")));
    int is_autostarted = aljibe_pool_get_autostart(pool, alj_cli_error(cli));
    alj_cli_field(cli, N_("Autostart:"), alj_yes_no(is_autostarted, N_("no autostart")));
    if (alj_pool_has_sizes(info.state)) {
        print_size(cli, args, N_("Capacity:"), info.capacity_bytes);
        print_size(cli, args, N_("Allocation:"), info.allocation_bytes);
        print_size(cli, args, N_("Available:"), info.available_bytes);
    }
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_info = {
    .name = "pool-info",
    .group = "pool",
    .summary = N_("show state and size of a pool"),
    .description = N_("Prints name, UUID, state and, while the pool runs, how large and how full it is."),
    .example = "aljibe pool-info images\n"
               "aljibe pool-info images --bytes",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL("pool"),
        ALJ_OPT_FLAG("bytes", "print sizes as numbers of bytes"),
        { 0 },
    },
    .run = run,
};
