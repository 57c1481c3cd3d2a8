/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a pool at one moment: an immutable, counted snapshot. */
#pragma once

#include "base/refs.h"
#include "backend/backend.h"
#include "core/vol_tree.h"

/** AljPoolState: never changed once published (core/pool_private.h). */
typedef struct AljPoolState {
    AljRefs refs;
    AljPoolDef *def;      /* the definition that runs, or the only one */
    AljPoolDef *pending;  /* (nullable) the stored definition while another runs */
    bool is_active, is_persistent, is_autostart;
    bool is_gone;         /* undefined, or a transient pool that stopped: handles to it are stale */

    /* While active: what the last good scan found. */
    bool is_scanned;      /* false after a restart until the first scan ends well */
    AljVolTree *vols;
    AljPoolLive live;
    bool is_local;
    unsigned n_skipped;
    GPtrArray *problems;  /* (nullable) of char * */
    GHashTable *stamps;   /* (nullable) the backend's, for the next scan */
    AljRoot root;         /* the directory that was read */

    bool is_stale;        /* the scan after that failed */
    char *reason;         /* (nullable) why it is stale or not scanned */
} AljPoolState;

/** alj_pool_state_new: an inactive pool with @def. (transfer full) */
AljPoolState *alj_pool_state_new(AljPoolDef *def);

/** alj_pool_state_copy: a copy to be changed and published. Volumes are shared. (transfer full) */
AljPoolState *alj_pool_state_copy(const AljPoolState *state);

AljPoolState *alj_pool_state_ref(AljPoolState *state);
void alj_pool_state_unref(AljPoolState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljPoolState, alj_pool_state_unref)

/* Changes of a copy that is not published yet. */
void alj_pool_state_set_def(AljPoolState *state, AljPoolDef *def);
void alj_pool_state_set_pending(AljPoolState *state, AljPoolDef *def);

/** alj_pool_state_set_scanned: takes over totals, problems and freshness of @inventory and @take_vols (transfer full). */
void alj_pool_state_set_scanned(AljPoolState *state, const AljInventory *inventory, AljVolTree *take_vols);

/** alj_pool_state_take_live: the totals are @take_live now (its parts are moved); permissions stay. */
void alj_pool_state_take_live(AljPoolState *state, AljPoolLive *take_live);

/** alj_pool_state_set_failed: remembers that a scan failed; keeps what was known. */
void alj_pool_state_set_failed(AljPoolState *state, const char *reason);

/** alj_pool_state_set_inactive: forgets everything a running pool has; the pending definition becomes the only one. */
void alj_pool_state_set_inactive(AljPoolState *state);

/** alj_pool_state_add_allocation: moves @bytes (may be negative) from available to allocation, within their limits. */
void alj_pool_state_add_allocation(AljPoolState *state, gint64 bytes);

/** alj_pool_state_inventory: the last scan's result as a backend wants it for comparison. (transfer full) */
AljInventory *alj_pool_state_inventory(const AljPoolState *state);
