/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-list: the secrets the server keeps, and what they are for. */
#include "cli/cli.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

static int
compare_uuids(const void *a, const void *b)
{
    AljibeSecret *const *first = a, *const *second = b;
    return strcmp(aljibe_secret_get_uuid(*first), aljibe_secret_get_uuid(*second));
}

/* (transfer full) */
static char *
usage_text(AljibeSecret *secret)
{
    static const char *const words[] = { "none", "volume", "ceph", "iscsi", "tls", "vtpm" };
    unsigned usage = (unsigned) aljibe_secret_get_usage(secret);
    if (usage == ALJIBE_SECRET_NONE)
        return g_strdup(_("Unused"));
    return g_strdup_printf("%s %s", usage < G_N_ELEMENTS(words) ? words[usage] : _("unknown"),
                           aljibe_secret_get_usage_id(secret));
}

static int
run(AljCli *cli, const AljArgs *args)
{
    static const char *const header[] = { "UUID", "Usage", NULL };
    static const AljFlagRow rows[] = {
        { "ephemeral", ALJIBE_SECRETS_EPHEMERAL },
        { "no-ephemeral", ALJIBE_SECRETS_NO_EPHEMERAL },
        { "private", ALJIBE_SECRETS_PRIVATE },
        { "no-private", ALJIBE_SECRETS_NO_PRIVATE },
        { 0 },
    };
    AljibeSecret **secrets = NULL;
    AljibeConn *conn = alj_cli_conn(cli);
    if (!conn)
        return EXIT_FAILURE;
    int n = aljibe_conn_list_secrets(conn, alj_args_flags(args, rows), &secrets, alj_cli_error(cli));
    if (n < 0)
        return alj_cli_fail(cli, "Failed to list secrets");
    qsort(secrets, (size_t) n, sizeof(AljibeSecret *), compare_uuids);
    g_autoptr(AljTable) table = alj_table_new(header);
    for (int i = 0; i < n; i++) {
        g_autofree char *usage = usage_text(secrets[i]);
        alj_table_add(table, (const char *const[]){ aljibe_secret_get_uuid(secrets[i]), usage, NULL });
        aljibe_secret_unref(secrets[i]);
    }
    free(secrets);
    g_autofree char *text = alj_table_format(table, !cli->is_quiet);
    alj_cli_print(cli, "%s", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_secret_list = {
    .name = "secret-list",
    .group = "secret",
    .summary = N_("list secrets"),
    .description = N_("Lists the secrets, or those the options select."),
    .example = "aljibe secret-list --no-private",
    .options = (const AljOption[]) {
        ALJ_OPT_FLAG("ephemeral", "only secrets that are kept in memory"),
        ALJ_OPT_FLAG("no-ephemeral", "only secrets that are kept on disk"),
        ALJ_OPT_FLAG("private", "only secrets whose values are given to nobody"),
        ALJ_OPT_FLAG("no-private", "only secrets whose values can be read"),
        { 0 },
    },
    .run = run,
};
