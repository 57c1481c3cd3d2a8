/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-get-value: the value of a secret, as it is or as base64. */
#include "base/sealed.h"
#include "cli/lookup.h"

#include <stdio.h>
#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    size_t size = 0;
    g_autoptr(AljibeSecret) secret = alj_cli_need_secret(cli, args);
    if (!secret)
        return EXIT_FAILURE;
    unsigned char *value = aljibe_secret_get_value(secret, &size, alj_cli_error(cli));
    if (!value)
        return EXIT_FAILURE;
    if (alj_args_has(args, "plain")) {
        (void) fwrite(value, 1, size, stdout); /* whether standard output was written is looked at when it is closed */
    } else {
        char *text = g_base64_encode(value, size);
        alj_cli_print(cli, "%s", text);
        alj_wipe_text(text);
    }
    aljibe_secret_free_value(value, size);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_secret_get_value = {
    .name = "secret-get-value",
    .group = "secret",
    .summary = N_("show the value of a secret"),
    .description = N_("Prints the value as base64. The value of a private secret is given to nobody."),
    .example = "aljibe secret-get-value 11111111-1111-4111-8111-111111111111 --plain",
    .options = (const AljOption[]) {
        ALJ_OPT_SECRET,
        ALJ_OPT_FLAG("plain", "print the value as it is"),
        { 0 },
    },
    .run = run,
};
