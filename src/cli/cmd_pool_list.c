/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-list: the pools the server knows, as a table or as bare names. */
#include "cli/pool_as.h"
#include "cli/table.h"
#include "cli/value.h"
#include "cli/words.h"

#include <stdlib.h>

/* The bits --type asks for; false after an unknown name was reported. The flags follow the order of
 * alj_pool_types. */
static bool
read_types(AljCli *cli, const char *text, unsigned *flags)
{
    g_auto(GStrv) words = alj_split_commas(text);
    for (char **word = words; *word; word++) {
        int type = alj_word_find(alj_pool_types, *word);
        if (type < 0) {
            (void) alj_cli_fail(cli, "Invalid pool type '%s'", *word);
            return false;
        }
        *flags |= (unsigned) ALJIBE_LIST_DIR << type;
    }
    return true;
}

static int
compare_names(const void *a, const void *b)
{
    AljibePool *const *first = a, *const *second = b;
    return g_ascii_strcasecmp(aljibe_pool_get_name(*first), aljibe_pool_get_name(*second));
}

static void
print_bare(AljCli *cli, const AljArgs *args, AljibePool *pool)
{
    if (alj_args_has(args, "uuid"))
        alj_cli_print(cli, "%-36s%s", aljibe_pool_get_uuid(pool), alj_args_has(args, "name") ? " " : "");
    if (alj_args_has(args, "name"))
        alj_cli_print(cli, "%-20s", aljibe_pool_get_name(pool));
    alj_cli_print(cli, "\n");
}

static void
add_row(AljCli *cli, AljTable *table, AljibePool *pool)
{
    int is_autostarted = aljibe_pool_get_autostart(pool, alj_cli_error(cli));
    int is_active = aljibe_pool_is_active(pool, alj_cli_error(cli));
    alj_table_add(table,
                  (const char *const[]){ aljibe_pool_get_name(pool), is_active > 0 ? _("active") : _("inactive"),
                                         alj_yes_no(is_autostarted, N_("no autostart")), NULL });
}

static void
add_detailed_row(AljCli *cli, AljTable *table, AljibePool *pool)
{
    AljibePoolInfo info = { .state = -1 };
    int is_autostarted = aljibe_pool_get_autostart(pool, alj_cli_error(cli));
    int is_persistent = aljibe_pool_is_persistent(pool, alj_cli_error(cli));
    if (aljibe_pool_get_info(pool, &info, alj_cli_error(cli)) < 0)
        info.state = -1; /* it may be gone since the list was made */
    bool has_sizes = alj_pool_has_sizes(info.state);
    g_autofree char *capacity = has_sizes ? alj_size_text(info.capacity_bytes) : g_strdup("-");
    g_autofree char *allocation = has_sizes ? alj_size_text(info.allocation_bytes) : g_strdup("-");
    g_autofree char *available = has_sizes ? alj_size_text(info.available_bytes) : g_strdup("-");
    alj_table_add(table, (const char *const[]){ aljibe_pool_get_name(pool), alj_pool_state_text(info.state),
                                                alj_yes_no(is_autostarted, N_("no autostart")),
                                                alj_yes_no(is_persistent, N_("unknown")), capacity, allocation,
                                                available, NULL });
}

static void
print_pools(AljCli *cli, const AljArgs *args, AljibePool *const *pools, int n)
{
    static const char *const plain[] = { N_("Name"), N_("State"), N_("Autostart"), NULL };
    static const char *const detailed[] = { N_("Name"),       N_("State"),      N_("Autostart"), N_("Persistent"),
                                            N_("Capacity"),   N_("Allocation"), N_("Available"), NULL };
    bool has_details = alj_args_has(args, "details");
    g_autoptr(AljTable) table = alj_table_new(has_details ? detailed : plain);
    for (int i = 0; i < n; i++) {
        if (has_details)
            add_detailed_row(cli, table, pools[i]);
        else
            add_row(cli, table, pools[i]);
    }
    g_autofree char *text = alj_table_format(table, !cli->is_quiet);
    alj_cli_print(cli, "%s", text);
}

static int
run(AljCli *cli, const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "inactive", ALJIBE_LIST_INACTIVE },
        { "all", ALJIBE_LIST_INACTIVE | ALJIBE_LIST_ACTIVE },
        { "transient", ALJIBE_LIST_TRANSIENT },
        { "persistent", ALJIBE_LIST_PERSISTENT },
        { "autostart", ALJIBE_LIST_AUTOSTART },
        { "no-autostart", ALJIBE_LIST_NO_AUTOSTART },
        { 0 },
    };
    unsigned flags = alj_args_flags(args, rows);
    const char *type = alj_args_text(args, "type");
    AljibePool **pools = NULL;
    if (!(flags & (ALJIBE_LIST_INACTIVE | ALJIBE_LIST_ACTIVE)))
        flags |= ALJIBE_LIST_ACTIVE;
    if (type && !read_types(cli, type, &flags))
        return EXIT_FAILURE;
    AljibeConn *conn = alj_cli_conn(cli);
    if (!conn)
        return EXIT_FAILURE;
    int n = aljibe_conn_list_pools(conn, flags, &pools, alj_cli_error(cli));
    if (n < 0)
        return alj_cli_fail(cli, "Failed to list pools");
    qsort(pools, (size_t) n, sizeof(AljibePool *), compare_names);
    if (alj_args_has(args, "uuid") || alj_args_has(args, "name")) {
        for (int i = 0; i < n; i++)
            print_bare(cli, args, pools[i]);
    } else {
        print_pools(cli, args, pools, n);
    }
    for (int i = 0; i < n; i++)
        aljibe_pool_unref(pools[i]);
    free(pools);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_list = {
    .name = "pool-list",
    .group = "pool",
    .summary = N_("list pools"),
    .description = N_("Lists the active pools, or those the options select."),
    .example = "aljibe pool-list --all\n"
               "aljibe pool-list --details\n"
               "aljibe -q pool-list --all --name",
    .options = (const AljOption[]) {
        ALJ_OPT_FLAG("inactive", "list inactive pools"),
        { .name = "all", .kind = ALJ_OPTION_FLAG, .excludes = { "inactive" },
          .help = N_("list active and inactive pools") },
        ALJ_OPT_FLAG("transient", "only pools that are forgotten when they stop"),
        ALJ_OPT_FLAG("persistent", "only pools that are kept"),
        ALJ_OPT_FLAG("autostart", "only pools that start with the server"),
        ALJ_OPT_FLAG("no-autostart", "only pools that do not"),
        { .name = "type", .kind = ALJ_OPTION_WORD, .words = alj_pool_types, .is_list = true,
          .help = N_("only these types, joined by commas") },
        { .name = "details", .kind = ALJ_OPTION_FLAG, .excludes = { "uuid", "name" },
          .help = N_("show sizes too") },
        ALJ_OPT_FLAG("uuid", "print UUIDs only"),
        ALJ_OPT_FLAG("name", "print names only"),
        { 0 },
    },
    .run = run,
};
