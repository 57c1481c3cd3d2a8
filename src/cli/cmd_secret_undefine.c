/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-undefine: forgets a secret. */
#include "cli/lookup.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "secret");
    g_autoptr(AljibeSecret) secret = alj_cli_need_secret(cli, args);
    if (!secret)
        return EXIT_FAILURE;
    if (aljibe_secret_undefine(secret, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to delete secret %s", text);
    alj_cli_say(cli, "Secret %s deleted\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_secret_undefine = {
    .name = "secret-undefine",
    .group = "secret",
    .summary = N_("forget a secret and its value"),
    .description = N_("Removes definition and value. What was encrypted with it cannot be read any more, unless\n"
                      "somebody else knows the value."),
    .example = "aljibe secret-undefine 11111111-1111-4111-8111-111111111111",
    .options = (const AljOption[]) {
        ALJ_OPT_SECRET,
        { 0 },
    },
    .run = run,
};
