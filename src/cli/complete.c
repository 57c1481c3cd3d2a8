/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What could be typed next, for the shell here and for the one that called us: from the tables, and for
 * names of pools and volumes from the server. */
#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

typedef struct Search {
    AljCli *cli;
    const char *typed;  /* what a proposal begins with */
    const char *before; /* put before each ("--pool=") */
    GPtrArray *found;
} Search;

static void
propose(Search *search, const char *word)
{
    if (g_str_has_prefix(word, search->typed))
        g_ptr_array_add(search->found, g_strconcat(search->before, word, NULL));
}

/* In a shell the connection that is there is used, because a failure could not be told in the middle of a
 * line. */
static AljibeConn *
find_conn(Search *search)
{
    AljCli *cli = search->cli;
    return cli->conn || cli->is_interactive ? cli->conn : alj_cli_conn(cli);
}

static void
propose_pools(Search *search, unsigned flags)
{
    AljibePool **pools = NULL;
    AljibeConn *conn = find_conn(search);
    int n = conn ? aljibe_conn_list_pools(conn, flags, &pools, alj_cli_error(search->cli)) : 0;
    for (int i = 0; i < n; i++) {
        propose(search, aljibe_pool_get_name(pools[i]));
        aljibe_pool_unref(pools[i]);
    }
    free(pools);
}

static void
propose_vols_of(Search *search, AljibePool *pool, bool by_path)
{
    AljibeVol **vols = NULL;
    int n = aljibe_pool_list_vols(pool, 0, &vols, alj_cli_error(search->cli));
    for (int i = 0; i < n; i++) {
        g_autofree char *path = by_path ? aljibe_vol_get_path(vols[i], alj_cli_error(search->cli)) : NULL;
        if (path || !by_path)
            propose(search, by_path ? path : aljibe_vol_get_name(vols[i]));
        aljibe_vol_unref(vols[i]);
    }
    free(vols);
}

/* Names if the pool is on the line already; else paths, which alone say which volume is meant. */
static void
propose_vols(Search *search, const AljArgs *args, const AljOption *option)
{
    const char *pool_option = option->pool_option ? option->pool_option : "pool";
    const char *name =
        alj_command_find_option(args->command, pool_option) ? alj_args_text(args, pool_option) : NULL;
    AljibeConn *conn = find_conn(search);
    AljibePool **pools = NULL;
    if (!conn)
        return;
    if (name) {
        g_autoptr(AljibePool) pool = aljibe_pool_lookup_by_name(conn, name, alj_cli_error(search->cli));
        if (pool)
            propose_vols_of(search, pool, false);
        return;
    }
    int n = aljibe_conn_list_pools(conn, ALJIBE_LIST_ACTIVE, &pools, alj_cli_error(search->cli));
    for (int i = 0; i < n; i++) {
        propose_vols_of(search, pools[i], true);
        aljibe_pool_unref(pools[i]);
    }
    free(pools);
}

static void
propose_commands(Search *search)
{
    for (const AljCommand *const *command = alj_commands; *command; command++) {
        if (!((*command)->flags & ALJ_COMMAND_HIDDEN))
            propose(search, (*command)->name);
    }
}

static void
propose_values(Search *search, const AljArgs *args, const AljOption *option)
{
    switch (option->kind) {
    case ALJ_OPTION_POOL:
        propose_pools(search, 0);
        break;
    case ALJ_OPTION_POOL_ACTIVE:
        propose_pools(search, ALJIBE_LIST_ACTIVE);
        break;
    case ALJ_OPTION_POOL_INACTIVE:
        propose_pools(search, ALJIBE_LIST_INACTIVE);
        break;
    case ALJ_OPTION_VOL:
        propose_vols(search, args, option);
        break;
    case ALJ_OPTION_COMMAND:
        propose_commands(search);
        for (const AljGroup *group = alj_groups; group->keyword; group++)
            propose(search, group->keyword);
        break;
    case ALJ_OPTION_WORD:
        for (const char *const *word = option->words; *word; word++)
            propose(search, *word);
        break;
    case ALJ_OPTION_FLAG:
    case ALJ_OPTION_NUMBER:
    case ALJ_OPTION_TEXT:
    case ALJ_OPTION_SIZE:
    case ALJ_OPTION_FILE:
    case ALJ_OPTION_DIR:
    case ALJ_OPTION_REST:
        break; /* nothing is known, or the shell knows files better */
    }
}

static void
propose_options(Search *search, const AljArgs *args)
{
    search->before = "--";
    search->typed += 2;
    for (const AljOption *option = args->command->options; option && option->name; option++) {
        if (option->kind != ALJ_OPTION_REST && !alj_args_has(args, option->name))
            propose(search, option->name);
    }
    propose(search, "help");
}

/* "--pool=ima": the value of one word. */
static void
propose_assigned(Search *search, const AljArgs *args)
{
    const char *equals = strchr(search->typed, '=');
    g_autofree char *name = g_strndup(search->typed + 2, (gsize) (equals - search->typed - 2));
    g_autofree char *before = g_strndup(search->typed, (gsize) (equals + 1 - search->typed));
    const AljOption *option = alj_command_find_option(args->command, name);
    search->before = before;
    search->typed = equals + 1;
    if (option)
        propose_values(search, args, option);
    search->before = "";
}

GPtrArray *
alj_complete(AljCli *cli, const char *const *words)
{
    guint n = g_strv_length((char **) words);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    if (n == 0)
        return found;
    Search search = { .cli = cli, .typed = words[n - 1], .before = "", .found = found };
    if (n == 1) {
        propose_commands(&search);
        return found;
    }
    const AljOption *next = NULL;
    g_autofree const char **complete = g_memdup2(words, (n + 1) * sizeof(*words));
    complete[n - 1] = NULL;
    g_autoptr(AljArgs) args = alj_args_parse_prefix(complete, &next);
    if (!args)
        return found;
    if (g_str_has_prefix(search.typed, "--"))
        (strchr(search.typed, '=') ? propose_assigned : propose_options)(&search, args);
    else if (next)
        propose_values(&search, args, next);
    return found;
}

const char *const *
alj_complete_skip_globals(AljCli *cli, const char *const *words)
{
    static const char *const with_value[] = {
        "-c", "--connect", "-d", "--debug", "-e", "--escape", "-k", "--keepalive-interval",
        "-K", "--keepalive-count", "-l", "--log", NULL
    };
    for (; words[0] && words[0][0] == '-' && words[1]; words++) {
        const char *uri = g_str_has_prefix(words[0], "--connect=") ? strchr(words[0], '=') + 1 : NULL;
        bool takes_next = g_strv_contains(with_value, words[0]);
        if (takes_next && !words[2])
            break; /* its value is being typed */
        if (takes_next && (!strcmp(words[0], "-c") || !strcmp(words[0], "--connect")))
            uri = words[1];
        if (uri) {
            g_free(cli->uri);
            cli->uri = g_strdup(uri);
        }
        cli->is_readonly |= !strcmp(words[0], "-r") || !strcmp(words[0], "--readonly");
        words += takes_next;
    }
    return words;
}
