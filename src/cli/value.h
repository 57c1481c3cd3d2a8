/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that stand for something else: sizes, words of a list. Each call reports what is wrong
 * with them. */
#pragma once

#include "cli/cli.h"

/** alj_cli_read_size: @text as bytes; "Malformed size TEXT" and, where there is more to say, a second line. */
bool alj_cli_read_size(AljCli *cli, const char *text, uint64_t *ret_bytes);

/**
 * alj_cli_need_size:
 * The text of SIZE option @option, which was given. Sizes, empty ones too, are looked at after the pool or
 * volume was found, as in virsh. Returns: NULL after it was reported that there is nothing in it.
 */
const char *alj_cli_need_size(AljCli *cli, const AljArgs *args, const char *option);

/** alj_word_find: the place of @word in @words (ended by NULL), or -1. */
int alj_word_find(const char *const *words, const char *word);

/** alj_split_commas: the parts of @text between commas; ",," is a comma in a part. (transfer full) */
GStrv alj_split_commas(const char *text);
