/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-set-value: gives a secret its value. */
#include "cli/lookup.h"
#include "cli/secret_input.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    gsize size = 0;
    g_autoptr(AljibeSecret) secret = alj_cli_need_secret(cli, args);
    g_autoptr(GBytes) value = secret ? alj_cli_read_secret(cli, args) : NULL;
    if (!value)
        return EXIT_FAILURE;
    const unsigned char *bytes = g_bytes_get_data(value, &size);
    if (aljibe_secret_set_value(secret, bytes, size, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to set secret value");
    alj_cli_say(cli, "Secret value set\n");
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_secret_set_value = {
    .name = "secret-set-value",
    .group = "secret",
    .summary = N_("set the value of a secret"),
    .description = N_("Takes the value from a file, from the terminal, or from the command line, where others can see it."),
    .example = "aljibe secret-set-value 11111111-1111-4111-8111-111111111111 --file passphrase --plain",
    .options = (const AljOption[]) {
        ALJ_OPT_SECRET,
        { .name = "file", .kind = ALJ_OPTION_FILE, .is_named_only = true, .excludes = { "base64" },
          .help = N_("file with the value as base64") },
        { .name = "plain", .kind = ALJ_OPTION_FLAG, .excludes = { "base64" },
          .help = N_("the file has the value as it is") },
        { .name = "interactive", .kind = ALJ_OPTION_FLAG, .excludes = { "file", "base64", "plain" },
          .help = N_("read the value from the terminal, without showing it") },
        ALJ_OPT_VALUE("base64", ALJ_OPTION_TEXT, "the value as base64"),
        { 0 },
    },
    .run = run,
};
