/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/layout.h"

/** AljOptions: the command line of aljibed. Strings are owned. */
typedef struct AljOptions {
    char *profile, *socket, *config_dir, *secret_dir, *state_dir, *config_file;
    char *cache_dir; /* taken for scripts that name one; nothing is cached on disk */
    gboolean session, show_version, dump_config;
} AljOptions;

/** alj_options_parse: --help ends the program. Errors: of GLib's option parser. */
bool alj_options_parse(AljOptions *options, int argc, char **argv, GError **error);
void alj_options_clear(AljOptions *options);

/** alj_options_layout: the part that says where the daemon lives. */
AljLayoutOptions alj_options_layout(const AljOptions *options);
