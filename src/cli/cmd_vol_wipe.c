/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-wipe: overwrites the data of a volume. */
#include "cli/lookup.h"
#include "cli/value.h"

#include <stdlib.h>

/* in the order of the ALJIBE_WIPE_ numbers */
static const char *const algorithms[] = {
    "zero", "nnsa", "dod", "bsi", "gutmann", "schneier", "pfitzner7", "pfitzner33", "random", "trim", NULL,
};

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *text = alj_args_text(args, "vol");
    const char *word = alj_args_text(args, "algorithm");
    int algorithm = word ? alj_word_find(algorithms, word) : ALJIBE_WIPE_ZERO;
    g_autoptr(AljibeVol) vol = alj_cli_need_vol(cli, args, "vol", "pool");
    if (!vol)
        return EXIT_FAILURE;
    if (algorithm < 0)
        return alj_cli_fail(cli, "Unsupported algorithm '%s'", word);
    if (aljibe_vol_wipe(vol, (unsigned) algorithm, 0, alj_cli_error(cli)) < 0)
        return alj_cli_fail(cli, "Failed to wipe vol %s", text);
    alj_cli_say(cli, "Vol %s wiped\n", text);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_wipe = {
    .name = "vol-wipe",
    .group = "volume",
    .summary = N_("overwrite the data of a volume"),
    .description = N_("Overwrites the data so that it cannot be read any more. The volume stays."),
    .example = "aljibe vol-wipe disk.raw --pool images",
    .options = (const AljOption[]) {
        ALJ_OPT_VOL("vol"),
        ALJ_OPT_IN_POOL,
        { .name = "algorithm", .kind = ALJ_OPTION_WORD, .words = algorithms,
          .help = N_("how to overwrite (default zero)") },
        { 0 },
    },
    .run = run,
};
