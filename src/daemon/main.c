/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * aljibed: puts the pieces together in order (settings, core and its lock, service, sockets), runs the loop, and takes them apart again.
 * Sockets are touched only after the core holds the lock of the state directory, so a second daemon disturbs nothing.
 */
#include "base/log.h"
#include "core/op.h"
#include "daemon/config.h"
#include "daemon/layout.h"
#include "daemon/libvirt_secrets.h"
#include "daemon/listen.h"
#include "daemon/options.h"
#include "daemon/paths.h"
#include "daemon/rights.h"
#include "daemon/service.h"
#include "host/host.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#define END_SECONDS         5
#define DESCRIPTORS_WANTED  16384
#define GROUP_MAY_USE_BITS  0060

typedef struct Daemon {
    AljLayout *layout;
    AljConfig *config;
    AljHost *host;
    AljLibvirtSecrets *libvirt; /* NULL: secrets are our own */
    AljCore *core;
    AljService *service;
    GMainLoop *loop;
    GSList *own_sockets; /* paths, in the layout */
} Daemon;

static void
say(GLogLevelFlags level, const char *text)
{
    AljLogFields about = ALJ_LOG_NONE;
    alj_log(level, &about, "%s", text);
}

static AljServiceConfig
service_config(const Daemon *daemon)
{
    return (AljServiceConfig){
        .uri = daemon->layout->uri,
        .is_privileged = daemon->layout->is_privileged,
        .group = daemon->config->group,
        .max_clients = daemon->config->max_clients,
        .max_clients_per_uid = daemon->config->max_clients_per_uid,
    };
}

static AljConfig *
load_config(const char *path, bool must_exist, GError **error)
{
    return path ? alj_config_load(path, must_exist, error) : alj_config_new();
}

/* ---- signals ---- */

static gboolean
on_end(void *data)
{
    Daemon *daemon = data;
    g_main_loop_quit(daemon->loop);
    return G_SOURCE_CONTINUE;
}

/* On the definitions' worker. */
static void
end_reload(AljOp *op, const GError *error)
{
    (void) sd_notify(0, "READY=1"); /* nobody may be listening */
    if (!error) /* which the core has logged */
        say(G_LOG_LEVEL_MESSAGE, "settings and definitions were read again");
}

static gboolean
on_reload(void *data)
{
    Daemon *daemon = data;
    g_autoptr(GError) error = NULL;
    (void) sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time()); /* nobody may be listening */
    AljConfig *fresh = load_config(daemon->layout->config_file, false, &error);
    if (fresh) {
        alj_config_free(daemon->config);
        daemon->config = fresh;
        AljServiceConfig config = service_config(daemon);
        alj_service_configure(daemon->service, &config);
    } else {
        g_autofree char *text = alj_error_text(error);
        say(G_LOG_LEVEL_WARNING, text);
    }
    AljOp *definitions = alj_op_new(daemon->core, ALJ_OP_RELOAD, NULL);
    definitions->done = end_reload;
    alj_op_submit(definitions);
    return G_SOURCE_CONTINUE;
}

/* Something below hangs and cannot be ended. What was acknowledged is on disk, so leaving is safe. */
static void
on_alarm(int number)
{
    _exit(EXIT_SUCCESS);
}

static gboolean
on_watchdog(void *data)
{
    (void) sd_notify(0, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

static void
set_signals(Daemon *daemon)
{
    uint64_t watchdog_usec = 0;
    (void) signal(SIGPIPE, SIG_IGN);
    (void) signal(SIGXFSZ, SIG_IGN); /* a file-size limit must give EFBIG, not death */
    (void) signal(SIGALRM, on_alarm);
    (void) g_unix_signal_add(SIGTERM, on_end, daemon);
    (void) g_unix_signal_add(SIGINT, on_end, daemon);
    (void) g_unix_signal_add(SIGHUP, on_reload, daemon);
    if (sd_watchdog_enabled(0, &watchdog_usec) > 0)
        (void) g_timeout_add((guint) (watchdog_usec / 1000 / 2), on_watchdog, NULL);
}

/* ---- start ---- */

static void
raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS_WANTED)
        return;
    limit.rlim_cur = MIN(limit.rlim_max, DESCRIPTORS_WANTED);
    (void) setrlimit(RLIMIT_NOFILE, &limit); /* the service takes as many clients as it gets */
}

static bool
start_core(Daemon *daemon, GError **error)
{
    g_autofree char *module_dir = alj_paths_module_dir(), *schema_dir = alj_paths_schema_dir();
    if (!alj_layout_make_dirs(daemon->layout, error))
        return false;
    daemon->host = alj_host_new(daemon->layout->private_dir);
    if (daemon->layout->libvirt_run_dir)
        daemon->libvirt = alj_libvirt_secrets_new(daemon->layout->libvirt_run_dir);
    const AljSecretDriver driver = { .ask = alj_libvirt_secrets_ask, .data = daemon->libvirt };
    AljCoreConfig config = {
        .config_dir = daemon->layout->config_dir,
        .state_dir = daemon->layout->state_dir,
        .record_dir = daemon->layout->record_dir,
        .secret_dir = daemon->layout->secret_dir,
        .secret_driver = daemon->libvirt ? &driver : NULL,
        .credential_dir = g_getenv("CREDENTIALS_DIRECTORY"),
        .module_dir = module_dir,
        .schema_dir = schema_dir,
        .host = daemon->host,
    };
    daemon->core = alj_core_new(&config, error);
    if (!daemon->core)
        return false;
    AljServiceConfig service = service_config(daemon);
    daemon->service = alj_service_new(daemon->core, NULL, &service);
    return true;
}

