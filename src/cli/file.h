/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files the user names. */
#pragma once

#include "cli/cli.h"

/**
 * alj_cli_read_file:
 * The text in file @path; pipes and devices are read too. At most 10 MiB.
 * Errors (reported): cannot be opened, cannot be read, too large. Returns: (transfer full), or NULL.
 */
char *alj_cli_read_file(AljCli *cli, const char *path);

/** alj_cli_read_bytes: as alj_cli_read_file(): at most @max bytes of any kind, *@ret_size of them, and a NUL behind. */
char *alj_cli_read_bytes(AljCli *cli, const char *path, size_t max, size_t *ret_size);

/** alj_file_write: all of @data to @fd. Returns: false with errno set. */
bool alj_file_write(int fd, const char *data, size_t size);
