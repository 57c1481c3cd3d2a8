/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret-define: a secret from a document in a file. */
#include "cli/cli.h"
#include "cli/file.h"

#include <stdlib.h>

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *file = alj_args_text(args, "file");
    unsigned flags = alj_args_has(args, "validate") ? ALJIBE_SECRET_DEFINE_VALIDATE : 0;
    g_autofree char *xml = alj_cli_read_file(cli, file);
    AljibeConn *conn = xml ? alj_cli_conn(cli) : NULL;
    if (!conn)
        return EXIT_FAILURE;
    g_autoptr(AljibeSecret) secret = aljibe_secret_define_xml(conn, xml, flags, alj_cli_error(cli));
    if (!secret)
        return alj_cli_fail(cli, "Failed to set attributes from %s", file);
    alj_cli_say(cli, "Secret %s created\n", aljibe_secret_get_uuid(secret));
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_secret_define = {
    .name = "secret-define",
    .group = "secret",
    .summary = N_("define a secret, or change its definition, from a document"),
    .description = N_("Reads a secret document and keeps the secret. Its value is set with secret-set-value."),
    .example = "aljibe secret-define secret.xml",
    .options = (const AljOption[]) {
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "file with the secret document"),
        ALJ_OPT_VALIDATE,
        { 0 },
    },
    .run = run,
};
