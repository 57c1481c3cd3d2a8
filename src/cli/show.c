/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What commands that only show something have in common. */
#include "cli/show.h"

#include "base/error.h"
#include "cli/document.h"
#include "cli/table.h"

#include <stdlib.h>

#define LABEL_COLUMNS 15

int
alj_cli_dump(AljCli *cli, const AljArgs *args, const char *xml)
{
    const char *xpath = alj_args_text(args, "xpath");
    g_autoptr(GError) error = NULL;
    if (!xpath) {
        alj_cli_print(cli, "%s", xml);
        return EXIT_SUCCESS;
    }
    g_autofree char *nodes = alj_document_select(xml, xpath, alj_args_has(args, "wrap"), &error);
    if (!nodes) {
        g_autofree char *text = alj_error_text(error);
        return alj_cli_fail_text(cli, text);
    }
    alj_cli_print(cli, "%s", nodes);
    return EXIT_SUCCESS;
}

int
alj_cli_show_text(AljCli *cli, AljConnText get, const char *failure)
{
    AljibeConn *conn = alj_cli_conn(cli);
    if (!conn)
        return EXIT_FAILURE;
    g_autofree char *text = get(conn, alj_cli_error(cli));
    if (!text)
        return alj_cli_fail_text(cli, gettext(failure));
    alj_cli_print(cli, "%s\n", text);
    return EXIT_SUCCESS;
}

int
alj_cli_find_sources(AljCli *cli, const AljArgs *args, const char *spec)
{
    const char *type = alj_args_text(args, "type");
    AljibeConn *conn = alj_cli_conn(cli);
    if (!conn)
        return EXIT_FAILURE;
    g_autofree char *sources = aljibe_conn_find_pool_sources(conn, type, spec, alj_cli_error(cli));
    if (!sources)
        return alj_cli_fail(cli, "Failed to find any %s pool sources", type);
    alj_cli_print(cli, "%s", sources);
    return EXIT_SUCCESS;
}

void
alj_cli_field(AljCli *cli, const char *label, const char *text)
{
    const char *word = gettext(label);
    int columns = alj_text_columns(word);
    alj_cli_print(cli, "%s%*s %s\n", word, MAX(LABEL_COLUMNS - columns, 0), "", text);
}
