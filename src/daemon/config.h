/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

#include <stdio.h>

/** AljConfig: the settings of aljibed.conf. Each has one row in the table of config.c. */
typedef struct AljConfig {
    char *group;       /* (owned) empty: none */
    char *log;         /* (owned) debug subjects, as ALJIBE_DEBUG */
    unsigned max_clients, max_clients_per_uid;
    unsigned socket_mode, socket_mode_readonly;
} AljConfig;

/** alj_config_new: the defaults. */
AljConfig *alj_config_new(void);
void alj_config_free(AljConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljConfig, alj_config_free)

/**
 * alj_config_load:
 * Reads "key = value" lines; values may stand in double quotes; # begins a comment.
 * @must_exist: whether a missing file is an error (the user named it) or means the defaults
 * Errors: INVALID_ARG with file, line and key; SYSTEM.
 */
AljConfig *alj_config_load(const char *path, bool must_exist, GError **error);

/** alj_config_dump: every setting with its meaning, in a form alj_config_load() reads. */
void alj_config_dump(const AljConfig *config, FILE *out);
