/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes between a local file and a volume. */
#pragma once

#include "cli/cli.h"

/**
 * alj_cli_upload, alj_cli_download:
 * Move bytes for vol-upload and vol-download; both look at the options vol, file, pool, offset, length and
 * sparse. Control-C aborts
 * the stream in good order. A terminal shows progress after a second. Returns: exit status, everything is
 * reported.
 */
int alj_cli_upload(AljCli *cli, const AljArgs *args);
int alj_cli_download(AljCli *cli, const AljArgs *args);

#define ALJ_OPT_TRANSFER                                                                                \
    ALJ_OPT_VOL("vol"),                                                                                 \
    ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "local file"),                                              \
    ALJ_OPT_IN_POOL,                                                                                    \
    ALJ_OPT_VALUE("offset", ALJ_OPTION_NUMBER, "byte of the volume to begin at"),                       \
    { .name = "length", .kind = ALJ_OPTION_NUMBER, .wraps = true, .help = N_("bytes to move (default: all)") }, \
    ALJ_OPT_FLAG("sparse", "keep holes as holes")
