/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-resize: another capacity for a volume. */
#include "cli/lookup.h"
#include "cli/value.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "allocate", ALJIBE_VOL_RESIZE_ALLOCATE },
        { "delta", ALJIBE_VOL_RESIZE_DELTA },
        { "shrink", ALJIBE_VOL_RESIZE_SHRINK },
        { 0 },
    };
    unsigned flags = alj_args_flags(args, rows);
    uint64_t bytes = 0;
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    const char *size = vol ? alj_cli_need_size(cli, args, "capacity") : NULL;
    if (!size)
        return EXIT_FAILURE;
    if (*size == '-') {
        size++;
        flags |= ALJIBE_VOL_RESIZE_DELTA;
        if (!(flags & ALJIBE_VOL_RESIZE_SHRINK))
            return alj_cli_fail(cli, "negative size requires --shrink");
    }
    if (!alj_cli_read_size(cli, size, &bytes))
        return EXIT_FAILURE;
    const char *name = aljibe_vol_get_name(vol);
    bool is_delta = flags & ALJIBE_VOL_RESIZE_DELTA;
    if (aljibe_vol_resize(vol, bytes, flags, alj_cli_error(cli)) < 0)
        return is_delta ? alj_cli_fail(cli, "Failed to change size of volume '%s' by %s", name, size)
                        : alj_cli_fail(cli, "Failed to change size of volume '%s' to %s", name, size);
    if (is_delta)
        alj_cli_say(cli, "Size of volume '%s' successfully changed by %s\n", name, size);
    else
        alj_cli_say(cli, "Size of volume '%s' successfully changed to %s\n", name, size);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_resize = {
    .name = "vol-resize",
    .group = "volume",
    .summary = N_("change the size of a volume"),
    .description = N_("Changes the capacity of a volume that no running guest uses."),
    .example = "aljibe vol-resize web.qcow2 30G --pool images\n"
               "aljibe vol-resize web.qcow2 5G --delta --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_NEEDED("capacity", ALJ_OPTION_SIZE, "new capacity, or the difference with --delta"),
        ALJ_OPT_IN_POOL,
        ALJ_OPT_FLAG("allocate", "take the space from the pool now"),
        ALJ_OPT_FLAG("delta", "add the size to the present one, or subtract it with --shrink"),
        ALJ_OPT_FLAG("shrink", "allow a smaller size; the data beyond it is lost"),
        { 0 },
    },
    .run = run,
};
