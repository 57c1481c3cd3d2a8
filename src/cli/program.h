/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the program itself. */
#pragma once

#include <getopt.h>
#include <stdbool.h>

/** alj_program_options: for getopt_long(), ended by a row without a name; @val is the letter. */
extern const struct option alj_program_options[];

/** alj_program_option_find: the row of "-c", "--connect" or "--connect=URI"; NULL if it is none. */
const struct option *alj_program_option_find(const char *word);
