/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways a daemon can stand on a host, as places in the file system. A private instance needs a socket and two directories and
 * touches nothing else. Start only.
 */
#include "daemon/layout.h"

#include "base/files.h"

#include <string.h>
#include <unistd.h>

#define SYSTEM_CONFIG_FILE "/etc/aljibe/aljibed.conf"

static char *
readonly_of(const char *socket_path)
{
    return g_strconcat(socket_path, "-ro", NULL);
}

static void
fill_system(AljLayout *layout)
{
    layout->socket_path = g_strdup("/run/aljibe/aljibe-sock");
    layout->readonly_path = readonly_of(layout->socket_path);
    layout->config_dir = g_strdup("/etc/aljibe/storage");
    layout->secret_dir = g_strdup("/etc/aljibe/secrets");
    layout->state_dir = g_strdup("/run/aljibe/storage");
    layout->record_dir = g_strdup("/var/lib/aljibe/system");
    layout->config_file = g_strdup(SYSTEM_CONFIG_FILE);
}

static void
fill_libvirt(AljLayout *layout)
{
    layout->socket_path = g_strdup("/run/libvirt/virtstoraged-sock");
    layout->readonly_path = readonly_of(layout->socket_path);
    layout->config_dir = g_strdup("/etc/libvirt/storage");
    layout->secret_dir = g_strdup("/etc/libvirt/secrets");
    layout->libvirt_run_dir = "/run/libvirt";
    layout->state_dir = g_strdup("/run/libvirt/storage");
    layout->record_dir = g_strdup("/var/lib/aljibe/libvirt");
    layout->config_file = g_strdup(SYSTEM_CONFIG_FILE);
}

/* One user's own. There is no read-only socket: nobody else can reach the directory. */
static void
fill_session(AljLayout *layout)
{
    const char *runtime = g_get_user_runtime_dir(), *config = g_get_user_config_dir();
    layout->socket_path = g_build_filename(runtime, "aljibe", "aljibe-sock", NULL);
    layout->config_dir = g_build_filename(config, "aljibe", "storage", NULL);
    layout->secret_dir = g_build_filename(config, "aljibe", "secrets", NULL);
    layout->state_dir = g_build_filename(runtime, "aljibe", "storage", NULL);
    layout->record_dir = g_build_filename(g_get_user_state_dir(), "aljibe", "session", NULL);
    layout->config_file = g_build_filename(config, "aljibe", "aljibed.conf", NULL);
}

static void
replace(char **member, const char *given)
{
    if (!given)
        return;
    g_free(*member);
    *member = g_canonicalize_filename(given, NULL);
}

/* Definitions that were moved take the secrets along, unless those have a place of their own or belong to libvirt. */
static void
place_secrets(AljLayout *layout, const AljLayoutOptions *options)
{
    if (options->config_dir && !layout->libvirt_run_dir) {
        g_free(layout->secret_dir);
        layout->secret_dir = g_build_filename(layout->config_dir, "secrets", NULL);
    }
    if (options->secret_dir)
        layout->libvirt_run_dir = NULL;
    replace(&layout->secret_dir, options->secret_dir);
}

static bool
check_options(const AljLayoutOptions *options, GError **error)
{
    bool is_private = options->socket != NULL;
    if (options->profile && strcmp(options->profile, "libvirt") != 0)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "unknown profile '%s'", options->profile);
    if (options->profile && options->session)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "a session has no profile");
    if (is_private && (!options->config_dir || !options->state_dir))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "--socket needs --config-dir and --state-dir");
    return true;
}

AljLayout *
alj_layout_new(const AljLayoutOptions *options, GError **error)
{
    if (!check_options(options, error))
        return NULL;
    g_autoptr(AljLayout) layout = g_new0(AljLayout, 1);
    layout->is_privileged = geteuid() == 0 && !options->session;
    if (options->profile)
        fill_libvirt(layout);
    else if (layout->is_privileged)
        fill_system(layout);
    else
        fill_session(layout);
    replace(&layout->socket_path, options->socket);
    replace(&layout->config_dir, options->config_dir);
    place_secrets(layout, options);
    replace(&layout->state_dir, options->state_dir);
    replace(&layout->record_dir, options->state_dir); /* whoever names a place has everything there */
    replace(&layout->config_file, options->config_file);
    if (options->socket) { /* a private instance has no settings but those it is given */
        g_free(layout->readonly_path);
        layout->readonly_path = readonly_of(layout->socket_path);
        if (!options->config_file)
            g_clear_pointer(&layout->config_file, g_free);
    }
    layout->private_dir = g_build_filename(layout->state_dir, "private", NULL);
    layout->uri = layout->is_privileged ? "storage:///system" : "storage:///session";
    return g_steal_pointer(&layout);
}

void
alj_layout_free(AljLayout *layout)
{
    if (!layout)
        return;
    g_free(layout->socket_path);
    g_free(layout->readonly_path);
    g_free(layout->config_dir);
    g_free(layout->secret_dir);
    g_free(layout->state_dir);
    g_free(layout->record_dir);
    g_free(layout->private_dir);
    g_free(layout->config_file);
    g_free(layout);
}

bool
alj_layout_make_dirs(const AljLayout *layout, GError **error)
{
    g_autofree char *socket_dir = g_path_get_dirname(layout->socket_path);
    return alj_files_make_dirs(socket_dir, 0755, error) && alj_files_make_dirs(layout->config_dir, 0755, error) &&
           alj_files_make_dirs(layout->state_dir, 0755, error);
}