static void
add_listener(int take_fd, bool is_readonly, void *data)
{
    Daemon *daemon = data;
    if (daemon->libvirt)
        alj_libvirt_secrets_leave_out(daemon->libvirt, take_fd);
    alj_service_listen(daemon->service, take_fd, is_readonly);
}

static bool
open_socket(Daemon *daemon, char *path, mode_t mode, gid_t group, bool is_readonly, GError **error)
{
    int fd = alj_listen_open(path, mode, group, error);
    if (fd < 0)
        return false;
    daemon->own_sockets = g_slist_prepend(daemon->own_sockets, path);
    add_listener(fd, is_readonly, daemon);
    return true;
}

static bool
open_own_sockets(Daemon *daemon, GError **error)
{
    AljPolicy policy;
    const AljLayout *layout = daemon->layout;
    gid_t group = (gid_t) -1;
    mode_t mode = daemon->config->socket_mode;
    if (!alj_policy_init(&policy, daemon->config->group, error))
        return false;
    if (policy.has_group) {
        group = policy.group;
        mode |= GROUP_MAY_USE_BITS;
    }
    return open_socket(daemon, layout->socket_path, mode, group, false, error) &&
           (!layout->readonly_path ||
            open_socket(daemon, layout->readonly_path, daemon->config->socket_mode_readonly, (gid_t) -1, true, error));
}

static bool
start(Daemon *daemon, GError **error)
{
    if (!start_core(daemon, error))
        return false;
    daemon->loop = g_main_loop_new(NULL, false);
    set_signals(daemon); /* before there is a socket: whoever sees one may end us */
    int inherited = alj_listen_inherited(add_listener, daemon, error);
    if (inherited < 0 || (inherited == 0 && !open_own_sockets(daemon, error)))
        return false;
    (void) sd_notify(0, "READY=1"); /* clients are answered from now on, whatever the pools do */
    alj_core_run(daemon->core);
    return true;
}

/* ---- end ---- */

static void
stop(Daemon *daemon)
{
    (void) sd_notify(0, "STOPPING=1");
    (void) alarm(END_SECONDS - 1); /* whatever hangs below */
    if (daemon->service)
        alj_service_stop(daemon->service);
    for (GSList *item = daemon->own_sockets; item; item = item->next)
        (void) unlink(item->data); /* still ours: the lock is held until the core is gone */
    g_slist_free(daemon->own_sockets);
    alj_service_free(daemon->service);
    if (alj_core_free(daemon->core)) { /* or threads are left that use them */
        alj_host_free(daemon->host);
        alj_libvirt_secrets_free(daemon->libvirt);
    }
    g_clear_pointer(&daemon->loop, g_main_loop_unref);
    alj_config_free(daemon->config);
    alj_layout_free(daemon->layout);
}

static bool
prepare(Daemon *daemon, const AljOptions *options, GError **error)
{
    AljLayoutOptions places = alj_options_layout(options);
    daemon->layout = alj_layout_new(&places, error);
    if (!daemon->layout)
        return false;
    daemon->config = load_config(daemon->layout->config_file, options->config_file != NULL, error);
    return daemon->config != NULL;
}

static int
run(Daemon *daemon, const AljOptions *options)
{
    g_autoptr(GError) error = NULL;
    bool ok = prepare(daemon, options, &error);
    if (ok && options->dump_config) {
        alj_config_dump(daemon->config, stdout);
        return EXIT_SUCCESS;
    }
    if (ok && *daemon->config->log)
        (void) g_setenv("ALJIBE_DEBUG", daemon->config->log, false); /* what the environment says goes first */
    alj_log_init("aljibed");
    if (!ok || !start(daemon, &error)) {
        g_autofree char *text = alj_error_text(error);
        say(G_LOG_LEVEL_CRITICAL, text);
        return EXIT_FAILURE;
    }
    g_main_loop_run(daemon->loop);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    Daemon daemon = { 0 };
    AljOptions options = { 0 };
    g_autoptr(GError) error = NULL;
    if (!alj_options_parse(&options, argc, argv, &error)) {
        fprintf(stderr, "aljibed: %s\nTry 'aljibed --help'.\n", error->message);
        alj_options_clear(&options);
        return EXIT_FAILURE;
    }
    if (options.show_version) {
        printf("aljibed (aljibe) %s\n", ALJIBE_VERSION);
        alj_options_clear(&options);
        return EXIT_SUCCESS;
    }
    (void) umask(022);
    raise_descriptor_limit();
    int status = run(&daemon, &options);
    stop(&daemon);
    alj_options_clear(&options);
    return status;
}
