/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What could be typed next, for the shell here and for the one that called us: from the tables, and for
 * names of pools, volumes and secrets from the server. */
#include "cli/complete.h"

#include "cli/program.h"
#include "cli/token.h"

#include <stdlib.h>
#include <string.h>

typedef struct Search {
    AljCli *cli;
    const char *typed;  /* what a proposal begins with */
    const char *before; /* put before each ("--pool=") */
    GPtrArray *found;
    AljCompleteFiles files;
} Search;

static void
propose(Search *search, const char *word)
{
    if (g_str_has_prefix(word, search->typed))
        g_ptr_array_add(search->found, g_strconcat(search->before, word, NULL));
}

/* An embedded server that was never used holds no names, and looking must not make its directory. */
static AljibeConn *
find_conn(Search *search)
{
    AljCli *cli = search->cli;
    const char *uri = cli->uri ? cli->uri : g_getenv("ALJIBE_URI");
    bool is_unused =
        uri && g_str_has_prefix(uri, "embed://") && !g_file_test(uri + strlen("embed://"), G_FILE_TEST_IS_DIR);
    return is_unused ? NULL : alj_cli_try_conn(cli);
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
propose_secrets(Search *search)
{
    AljibeSecret **secrets = NULL;
    AljibeConn *conn = find_conn(search);
    int n = conn ? aljibe_conn_list_secrets(conn, 0, &secrets, alj_cli_error(search->cli)) : 0;
    for (int i = 0; i < n; i++) {
        propose(search, aljibe_secret_get_uuid(secrets[i]));
        aljibe_secret_unref(secrets[i]);
    }
    free(secrets);
}

static void
propose_commands(Search *search)
{
    for (const AljCommand *const *command = alj_commands; *command; command++) {
        if (!((*command)->flags & ALJ_COMMAND_HIDDEN))
            propose(search, (*command)->name);
    }
}

/* Of a list the word after the last comma. */
static void
propose_words(Search *search, const AljOption *option)
{
    const char *comma = option->is_list ? strrchr(search->typed, ',') : NULL;
    const char *before = search->before;
    g_autofree char *done = comma ? g_strndup(search->typed, (gsize) (comma + 1 - search->typed)) : NULL;
    g_autofree char *all_before = g_strconcat(before, done, NULL);
    search->before = all_before;
    search->typed = comma ? comma + 1 : search->typed;
    for (const char *const *word = option->words; *word; word++)
        propose(search, *word);
    search->before = before;
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
    case ALJ_OPTION_SECRET:
        propose_secrets(search);
        break;
    case ALJ_OPTION_COMMAND:
        propose_commands(search);
        for (const AljGroup *group = alj_groups; group->keyword; group++)
            propose(search, group->keyword);
        break;
    case ALJ_OPTION_WORD:
        propose_words(search, option);
        break;
    case ALJ_OPTION_FILE:
        search->files = ALJ_COMPLETE_FILES;
        break;
    case ALJ_OPTION_DIR:
        search->files = ALJ_COMPLETE_DIRS;
        break;
    case ALJ_OPTION_FLAG:
    case ALJ_OPTION_NUMBER:
    case ALJ_OPTION_TEXT:
    case ALJ_OPTION_SIZE:
    case ALJ_OPTION_REST:
        break; /* nothing is known */
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

static void
propose_program_options(Search *search)
{
    search->before = "--";
    search->typed += 2;
    for (const struct option *option = alj_program_options; option->name; option++)
        propose(search, option->name);
}

static void
apply(AljCli *cli, const struct option *option, const char *value)
{
    if (option->val == 'c' && value) {
        g_free(cli->uri);
        cli->uri = g_strdup(value);
    }
    cli->is_readonly |= option->val == 'r';
}

/* @words after the options of the program; NULL when the value of one of them is being typed. */
static const char *const *
skip_program_options(AljCli *cli, const char *const *words)
{
    for (; words[0] && words[1]; words++) {
        const struct option *option = alj_program_option_find(words[0]);
        const char *equals = strchr(words[0], '=');
        if (!option)
            break;
        bool takes_next = option->has_arg == required_argument && !equals;
        if (takes_next && !words[2])
            return NULL;
        apply(cli, option, takes_next ? words[1] : equals ? equals + 1 : NULL);
        words += takes_next;
    }
    return words;
}

static void
complete_command(Search *search, const char *const *words, guint n)
{
    const AljOption *next = NULL;
    g_autofree const char **complete = g_memdup2(words, (n + 1) * sizeof(*words));
    complete[n - 1] = NULL;
    g_autoptr(AljArgs) args = alj_args_parse_prefix(complete, &next);
    if (!args)
        return;
    if (!g_str_has_prefix(search->typed, "--") && next)
        propose_values(search, args, next);
    else if (g_str_has_prefix(search->typed, "--"))
        (strchr(search->typed, '=') ? propose_assigned : propose_options)(search, args);
}

GPtrArray *
alj_complete(AljCli *cli, const char *const *words, AljCompleteFiles *ret_files)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    words = skip_program_options(cli, words);
    guint n = words ? g_strv_length((char **) words) : 0;
    Search search = { .cli = cli, .typed = n > 0 ? words[n - 1] : "", .before = "", .found = found };
    if (n > 1)
        complete_command(&search, words, n);
    else if (n == 1 && g_str_has_prefix(search.typed, "--"))
        propose_program_options(&search);
    else if (n == 1)
        propose_commands(&search);
    *ret_files = search.files;
    return found;
}

GStrv
alj_complete_split(const char *line)
{
    /* a letter where the cursor is makes a last word in any case, and takes the backslash before it */
    static const char *const ends[] = { "x", "x'", "x\"" };
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *closed = g_strconcat(line, ends[i], NULL);
        g_autoptr(GPtrArray) words = alj_token_last_command(closed);
        if (!words)
            continue;
        char *last = words->len > 0 ? g_ptr_array_index(words, words->len - 1) : NULL;
        if (!last || !g_str_has_suffix(last, "x"))
            break; /* in a comment */
        last[strlen(last) - 1] = '\0';
        g_ptr_array_remove_index(words, 0);
        g_ptr_array_add(words, NULL);
        return (GStrv) g_ptr_array_free(g_steal_pointer(&words), FALSE);
    }
    return g_new0(char *, 1);
}
