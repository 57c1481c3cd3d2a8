/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-upload: bytes of a volume from a local file. */
#include "cli/transfer.h"

const AljCommand alj_cmd_vol_upload = {
    .name = "vol-upload",
    .group = "volume",
    .summary = N_("write a file into a volume"),
    .description = N_("Writes the bytes of a local file into the volume. The volume is not cut to that length."),
    .example = "aljibe vol-upload disk.raw disk.img --pool images --sparse",
    .options = (const AljOption[]) { ALJ_OPT_TRANSFER, { 0 } },
    .run = alj_cli_upload,
};
