/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

/** AljLayout: where one daemon lives. All members owned. */
typedef struct AljLayout {
    char *socket_path;
    char *readonly_path; /* NULL: none */
    char *config_dir;    /* definitions and autostart/ */
    char *secret_dir;    /* secrets and their values */
    const char *libvirt_run_dir; /* static: the secrets are those of libvirt's driver, whose sockets are there; NULL: they are ours */
    char *state_dir;     /* what is active, intents, the lock: as long as the host is up */
    char *record_dir;    /* changes that were begun: outlives a loss of power */
    char *private_dir;   /* short-lived files */
    char *config_file;   /* aljibed.conf; NULL: none, the defaults hold */
    const char *uri;     /* static: what the empty name opens */
    bool is_privileged;
} AljLayout;

/** AljLayoutOptions: what the command line says about places; NULL members were not given. */
typedef struct AljLayoutOptions {
    const char *profile;   /* "libvirt" */
    bool session;
    const char *socket, *config_dir, *secret_dir, *state_dir, *config_file;
} AljLayoutOptions;

/**
 * alj_layout_new:
 * One of: system (root), session (asked for, or not root), the libvirt profile, or a private instance if a socket is given. Single
 * places may be replaced. Looks at the environment and the effective uid only. Errors: INVALID_ARG.
 */
AljLayout *alj_layout_new(const AljLayoutOptions *options, GError **error);
void alj_layout_free(AljLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljLayout, alj_layout_free)

/** alj_layout_make_dirs: makes what is missing: definitions 0755, run-time state 0755 below a private 0700. Errors: SYSTEM. */
bool alj_layout_make_dirs(const AljLayout *layout, GError **error);
