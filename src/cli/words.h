/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for what the server answers with numbers. All static text, in the user's language. */
#pragma once

#include <stdbool.h>

/** alj_pool_state_text: "running" for 2 …; "unknown" for a number this version does not know. */
const char *alj_pool_state_text(int state);
/** alj_pool_has_sizes: whether a pool in @state knows how large it is. */
bool alj_pool_has_sizes(int state);
/** alj_vol_type_text: "file" for 0 …; "unknown" for a number this version does not know. */
const char *alj_vol_type_text(int type);
/** alj_yes_no: "yes" for 1, "no" for 0, @unknown, marked with N_(), for an answer that failed. */
const char *alj_yes_no(int answer, const char *unknown);
