/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-edit: the kept definition of a pool in an editor. */
#include "cli/editor.h"
#include "cli/lookup.h"

#include <stdlib.h>
#include <string.h>

/* Whether somebody else changed the definition since @xml was fetched. */
static bool
is_unchanged(AljCli *cli, AljibePool *pool, const char *xml)
{
    g_autofree char *now = aljibe_pool_get_xml(pool, ALJIBE_POOL_XML_INACTIVE, alj_cli_error(cli));
    if (now && strcmp(now, xml) != 0)
        (void) alj_cli_fail(cli, "the definition was changed by somebody else meanwhile");
    return now && !strcmp(now, xml);
}

static AljibePool *
try_define(AljCli *cli, AljibePool *pool, const char *xml, const char *edited, bool by_force)
{
    if (!by_force && !is_unchanged(cli, pool, xml))
        return NULL;
    return aljibe_pool_define_xml(aljibe_pool_get_conn(pool), edited, 0, alj_cli_error(cli));
}

static int
run(AljCli *cli, const AljArgs *args)
{
    AljEditAnswer answer = ALJ_EDIT_AGAIN;
    g_autoptr(AljibePool) defined = NULL;
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    if (!pool)
        return EXIT_FAILURE;
    g_autofree char *xml = aljibe_pool_get_xml(pool, ALJIBE_POOL_XML_INACTIVE, alj_cli_error(cli));
    g_autofree char *edited = g_strdup(xml);
    if (!xml)
        return EXIT_FAILURE;
    while (!defined) {
        if (answer == ALJ_EDIT_AGAIN && !alj_editor_run(cli, &edited))
            return EXIT_FAILURE;
        if (!strcmp(edited, xml)) {
            alj_cli_say(cli, "Pool %s XML configuration not changed.\n", aljibe_pool_get_name(pool));
            return EXIT_SUCCESS;
        }
        defined = try_define(cli, pool, xml, edited, answer == ALJ_EDIT_FORCE);
        if (defined)
            break;
        alj_cli_report(cli);
        answer = alj_editor_ask();
        if (answer == ALJ_EDIT_GIVE_UP)
            return EXIT_FAILURE;
    }
    alj_cli_say(cli, "Pool %s XML configuration edited.\n", aljibe_pool_get_name(defined));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_pool_edit = {
    .name = "pool-edit",
    .group = "pool",
    .summary = N_("change the definition of a pool in an editor"),
    .description = N_("Opens the kept definition in $VISUAL or $EDITOR and defines what comes back.\n"
                   "An active pool takes the change at its next start."),
    .example = "aljibe pool-edit images",
    .options = (const AljOption[]) { ALJ_OPT_POOL("pool"), { 0 } },
    .run = run,
};
