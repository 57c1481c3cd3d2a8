/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what was typed to a pool or a volume: which look-ups are tried in which order, and what is said
 * when none answers. The order and the words are virsh's. */
#include "cli/lookup.h"

#include <string.h>

static AljibePool *
find_pool(AljCli *cli, const char *text, AljPoolKey key)
{
    AljibeConn *conn = alj_cli_conn(cli);
    AljibePool *pool = NULL;
    if (!conn)
        return NULL;
    if (key != ALJ_POOL_KEY_NAME && strlen(text) == ALJIBE_UUID_TEXT_SIZE - 1)
        pool = aljibe_pool_lookup_by_uuid(conn, text, alj_cli_error(cli));
    if (!pool && key != ALJ_POOL_KEY_UUID)
        pool = aljibe_pool_lookup_by_name(conn, text, alj_cli_error(cli));
    return pool;
}

AljibePool *
alj_cli_need_pool_by(AljCli *cli, const AljArgs *args, const char *option, AljPoolKey key)
{
    const char *text = alj_args_text(args, option);
    AljibePool *pool = find_pool(cli, text, key);
    if (!pool && !cli->cannot_connect)
        (void) alj_cli_fail(cli, "failed to get pool '%s'", text);
    return pool;
}

AljibePool *
alj_cli_need_pool(AljCli *cli, const AljArgs *args, const char *option)
{
    return alj_cli_need_pool_by(cli, args, option, ALJ_POOL_KEY_ANY);
}

AljibeVol *
alj_cli_find_vol(AljCli *cli, AljibePool *pool, const char *text)
{
    AljibeConn *conn = alj_cli_conn(cli);
    AljibeVol *vol = NULL;
    if (!conn)
        return NULL;
    if (pool)
        vol = aljibe_vol_lookup_by_name(pool, text, alj_cli_error(cli));
    if (!vol)
        vol = aljibe_vol_lookup_by_key(conn, text, alj_cli_error(cli));
    if (!vol)
        vol = aljibe_vol_lookup_by_path(conn, text, alj_cli_error(cli));
    return vol;
}

static bool
check_active(AljCli *cli, AljibePool *pool, const char *text)
{
    int is_active = aljibe_pool_is_active(pool, alj_cli_error(cli));
    if (is_active == 0)
        (void) alj_cli_fail(cli, "pool '%s' is not active", text);
    return is_active == 1;
}

/* A key or a path finds volumes of any pool. */
static bool
check_in_pool(AljCli *cli, AljibeVol *vol, AljibePool *pool, const char *text)
{
    g_autoptr(AljibePool) found = aljibe_vol_get_pool(vol, alj_cli_error(cli));
    if (!found)
        return false;
    if (strcmp(aljibe_pool_get_name(found), aljibe_pool_get_name(pool)) != 0) {
        (void) alj_cli_fail(cli, "Requested volume '%s' is not in pool '%s'", text,
                            aljibe_pool_get_name(pool));
        return false;
    }
    return true;
}

AljibeVol *
alj_cli_need_vol(AljCli *cli, const AljArgs *args, const char *option, const char *pool_option)
{
    const char *text = alj_args_text(args, option);
    const char *pool_text = pool_option ? alj_args_text(args, pool_option) : NULL;
    g_autoptr(AljibePool) pool = NULL;
    if (pool_text) {
        pool = alj_cli_need_pool(cli, args, pool_option);
        if (!pool || !check_active(cli, pool, pool_text))
            return NULL;
    }
    g_autoptr(AljibeVol) vol = alj_cli_find_vol(cli, pool, text);
    if (!vol && cli->cannot_connect)
        return NULL;
    if (!vol && (pool || !pool_option)) {
        (void) alj_cli_fail(cli, "failed to get vol '%s'", text);
        return NULL;
    }
    if (!vol) {
        (void) alj_cli_fail(cli, "failed to get vol '%s', specifying --%s might help", text, pool_option);
        return NULL;
    }
    if (pool && !check_in_pool(cli, vol, pool, text))
        return NULL;
    return g_steal_pointer(&vol);
}

AljibeSecret *
alj_cli_need_secret(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "secret");
    AljibeConn *conn = alj_cli_conn(cli);
    AljibeSecret *secret = conn ? aljibe_secret_lookup_by_uuid(conn, text, alj_cli_error(cli)) : NULL;
    if (!secret && conn)
        (void) alj_cli_fail(cli, "failed to get secret '%s'", text);
    return secret;
}
