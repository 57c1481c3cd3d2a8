/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-list: the volumes of a pool as a table. */
#include "cli/lookup.h"
#include "cli/table.h"
#include "cli/words.h"

#include <stdlib.h>

static int
compare_names(const void *a, const void *b)
{
    AljibeVol *const *first = a, *const *second = b;
    return g_ascii_strcasecmp(aljibe_vol_get_name(*first), aljibe_vol_get_name(*second));
}

static bool
add_row(AljCli *cli, const AljArgs *args, AljTable *table, AljibeVol *vol)
{
    AljibeVolInfo info = { .type = -1 };
    g_autofree char *path = aljibe_vol_get_path(vol, alj_cli_error(cli));
    if (!path)
        return false;
    if (!alj_args_has(args, "details")) {
        alj_table_add(table, (const char *const[]){ aljibe_vol_get_name(vol), path, NULL });
        return true;
    }
    bool is_known = aljibe_vol_get_info(vol, 0, &info, alj_cli_error(cli)) == 0;
    g_autofree char *capacity = is_known ? alj_size_text(info.capacity_bytes) : g_strdup(_("unknown"));
    g_autofree char *allocation = is_known ? alj_size_text(info.allocation_bytes) : g_strdup(_("unknown"));
    alj_table_add(table, (const char *const[]){ aljibe_vol_get_name(vol), path, alj_vol_type_text(info.type),
                                                capacity, allocation, NULL });
    return true;
}

static int
print_vols(AljCli *cli, const AljArgs *args, AljibeVol *const *vols, int n)
{
    static const char *const plain[] = { N_("Name"), N_("Path"), NULL };
    static const char *const detailed[] = { N_("Name"),     N_("Path"),       N_("Type"),
                                            N_("Capacity"), N_("Allocation"), NULL };
    g_autoptr(AljTable) table = alj_table_new(alj_args_has(args, "details") ? detailed : plain);
    for (int i = 0; i < n; i++) {
        if (!add_row(cli, args, table, vols[i]))
            return alj_cli_fail(cli, "Failed to get volume path for '%s'", aljibe_vol_get_name(vols[i]));
    }
    g_autofree char *text = alj_table_format(table, !cli->is_quiet);
    alj_cli_print(cli, "%s", text);
    return EXIT_SUCCESS;
}

static int
run(AljCli *cli, const AljArgs *args)
{
    AljibeVol **vols = NULL;
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    int n = aljibe_pool_list_vols(pool, 0, &vols, alj_cli_error(cli));
    if (n < 0)
        return alj_cli_fail(cli, "Failed to list volumes");
    qsort(vols, (size_t) n, sizeof(AljibeVol *), compare_names);
    int status = print_vols(cli, args, vols, n);
    for (int i = 0; i < n; i++)
        aljibe_vol_unref(vols[i]);
    free(vols);
    return status;
}

const AljCommand alj_cmd_vol_list = {
    .name = "vol-list",
    .group = "volume",
    .summary = N_("list the volumes of a pool"),
    .description = N_("Lists the volumes of a pool with their paths."),
    .example = "aljibe vol-list images\n"
               "aljibe vol-list images --details",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        ALJ_OPT_FLAG("details", "show types and sizes too"),
        { 0 },
    },
    .run = run,
};
