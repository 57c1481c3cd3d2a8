/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-info: what a volume is and how large. */
#include "cli/lookup.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/words.h"

#include <stdlib.h>

static void
print_size(AljCli *cli, const AljArgs *args, const char *label, uint64_t bytes)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, bytes);
    g_autofree char *text =
        alj_args_has(args, "bytes") ? g_strdup_printf(_("%s bytes"), number) : alj_size_text(bytes);
    alj_cli_field(cli, label, text);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    bool is_physical = alj_args_has(args, "physical");
    AljibeVolInfo info;
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    alj_cli_field(cli, N_("Name:"), aljibe_vol_get_name(vol));
    if (aljibe_vol_get_info(vol, is_physical ? ALJIBE_VOL_INFO_PHYSICAL : 0, &info, alj_cli_error(cli)) < 0)
        return EXIT_FAILURE;
    alj_cli_field(cli, N_("Type:"), alj_vol_type_text(info.type));
    print_size(cli, args, N_("Capacity:"), info.capacity_bytes);
    print_size(cli, args, is_physical ? N_("Physical:") : N_("Allocation:"), info.allocation_bytes);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_info = {
    .name = "vol-info",
    .group = "volume",
    .summary = N_("show type and size of a volume"),
    .description = N_("Prints name, type, and how large the volume is for the guest and on the storage."),
    .example = "aljibe vol-info web.qcow2 --pool images\n"
               "aljibe vol-info web.qcow2 images --bytes",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_IN_POOL,
        ALJ_OPT_FLAG("bytes", "print sizes as numbers of bytes"),
        ALJ_OPT_FLAG("physical", "print the length on the storage in place of the allocation"),
        { 0 },
    },
    .run = run,
};
