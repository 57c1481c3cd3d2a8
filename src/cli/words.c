/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for what the server answers with numbers. Pure. */
#include "cli/words.h"

#include <glib.h>

enum { STATE_RUNNING = 2, STATE_DEGRADED = 3 };

const char *
alj_pool_state_text(int state)
{
    static const char *const texts[] = { "inactive", "building", "running", "degraded", "inaccessible" };
    return state >= 0 && state < (int) G_N_ELEMENTS(texts) ? texts[state] : "unknown";
}

bool
alj_pool_has_sizes(int state)
{
    return state == STATE_RUNNING || state == STATE_DEGRADED;
}

const char *
alj_vol_type_text(int type)
{
    static const char *const texts[] = { "file", "block", "dir", "network", "netdir", "ploop" };
    return type >= 0 && type < (int) G_N_ELEMENTS(texts) ? texts[type] : "unknown";
}

const char *
alj_yes_no(int answer, const char *unknown)
{
    return answer < 0 ? unknown : answer ? "yes" : "no";
}
