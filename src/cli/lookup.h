/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what was typed to a pool, a volume or a secret. Each call reports its own line and leaves the server's to the
 * caller of the command. */
#pragma once

#include "cli/cli.h"

/** AljPoolKey: what a pool argument may be. */
typedef enum AljPoolKey { ALJ_POOL_KEY_ANY, ALJ_POOL_KEY_NAME, ALJ_POOL_KEY_UUID } AljPoolKey;

/** alj_cli_need_pool, alj_cli_need_pool_by: the pool that option @option, which must have been given, names; 36
 * characters are tried as UUID first. Returns: (transfer full), or NULL. */
AljibePool *alj_cli_need_pool(AljCli *cli, const AljArgs *args, const char *option);
AljibePool *alj_cli_need_pool_by(AljCli *cli, const AljArgs *args, const char *option, AljPoolKey key);

/**
 * alj_cli_need_vol:
 * The volume of option @option: in the pool of option @pool_option by name, then by key, then by path.
 * @pool_option: NULL if the command has none: key or path only
 * Errors (reported): not found; the pool is not active; the volume is in another pool. Returns: (transfer
 * full), or NULL.
 */
AljibeVol *alj_cli_need_vol(AljCli *cli, const AljArgs *args, const char *option, const char *pool_option);

/** alj_cli_find_vol: name in @pool (may be NULL), then key, then path. The error of the last try waits in
 * @cli. */
AljibeVol *alj_cli_find_vol(AljCli *cli, AljibePool *pool, const char *text);

/** alj_cli_need_secret: the secret of option "secret", which was given. Returns: (transfer full), or NULL. */
AljibeSecret *alj_cli_need_secret(AljCli *cli, const AljArgs *args);
