/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of aljibed. Start only. */
#include "daemon/options.h"

static const char summary[] =
    "Manages the storage pools of this host and serves them to clients of libvirt's\n"
    "protocol (virsh, virt-manager, aljibe, ...). Stays in the foreground and is ready\n"
    "when its socket accepts connections.";

static const char description[] =
    "Without options: the system's storage as root (/etc/aljibe, /run/aljibe), else one\n"
    "user's own. With --socket: a private instance that touches nothing but what it is\n"
    "given, and needs no root.\n"
    "\n"
    "Examples:\n"
    "  aljibed --profile libvirt\n"
    "      in place of libvirt's own storage daemon, on its definitions\n"
    "  aljibed --socket /tmp/a/sock --config-dir /tmp/a/etc --state-dir /tmp/a/run\n"
    "  virsh -c 'storage+unix:///system?socket=/tmp/a/sock' pool-list --all\n"
    "\n"
    "Signals: TERM and INT end the daemon and leave its pools as they are; HUP reads\n"
    "settings and definitions again. See aljibed(8) and aljibed.conf(5).";

bool
alj_options_parse(AljOptions *options, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "session", 0, 0, G_OPTION_ARG_NONE, &options->session, "Serve one user's own pools, even as root", NULL },
        { "profile", 0, 0, G_OPTION_ARG_STRING, &options->profile, "Stand in for another daemon: libvirt", "NAME" },
        { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config_file, "Read settings from FILE", "FILE" },
        { "socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket,
          "Private instance: listen on PATH, and read-only on PATH-ro", "PATH" },
        { "config-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->config_dir,
          "Keep pool definitions in DIR (autostart links in DIR/autostart)", "DIR" },
        { "secret-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->secret_dir,
          "Keep secrets in DIR (else beside the definitions)", "DIR" },
        { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir, "Keep run-time state and the lock in DIR", "DIR" },
        { "cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->cache_dir,
          "Keep in DIR what can be made again (nothing so far)", "DIR" },
        { "dump-config", 0, 0, G_OPTION_ARG_NONE, &options->dump_config, "Print all settings as they are now, and exit", NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &options->show_version, "Print the version, and exit", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return false;
    if (argc > 1)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "unexpected argument '%s'", argv[1]);
    return true;
}

void
alj_options_clear(AljOptions *options)
{
    g_free(options->profile);
    g_free(options->socket);
    g_free(options->config_dir);
    g_free(options->secret_dir);
    g_free(options->state_dir);
    g_free(options->cache_dir);
    g_free(options->config_file);
    *options = (AljOptions){ 0 };
}

AljLayoutOptions
alj_options_layout(const AljOptions *options)
{
    return (AljLayoutOptions){
        .profile = options->profile,
        .session = options->session,
        .socket = options->socket,
        .config_dir = options->config_dir,
        .secret_dir = options->secret_dir,
        .state_dir = options->state_dir,
        .config_file = options->config_file,
    };
}
