/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-dumpxml: the document of a secret. */
#include "cli/lookup.h"
#include "cli/show.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    g_autoptr(AljibeSecret) secret = alj_cli_need_secret(cli, args);
    if (!secret)
        return EXIT_FAILURE;
    g_autofree char *xml = aljibe_secret_get_xml(secret, 0, alj_cli_error(cli));
    return xml ? alj_cli_dump(cli, args, xml) : EXIT_FAILURE;
}

const AljCommand alj_cmd_secret_dumpxml = {
    .name = "secret-dumpxml",
    .group = "secret",
    .summary = N_("show the document of a secret"),
    .description = N_("Prints what the secret is for. The value is never in a document."),
    .example = "aljibe secret-dumpxml 11111111-1111-4111-8111-111111111111",
    .options = (const AljOption[]) {
        ALJ_OPT_SECRET,
        ALJ_OPT_XPATH,
        { 0 },
    },
    .run = run,
};
