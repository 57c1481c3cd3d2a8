/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-download: bytes of a volume into a local file. */
#include "cli/transfer.h"

const AljCommand alj_cmd_vol_download = {
    .name = "vol-download",
    .group = "volume",
    .summary = N_("write a volume into a file"),
    .description = N_("Writes the bytes of the volume into a local file."),
    .example = "aljibe vol-download web.qcow2 /tmp/web.qcow2 --pool images --sparse",
    .options = (const AljOption[]) { ALJ_OPT_TRANSFER, { 0 } },
    .run = alj_cli_download,
};
