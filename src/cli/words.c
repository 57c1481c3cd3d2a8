/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for what the server answers with numbers. Pure. */
#include "cli/words.h"

#include <aljibe/aljibe.h>
#include <glib.h>

const char *
alj_pool_state_text(int state)
{
    static const char *const texts[] = {
        [ALJIBE_POOL_INACTIVE] = "inactive", [ALJIBE_POOL_BUILDING] = "building",
        [ALJIBE_POOL_RUNNING] = "running", [ALJIBE_POOL_DEGRADED] = "degraded",
        [ALJIBE_POOL_INACCESSIBLE] = "inaccessible",
    };
    return state >= 0 && state < (int) G_N_ELEMENTS(texts) ? texts[state] : "unknown";
}

bool
alj_pool_has_sizes(int state)
{
    return state == ALJIBE_POOL_RUNNING || state == ALJIBE_POOL_DEGRADED;
}

const char *
alj_vol_type_text(int type)
{
    static const char *const texts[] = {
        [ALJIBE_VOL_FILE] = "file",       [ALJIBE_VOL_BLOCK] = "block",   [ALJIBE_VOL_DIR] = "dir",
        [ALJIBE_VOL_NETWORK] = "network", [ALJIBE_VOL_NETDIR] = "netdir", [ALJIBE_VOL_PLOOP] = "ploop",
    };
    return type >= 0 && type < (int) G_N_ELEMENTS(texts) ? texts[type] : "unknown";
}

const char *
alj_yes_no(int answer, const char *unknown)
{
    return answer < 0 ? unknown : answer ? "yes" : "no";
}
