/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-delete: removes a volume and its data. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "vol");
    unsigned flags = alj_args_has(args, "delete-snapshots") ? ALJIBE_VOL_DELETE_WITH_SNAPSHOTS : 0;
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    if (aljibe_vol_delete(vol, flags, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to delete vol %s", text);
    alj_cli_say(cli, "Vol %s deleted\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_delete = {
    .name = "vol-delete",
    .group = "volume",
    .summary = N_("delete a volume"),
    .description = N_("Removes the volume and the data in it."),
    .example = "aljibe vol-delete web.qcow2 --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_IN_POOL,
        ALJ_OPT_FLAG("delete-snapshots", "remove its snapshots too, where the pool type has any"),
        { 0 },
    },
    .run = run,
};
