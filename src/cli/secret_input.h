/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of secrets from where users have them. */
#pragma once

#include "cli/cli.h"

/**
 * alj_cli_read_secret:
 * The bytes that --file, --interactive or --base64 give. Errors (reported): none of them given, the file cannot be read.
 * Returns: (transfer full), maybe empty where nothing was typed or the text is no base64; or NULL.
 */
GBytes *alj_cli_read_secret(AljCli *cli, const AljArgs *args);
