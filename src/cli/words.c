/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for what the server answers with numbers. Pure but for the locale. */
#include "cli/words.h"

#include <aljibe/aljibe.h>
#include <glib/gi18n.h>

const char *
alj_pool_state_text(int state)
{
    static const char *const texts[] = {
        [ALJIBE_POOL_INACTIVE] = N_("inactive"), [ALJIBE_POOL_BUILDING] = N_("building"),
        [ALJIBE_POOL_RUNNING] = N_("running"), [ALJIBE_POOL_DEGRADED] = N_("degraded"),
        [ALJIBE_POOL_INACCESSIBLE] = N_("inaccessible"),
    };
    return state >= 0 && state < (int) G_N_ELEMENTS(texts) ? gettext(texts[state]) : _("unknown");
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
        [ALJIBE_VOL_FILE] = N_("file"),       [ALJIBE_VOL_BLOCK] = N_("block"),   [ALJIBE_VOL_DIR] = N_("dir"),
        [ALJIBE_VOL_NETWORK] = N_("network"), [ALJIBE_VOL_NETDIR] = N_("netdir"), [ALJIBE_VOL_PLOOP] = N_("ploop"),
    };
    return type >= 0 && type < (int) G_N_ELEMENTS(texts) ? gettext(texts[type]) : _("unknown");
}

const char *
alj_yes_no(int answer, const char *unknown)
{
    return answer < 0 ? gettext(unknown) : answer ? _("yes") : _("no");
}
