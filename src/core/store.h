/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions, autostart links and the states of active pools on disk, in libvirt's format and places. */
#pragma once

#include "model/pool.h"

/** AljStore: one configuration and one state directory, locked. Thread-safe for different pools. */
typedef struct AljStore AljStore;

/**
 * alj_store_new:
 * Makes and locks @state_dir; @config_dir is made when something is stored. Errors: BUSY, SYSTEM.
 */
AljStore *alj_store_new(const char *config_dir, const char *state_dir, GError **error);
void alj_store_free(AljStore *store);

/** AljStored: one definition that was found. */
typedef struct AljStored {
    AljPoolDef *def;
    bool is_autostart;
} AljStored;

/**
 * alj_store_load_defs, alj_store_load_states:
 * Everything that can be read, sorted by file name. What cannot is logged and left alone; remains of interrupted savings and
 * autostart links to nothing are removed. A definition without uuid gets one for good. (transfer full) of AljStored
 */
GPtrArray *alj_store_load_defs(AljStore *store);
GPtrArray *alj_store_load_states(AljStore *store);

/**
 * alj_store_save_def, alj_store_save_state:
 * Durable when they return true; else the file is as it was. Text in libvirt's layout, header comment included.
 * Errors: SYSTEM, INTERNAL (the document would not read back).
 */
bool alj_store_save_def(AljStore *store, AljPoolDef *def, GError **error);
bool alj_store_save_state(AljStore *store, AljPoolDef *def, GError **error);

/**
 * alj_store_remove_def: the definition and its autostart link; what is gone already is fine. A link that cannot be removed is only
 * logged: without the definition it means nothing.
 */
bool alj_store_remove_def(AljStore *store, const char *name, GError **error);
bool alj_store_remove_state(AljStore *store, const char *name, GError **error);

/** alj_store_has_def: whether there is a file for the definition of @name, readable or not. */
bool alj_store_has_def(AljStore *store, const char *name);

/** alj_store_is_autostart: whether the entry in autostart/ leads to exactly this pool's file; links of any kind count. */
bool alj_store_is_autostart(AljStore *store, const char *name);

/** alj_store_set_autostart: makes or removes the link. Errors: SYSTEM "Failed to create symlink 'A' to 'C': …". */
bool alj_store_set_autostart(AljStore *store, const char *name, bool is_on, GError **error);

/** alj_store_mark_boot: Returns: true the first time in this boot (the state directory is empty after a boot). */
bool alj_store_mark_boot(AljStore *store);
